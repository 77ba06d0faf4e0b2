package io.telpher.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The disk under a directory, as the kernel counts what it gives to it: everybody's bytes, the file system's own among them. What is still in the page cache is not in it, so a measurement
 * begins and ends with {@link #sync}.
 */
public final class BlockDevice {
    private static final int SECTOR_BYTES = 512;
    /** Of the kernel's file {@code stat}, counted from 0: reads, reads merged, sectors read, ms, writes, writes merged, sectors written. */
    private static final int SECTORS_WRITTEN = 6;

    // Of a device's number, as glibc's gnu_dev_major and gnu_dev_minor take it apart.
    private static final int MAJOR_SHIFT = 8;
    private static final int MAJOR_MASK = 0xfff;
    private static final int MINOR_LOW_MASK = 0xff;
    private static final int MINOR_HIGH_SHIFT = 12;
    private static final int MINOR_HIGH_MASK = 0xffffff00;

    private final Path directory;
    private final Path stat;

    private BlockDevice(Path directory, Path stat) {
        this.directory = directory;
        this.stat = stat;
    }

    public static BlockDevice under(Path directory) throws IOException {
        long number = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
        return new BlockDevice(directory, Path.of("/sys/dev/block", name(number), "stat"));
    }

    static String name(long number) {
        long major = number >>> MAJOR_SHIFT & MAJOR_MASK;
        long minor = number & MINOR_LOW_MASK | number >>> MINOR_HIGH_SHIFT & MINOR_HIGH_MASK;
        return major + ":" + minor;
    }

    /** Memory, and what several disks make up, has no count of its own. */
    public boolean isCounted() {
        return Files.exists(stat);
    }

    /** Since the machine was started. */
    public double writtenBytes() throws IOException {
        return writtenBytes(Files.readString(stat));
    }

    static double writtenBytes(String stat) {
        return Double.parseDouble(stat.strip().split("\\s+", -1)[SECTORS_WRITTEN]) * SECTOR_BYTES;
    }

    /** Everything that was written before goes to the disk. */
    public void sync() throws IOException, InterruptedException {
        Shell.run("sync", "-f", directory.toString());
    }

    /**
     * What one of several nodes that do the same wrote for each byte that its clients gave it.
     *
     * @param bytes that all of them wrote
     * @param payload of each task, bytes
     */
    public static double bytesAByte(double bytes, int nodes, long tasks, int payload) {
        return bytes / nodes / tasks / payload;
    }
}
