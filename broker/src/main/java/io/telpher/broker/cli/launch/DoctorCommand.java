package io.telpher.broker.cli.launch;

import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures whether a host is fit for a broker. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Measures a host and its disk for a broker, in about 3 s. Ends with 1 when something is bad.")
public final class DoctorCommand implements Callable<Integer> {
    private static final Set<String> NOT_DURABLE = Set.of("tmpfs", "ramfs");
    private static final Set<String> REMOTE = Set.of("nfs", "nfs4", "cifs", "smb3");
    private static final Set<String> SLOW_CLOCKS = Set.of("hpet", "acpi_pm", "jiffies");
    private static final long GIB = 1L << 30;

    /** In the seconds that the disk's measure takes. */
    private static final long DRIFT_MS_MAX = 20;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where the data will be. Default: ${DEFAULT-VALUE}")
    private Path directory = Path.of("data");

    @Mixin
    private Output output = new Output();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final List<Map<String, Object>> checks = new ArrayList<>();
    private boolean isBad;

    private enum Verdict {
        ok,
        warn,
        bad
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new IllegalArgumentException(
                    "TQ-4011 " + directory + " is not a directory that can be written; name one that is with --dir");
        }
        host();
        long wallMs = System.currentTimeMillis();
        long steadyNanos = System.nanoTime();
        store();
        disk();
        clock(System.currentTimeMillis() - wallMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - steadyNanos));
        output.rows(spec.commandLine().getOut(), checks);
        return isBad ? Exit.REFUSED : 0;
    }

    private void host() throws IOException {
        Runtime runtime = Runtime.getRuntime();
        check("jdk", Runtime.version().toString(), Verdict.ok, "");
        int cores = runtime.availableProcessors();
        check("cores", cores, cores < 2 ? Verdict.warn : Verdict.ok, "2 or more let syncs and clients overlap");
        BrokerHeap broker = BrokerHeap.of(directory);
        long heap = broker.bytes();
        check(
                "heap",
                mib(heap) + ", " + broker.whose(),
                heap < GIB / 4 ? Verdict.warn : Verdict.ok,
                "give Java 256 MiB or more: -Xmx");
        memory(heap);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
            long files = unix.getMaxFileDescriptorCount();
            check("open_files", files, files < 4096 ? Verdict.warn : Verdict.ok, "raise it: ulimit -n 65536");
        }
    }

    private void memory(long heap) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            // Within a container, the container's.
            long memory = system.getTotalMemorySize();
            check(
                    "memory",
                    mib(memory),
                    memory < 2 * GIB ? Verdict.warn : Verdict.ok,
                    "2 GiB or more: heap, and as much for files");
            String share = text("%d %% of memory", 100 * heap / memory);
            check(
                    "heap_share",
                    share,
                    heap > memory * 3 / 4 ? Verdict.warn : Verdict.ok,
                    "leave the system a quarter: lower -Xmx");
        }
    }

    /** @param wallMs that passed by the wall clock, which may have been set */
    private void clock(long wallMs, long steadyMs) throws IOException, InterruptedException {
        String source = HostFacts.clockSource();
        check(
                "clock_source",
                source,
                SLOW_CLOCKS.contains(source) ? Verdict.warn : Verdict.ok,
                "each look at it is slow; use tsc or the hypervisor's");
        String isSet = HostFacts.isClockSet();
        check(
                "clock_set",
                isSet,
                isSet.equals("no") ? Verdict.warn : Verdict.ok,
                "run chrony or systemd-timesyncd: run_at and expires_at are by this clock");
        long drift = Math.abs(wallMs - steadyMs);
        check(
                "clock_drift",
                text("%d ms in %.1f s", drift, steadyMs / 1e3),
                drift > DRIFT_MS_MAX ? Verdict.warn : Verdict.ok,
                "something sets the clock in jumps; let it be slewed");
    }

    private void store() throws IOException {
        FileStore store = Files.getFileStore(directory);
        String type = store.type();
        Verdict durable = NOT_DURABLE.contains(type) ? Verdict.bad : REMOTE.contains(type) ? Verdict.warn : Verdict.ok;
        check("file_system", type, durable, "use a local disk: ext4 or xfs");
        long free = store.getUsableSpace();
        Verdict space = free < GIB ? Verdict.bad : free < 10 * GIB ? Verdict.warn : Verdict.ok;
        check("free_disk", mib(free), space, "make room: 10 GiB or more");
    }

    private void disk() throws IOException {
        try (DiskProbe probe = new DiskProbe(directory)) {
            latency("sync_append", probe.appends());
            DiskProbe.Syncs over = probe.overZeros();
            latency("sync_over_zeros", over);
            DiskProbe.Syncs batches = probe.batches();
            double records = batches.perSecond() * DiskProbe.BATCH;
            check("write", text("%.1f MB/s", records * 2048 / 1e6), Verdict.ok, "");
            check("one_by_one", text("%.0f syncs/s", over.perSecond()), Verdict.ok, "");
            check("batched", text("%.0f records/s of 2 KiB", records), Verdict.ok, "");
        }
    }

    private void latency(String name, DiskProbe.Syncs syncs) {
        double p99 = syncs.ms(99);
        Verdict verdict = p99 > 200 ? Verdict.bad : p99 > 30 ? Verdict.warn : Verdict.ok;
        String measured = text("p50 %.2f ms, p99 %.2f ms", syncs.ms(50), p99);
        check(name, measured, verdict, "use a faster or less busy disk");
    }

    private void check(String name, Object measured, Verdict verdict, String advice) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("check", name);
        row.put("measured", measured);
        row.put("verdict", verdict.name());
        row.put("what_to_do", verdict == Verdict.ok ? "" : advice);
        checks.add(row);
        isBad |= verdict == Verdict.bad;
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
