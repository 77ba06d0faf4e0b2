package io.telpher.broker.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A bug on purpose: one place in one source file that is to say something else. They stand in {@code src/test/mutants/mutants.txt}; the
 * sources themselves have no switch for them.
 *
 * @param test the class of tests that has to catch it; null: a simulator
 * @param isOfCluster that of clusters
 */
record Mutant(String name, Path file, @Nullable String test, boolean isOfCluster, String from, String to) {
    private static final Pattern FORM = Pattern.compile(
            "## (\\S+)\\nfile (\\S+)\\n(?:test (\\S+)\\n)?(cluster\\n)?<<<\\n(.*?)\\n===\\n(.*?)\\n>>>\\n",
            Pattern.DOTALL);

    /** @param root of the working copy */
    static List<Mutant> all(Path root) throws IOException {
        List<Mutant> mutants = new ArrayList<>();
        Matcher matcher = FORM.matcher(Files.readString(root.resolve("broker/src/test/mutants/mutants.txt")));
        while (matcher.find()) {
            mutants.add(new Mutant(
                    matcher.group(1),
                    root.resolve(matcher.group(2)),
                    matcher.group(3),
                    matcher.group(4) != null,
                    matcher.group(5),
                    matcher.group(6)));
        }
        return mutants;
    }

    /** @throws IllegalStateException when the place is not there any more, or is there twice */
    String source() throws IOException {
        String source = Files.readString(file);
        int at = source.indexOf(from);
        if (at < 0 || source.indexOf(from, at + 1) >= 0) {
            throw new IllegalStateException(
                    "mutant " + name + ": its text is not exactly once in " + file + "; adapt mutants.txt");
        }
        return source.substring(0, at) + to + source.substring(at + from.length());
    }
}
