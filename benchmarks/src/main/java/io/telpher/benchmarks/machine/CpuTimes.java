package io.telpher.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU seconds of the whole machine since it booted, from the first line of /proc/stat.
 *
 * @param busy spent by all processes and the kernel
 * @param stolen that a hypervisor gave to other machines while this one had work
 */
public record CpuTimes(double busy, double stolen) {
    /** The kernel counts CPU time in ticks of this length for all its files. */
    static final double TICK_SECONDS = 0.01;

    private static final Path STAT = Path.of("/proc/stat");

    // Behind "cpu": user nice system idle iowait irq softirq steal guest guest_nice.
    private static final int[] BUSY = {1, 2, 3, 6, 7};
    private static final int STEAL = 8;

    public static CpuTimes now() throws IOException {
        return of(Files.readAllLines(STAT).get(0));
    }

    static CpuTimes of(String line) {
        String[] fields = line.trim().split("\\s+", -1);
        if (!fields[0].equals("cpu") || fields.length <= STEAL) {
            throw new IllegalArgumentException("expected the line \"cpu\" of /proc/stat with its steal, got: " + line);
        }
        long busy = 0;
        for (int field : BUSY) {
            busy += Long.parseLong(fields[field]);
        }
        return new CpuTimes(busy * TICK_SECONDS, Long.parseLong(fields[STEAL]) * TICK_SECONDS);
    }
}
