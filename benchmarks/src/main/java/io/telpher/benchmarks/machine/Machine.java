package io.telpher.benchmarks.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Where the figures come from.
 *
 * @param cpu its name
 * @param memoryMib in all
 * @param fileSystem type of the one that the servers write to
 * @param syncP50Ms of a 4 KiB append with fdatasync there, in ms
 */
public record Machine(
        String cpu,
        int cores,
        long memoryMib,
        String kernel,
        String java,
        String fileSystem,
        double syncP50Ms,
        double syncP99Ms) {
    private static final int SYNCS = 200;
    private static final int BLOCK = 4096;
    private static final int DIGITS = 3;
    private static final double MS = 1e6;
    private static final double P50 = 50;
    private static final double P99 = 99;

    /** Takes SYNCS syncs of the directory's disk, about 0.1 s. */
    public static Machine look(Path directory) throws IOException {
        Histogram syncs = syncs(directory);
        return new Machine(
                value("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(value("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) >> 10,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.version"),
                Files.getFileStore(directory).type(),
                syncs.getValueAtPercentile(P50) / MS,
                syncs.getValueAtPercentile(P99) / MS);
    }

    /** Memory keeps nothing over a power cut, so a sync there costs nothing and says nothing. */
    public boolean syncsToMemory() {
        return fileSystem.equals("tmpfs") || fileSystem.equals("ramfs");
    }

    private static Histogram syncs(Path directory) throws IOException {
        Histogram times = new Histogram(DIGITS);
        Path file = Files.createTempFile(directory, "sync", ".bin");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            for (int i = 0; i < SYNCS; i++) {
                long start = System.nanoTime();
                channel.write(block.clear());
                channel.force(false);
                times.recordValue(System.nanoTime() - start);
            }
        } finally {
            Files.delete(file);
        }
        return times;
    }

    private static String value(String file, String key) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("0");
    }

    /** For people, in one line. */
    public String text() {
        return String.format(
                Locale.ROOT,
                "%d cores (%s), %,d MiB, %s, Java %s, %s; a 4 KiB append with fdatasync there takes %.2f ms (p50), %.2f ms (p99)",
                cores,
                cpu,
                memoryMib,
                kernel,
                java,
                fileSystem,
                syncP50Ms,
                syncP99Ms);
    }
}
