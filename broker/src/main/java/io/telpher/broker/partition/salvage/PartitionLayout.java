package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.state.Placement;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many partitions a data directory has, and where each lies: partition 0 in the directory itself, where a broker with one partition
 * has it, the others in {@code partitions/0001} and so on. The number is in the file {@code partitions.count}, which is made before any of
 * them; without that file it is 1. It never changes, since it decides where each queue's tasks are.
 */
public final class PartitionLayout {
    public static final int PARTITIONS_MAX = 32;

    /** Of what {@link #wantedFor} says: more threads than this are better spent by choice. */
    private static final int BY_CORES_MAX = 8;

    private static final int CORES_PER_PARTITION = 2;

    private final Path directory;
    private final int count;

    private PartitionLayout(Path directory, int count) {
        this.directory = directory;
        this.count = count;
    }

    /**
     * As the directory has it.
     *
     * @throws JournalException when its file can't be understood
     */
    public static PartitionLayout read(Path directory) throws IOException {
        Path file = countFile(directory);
        if (!Files.exists(file)) {
            return new PartitionLayout(directory, 1);
        }
        String text = Files.readString(file).trim();
        int count = count(text);
        if (count < 1 || count > PARTITIONS_MAX) {
            throw new JournalException("TQ-2031 " + file + " must hold the number of partitions, 1 to " + PARTITIONS_MAX
                    + ", and holds \"" + text + "\"; restore it: one more than there are folders in "
                    + directory.resolve("partitions"));
        }
        return new PartitionLayout(directory, count);
    }

    /** 0 when the text is not one or two digits, the first of them none of 0. */
    private static int count(String text) {
        boolean isNumber = text.length() <= 2
                && !text.isEmpty()
                && text.charAt(0) != '0'
                && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
        return isNumber ? Integer.parseInt(text) : 0;
    }

    /**
     * As the directory has it; a new one gets what is wanted.
     *
     * @param wanted 0 = as many as there are, in a new directory one for every two of {@code cores}, at most 8
     * @throws JournalException when there are others than wanted; nothing was changed
     */
    public static PartitionLayout open(Path directory, int wanted, int cores) throws IOException {
        Files.createDirectories(directory);
        if (!isNew(directory)) {
            PartitionLayout present = read(directory);
            if (wanted != 0 && wanted != present.count) {
                throw new JournalException("TQ-2030 the data in " + directory + " is spread over " + present.count
                        + " partitions, broker.partitions is " + wanted
                        + ": queues would be looked for where their tasks are not. Set broker.partitions = "
                        + present.count + " or leave it out; for " + wanted
                        + ", start a broker with a new journal.dir and let this one's tasks be finished beside it");
            }
            return present;
        }
        int count = wanted != 0 ? wanted : wantedFor(cores);
        if (count > 1) {
            write(directory, count);
        }
        return new PartitionLayout(directory, count);
    }

    private static int wantedFor(int cores) {
        return Math.max(1, Math.min(cores / CORES_PER_PARTITION, BY_CORES_MAX));
    }

    private static boolean isNew(Path directory) {
        return !Files.exists(countFile(directory)) && !Files.exists(directory.resolve("journal"));
    }

    private static Path countFile(Path directory) {
        return directory.resolve("partitions.count");
    }

    private static void write(Path directory, int count) throws IOException {
        DurableFile.replace(countFile(directory), count + "\n");
    }

    public int count() {
        return count;
    }

    /** Where a partition's journal and snapshots lie. */
    public Path directory(int partition) {
        return partition == 0 ? directory : directory.resolve("partitions").resolve(String.format("%04d", partition));
    }

    public Placement placement(int partition) {
        return new Placement(partition, count);
    }
}
