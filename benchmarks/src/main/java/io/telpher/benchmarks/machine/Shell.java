package io.telpher.benchmarks.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Programs that say something and end. */
public final class Shell {
    private Shell() {}

    /** What it said, stdout and stderr. @throws IOException when it ends with another code than 0 */
    public static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with code " + code + ": " + said);
        }
        return said;
    }

    /** The pattern's group 1 in what it said; "unknown" when that has none. */
    public static String firstMatch(String pattern, String... command) throws IOException, InterruptedException {
        Matcher matcher = Pattern.compile(pattern).matcher(run(command));
        return matcher.find() ? matcher.group(1) : "unknown";
    }
}
