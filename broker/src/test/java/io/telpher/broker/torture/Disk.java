package io.telpher.broker.torture;

import io.telpher.testing.faults.PowerLossFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Where the broker's data lies: on a file system whose power can be cut, or in a plain directory where there is none. */
final class Disk implements AutoCloseable {
    private final @Nullable PowerLossFileSystem faulty;
    private final Path directory;
    private final @Nullable String missing;

    private Disk(@Nullable PowerLossFileSystem faulty, Path directory, @Nullable String missing) {
        this.faulty = faulty;
        this.directory = directory;
        this.missing = missing;
    }

    static Disk open(Path work, boolean withFaults) throws IOException {
        String missing = withFaults ? PowerLossFileSystem.missing() : "it was not asked for";
        if (missing == null) {
            PowerLossFileSystem faulty = PowerLossFileSystem.mount(Files.createDirectory(work.resolve("disk")));
            return new Disk(faulty, faulty.directory().resolve("data"), null);
        }
        return new Disk(null, work.resolve("data"), missing);
    }

    Path directory() {
        return directory;
    }

    /** Why the disk has no faults; null when it has. */
    @Nullable
    String missing() {
        return missing;
    }

    boolean isFaulty() {
        return faulty != null;
    }

    PowerLossFileSystem faults() {
        return java.util.Objects.requireNonNull(faulty, "a plain directory has no faults");
    }

    int cut(Random random) throws IOException {
        return faults().cut(random);
    }

    @Override
    public void close() throws IOException {
        if (faulty != null) {
            faulty.close();
        }
    }
}
