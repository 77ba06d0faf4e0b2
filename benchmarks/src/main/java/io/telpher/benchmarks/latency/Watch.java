package io.telpher.benchmarks.latency;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.telpher.benchmarks.machine.CpuTimes;
import io.telpher.benchmarks.machine.ProcessTree;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** Looks once a second at the broker's metrics and the machine's CPU times, and hears of this process's collections. */
final class Watch {
    /** Shorter syncs are what a disk does all the time. */
    static final double SLOW_SYNC_MS = 20;

    /** Cores; below that it is noise. */
    static final double STEAL_MIN = 0.05;

    static final double OTHERS_MIN = 0.2;

    private static final Pattern SYNCS =
            Pattern.compile("(?m)^telpher_journal_sync_seconds_bucket\\{(?:.*,)?le=\"([^\"]+)\".*} (\\S+)$");
    private static final Pattern COPIED = Pattern.compile("(?m)^telpher_journal_copied_bytes_total (\\S+)$");
    private static final double MS = 1e3;
    private static final int A_SECOND_MS = 1_000;

    /** The broker's metrics as text. */
    interface Metrics {
        String read() throws IOException;
    }

    private record Sample(
            double atMs,
            SortedMap<Double, Double> syncs,
            double copied,
            CpuTimes machine,
            double brokerCpu,
            double ownCpu) {}

    private final long startMs;
    private final Metrics metrics;
    private final ProcessTree broker;
    private final List<Event> events = Collections.synchronizedList(new ArrayList<>());
    private Sample last;

    /** @param startMs wall clock, when the first second begins */
    Watch(long startMs, Metrics metrics, ProcessTree broker) throws IOException {
        this.startMs = startMs;
        this.metrics = metrics;
        this.broker = broker;
        this.last = sample();
        long jvmStart = ManagementFactory.getRuntimeMXBean().getStartTime();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector)
                    .addNotificationListener((told, handback) -> collected(told, jvmStart), null, null);
        }
    }

    private void collected(Notification told, long jvmStart) {
        if (!told.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            return;
        }
        var collection = GarbageCollectionNotificationInfo.from((CompositeData) told.getUserData());
        double from = jvmStart + collection.getGcInfo().getStartTime() - startMs;
        double took = collection.getGcInfo().getDuration();
        events.add(new Event(
                Event.Kind.CLIENT_GC,
                from,
                from + took,
                String.format(Locale.ROOT, "%s, %.0f ms", collection.getGcName(), took)));
    }

    private Sample sample() throws IOException {
        String text = metrics.read();
        Matcher copied = COPIED.matcher(text);
        return new Sample(
                System.currentTimeMillis() - startMs,
                syncs(text),
                copied.find() ? Double.parseDouble(copied.group(1)) : 0,
                CpuTimes.now(),
                broker.cpuSeconds(),
                ProcessTree.ownCpuSeconds());
    }

    /** Syncs so far by the upper bound of their bucket in ms, each bucket with those below it. */
    static SortedMap<Double, Double> syncs(String metrics) {
        SortedMap<Double, Double> syncs = new TreeMap<>();
        Matcher bucket = SYNCS.matcher(metrics);
        while (bucket.find()) {
            double bound =
                    bucket.group(1).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bucket.group(1));
            syncs.merge(bound * MS, Double.parseDouble(bucket.group(2)), Double::sum);
        }
        return syncs;
    }

    /** Once a second. */
    void look() throws IOException {
        Sample now = sample();
        Sample before = last;
        last = now;
        double seconds = (now.atMs - before.atMs) / A_SECOND_MS;
        double slowest = slowest(before.syncs, now.syncs);
        if (slowest > SLOW_SYNC_MS) {
            add(
                    Event.Kind.SYNC,
                    before,
                    now,
                    "the slowest took up to " + (long) Math.min(slowest, Long.MAX_VALUE) + " ms");
        }
        if (now.copied > before.copied) {
            add(
                    Event.Kind.COMPACTION,
                    before,
                    now,
                    String.format(Locale.ROOT, "%,.0f KiB copied", (now.copied - before.copied) / (1 << 10)));
        }
        double stolen = (now.machine.stolen() - before.machine.stolen()) / seconds;
        if (stolen >= STEAL_MIN) {
            add(Event.Kind.STEAL, before, now, cores(stolen));
        }
        double others = (now.machine.busy()
                        - before.machine.busy()
                        - (now.brokerCpu - before.brokerCpu)
                        - (now.ownCpu - before.ownCpu))
                / seconds;
        if (others >= OTHERS_MIN) {
            add(Event.Kind.OTHERS, before, now, cores(others));
        }
    }

    private static String cores(double cores) {
        return String.format(Locale.ROOT, "%.2f cores", cores);
    }

    private void add(Event.Kind kind, Sample from, Sample to, String text) {
        events.add(new Event(kind, from.atMs, to.atMs, text));
    }

    /** Upper bound of the highest bucket to which syncs came; 0 = there were none. */
    static double slowest(SortedMap<Double, Double> before, SortedMap<Double, Double> now) {
        double slowest = 0;
        double cameBelow = 0;
        for (var bucket : now.entrySet()) {
            double came = bucket.getValue() - before.getOrDefault(bucket.getKey(), 0.0);
            if (came > cameBelow) {
                slowest = bucket.getKey();
            }
            cameBelow = came;
        }
        return slowest;
    }

    List<Event> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }
}
