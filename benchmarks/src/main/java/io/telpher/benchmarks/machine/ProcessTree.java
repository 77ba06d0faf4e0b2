package io.telpher.benchmarks.machine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server's processes and all that these started, read from /proc. A process that ends meanwhile counts as nothing; its CPU time is then in its parent, which waited for it.
 *
 * @param roots of the first of them, of each machine one
 */
public record ProcessTree(List<Long> roots) {
    // Of /proc/PID/stat, counted from the state behind the command's name: utime stime cutime cstime.
    private static final int CPU_FROM = 11;
    private static final int CPU_TO = 14;
    private static final int KIB = 1024;
    private static final Pattern COMPILER = Pattern.compile("\\(C[12] Compiler");
    private static final double NANOS = 1e9;

    public static ProcessTree of(long pid) {
        return new ProcessTree(List.of(pid));
    }

    /** Of this process. */
    public static ProcessTree own() {
        return of(ProcessHandle.current().pid());
    }

    /** All of them, the first one first. */
    public List<Long> pids() {
        return roots.stream().flatMap(ProcessTree::family).toList();
    }

    private static Stream<Long> family(long pid) {
        Stream<ProcessHandle> below =
                ProcessHandle.of(pid).map(ProcessHandle::descendants).orElseGet(Stream::empty);
        return Stream.concat(Stream.of(pid), below.map(ProcessHandle::pid));
    }

    /** User and system time of this process so far, without those that it started. */
    public static double ownCpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / NANOS;
    }

    /** User and system time so far. */
    public double cpuSeconds() {
        return sum("stat", stat -> {
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = 0;
            for (int field = CPU_FROM; field <= CPU_TO; field++) {
                ticks += Long.parseLong(fields[field]);
            }
            return ticks * CpuTimes.TICK_SECONDS;
        });
    }

    /** The part of {@link #cpuSeconds} of Java's compilers, which is over when all that runs often is compiled. */
    public double compilerSeconds() throws IOException {
        long ticks = 0;
        for (long each : pids()) {
            ticks += compilerTicks(each);
        }
        return ticks * CpuTimes.TICK_SECONDS;
    }

    private static long compilerTicks(long pid) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
            long ticks = 0;
            for (Path thread : threads) {
                ticks += compilerTicks(thread);
            }
            return ticks;
        } catch (NoSuchFileException e) {
            return 0; // it has ended
        }
    }

    private static long compilerTicks(Path thread) throws IOException {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            if (!COMPILER.matcher(stat).find()) {
                return 0;
            }
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[CPU_FROM]) + Long.parseLong(fields[CPU_FROM + 1]);
        } catch (NoSuchFileException e) {
            return 0; // a compiler's thread that had nothing to do
        }
    }

    /** Resident, each shared page counted in full once in every process that has it. */
    public double rssBytes() {
        return sum("status", text -> number(text, "VmRSS:") * KIB);
    }

    /** Resident, a page that several processes share counted in parts. */
    public double pssBytes() {
        return sum("smaps_rollup", text -> number(text, "Pss:") * KIB);
    }

    /** That went to a disk, or will. */
    public double writtenBytes() {
        return sum("io", text -> number(text, "write_bytes:"));
    }

    /** Handed to the kernel by calls, for disks and sockets; what goes through mapped files is not in it. */
    public double handedBytes() {
        return sum("io", text -> number(text, "wchar:"));
    }

    private static double number(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                .sum();
    }

    private double sum(String file, ToDoubleFunction<String> value) {
        double sum = 0;
        for (long each : pids()) {
            try {
                sum += value.applyAsDouble(Files.readString(Path.of("/proc", String.valueOf(each), file)));
            } catch (IOException e) {
                // One that has ended counts as nothing.
                if (ProcessHandle.of(each).isPresent()) {
                    throw new java.io.UncheckedIOException("cannot read /proc/" + each + "/" + file, e);
                }
            }
        }
        return sum;
    }
}
