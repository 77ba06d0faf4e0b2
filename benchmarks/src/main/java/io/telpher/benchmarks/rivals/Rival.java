package io.telpher.benchmarks.rivals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A broker that is measured: how its server is started, and how work goes through it. */
interface Rival {
    /** On the command line and in rows. */
    String name();

    /** How its server is told to sync. */
    String durability();

    /** Whether a task is on the disk before it is confirmed. */
    boolean syncs();

    /** Programs that its server needs; on Debian those of {@link #debianPackage}. */
    List<String> programs();

    /** What brings them; empty when the project does. */
    String debianPackage();

    /** Of its server, as that says it. */
    String version() throws IOException, InterruptedException;

    /**
     * Starts the server and returns when it answers.
     *
     * @param directory of its data: empty, or what a server of the same kind left there
     */
    Server start(Path directory) throws IOException, InterruptedException;

    /** A client of that server. */
    Driver connect(Server server) throws Exception;
}
