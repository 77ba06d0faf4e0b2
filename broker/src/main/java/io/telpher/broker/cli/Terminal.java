package io.telpher.broker.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person looks at an output of this process. Java itself tells only of stdin and stdout together. */
final class Terminal {
    private Terminal() {}

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
