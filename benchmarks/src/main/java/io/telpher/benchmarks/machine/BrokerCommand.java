package io.telpher.benchmarks.machine;

import java.nio.file.Path;
import java.util.List;

/** How Telpher's broker is started: by the very command of an operator, with its flags and its archive of classes. */
public final class BrokerCommand {
    private BrokerCommand() {}

    /** @throws IllegalStateException unless bin/bench started this process and said where bin/broker is */
    public static List<String> ofThisProject() {
        String home = System.getProperty("telpher.home");
        if (home == null) {
            throw new IllegalStateException(
                    "expected -Dtelpher.home with the project's directory, got none: start it by bin/bench");
        }
        return List.of(Path.of(home, "bin", "broker").toString());
    }
}
