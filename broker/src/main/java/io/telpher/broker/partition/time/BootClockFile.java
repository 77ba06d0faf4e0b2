package io.telpher.broker.partition.time;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the next start of the broker how its clock stands to the machine's steady one, which goes on until the machine is started again: so a restart
 * needs no wall clock to know how long it took. One line: the id of this start of the machine, and the broker's time at {@link System#nanoTime} 0 in
 * microseconds. Written once for each start of the machine, and forced.
 */
public final class BootClockFile {
    private static final Logger LOG = LoggerFactory.getLogger(BootClockFile.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String NAME = "clock";

    private final Path file;
    private final String bootId;

    private BootClockFile(Path directory, String bootId) {
        this.file = directory.resolve(NAME);
        this.bootId = bootId;
    }

    /** @param directory the broker's data */
    public static BootClockFile in(Path directory) {
        return in(directory, bootId());
    }

    /** @param bootId of this start of the machine; empty = not known */
    static BootClockFile in(Path directory, String bootId) {
        return new BootClockFile(directory, bootId);
    }

    private static String bootId() {
        try {
            return Files.isReadable(BOOT_ID) ? Files.readString(BOOT_ID).strip() : "";
        } catch (IOException e) {
            LOG.warn("TQ-3033 can't read {}: after a restart the wall clock alone says how long it took", BOOT_ID, e);
            return "";
        }
    }

    /** The broker's time at {@link System#nanoTime} 0, when the machine has not been started again since it was written. */
    public OptionalLong microsAtNanoZero() {
        try {
            if (bootId.isEmpty() || !Files.exists(file)) {
                return OptionalLong.empty();
            }
            String line = Files.readString(file).strip();
            String known = bootId + " ";
            return line.startsWith(known)
                    ? OptionalLong.of(Long.parseLong(line.substring(known.length())))
                    : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            LOG.warn("TQ-3033 {} can't be read: the wall clock alone says how long the broker was down", file, e);
            return OptionalLong.empty();
        }
    }

    /** Appears whole, or not at all. A broker that can't write it works all the same. */
    public void save(BrokerClock clock) {
        OptionalLong known = microsAtNanoZero();
        if (bootId.isEmpty() || known.isPresent() && known.getAsLong() == clock.microsAtNanoZero()) {
            return;
        }
        try {
            DurableFile.replace(file, bootId + " " + clock.microsAtNanoZero() + "\n");
        } catch (IOException e) {
            LOG.warn(
                    "TQ-3033 {} can't be written: after a restart the wall clock alone says how long it took", file, e);
        }
    }
}
