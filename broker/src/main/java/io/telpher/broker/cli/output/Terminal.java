package io.telpher.broker.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person looks at an output of this process. Java itself tells only of stdin and stdout together. */
public final class Terminal {
    private Terminal() {}

    /** Whether it can be drawn on and has keys. */
    public static boolean isInteractive() {
        String type = System.getenv().getOrDefault("TERM", "dumb");
        return isTerminal(0) && isTerminal(1) && !type.startsWith("dumb");
    }

    static boolean isOnStdout() {
        return isTerminal(1);
    }

    static boolean isOnStderr() {
        return isTerminal(2);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false; // no Linux: plain output is right everywhere
        }
    }
}
