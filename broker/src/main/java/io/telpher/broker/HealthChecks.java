package io.telpher.broker;

import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.call.HealthAnswers.Level;
import io.telpher.broker.journal.SyncObserver;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.storage.Shortage;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.broker.thread.Chore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether a broker that has started can do its work: what /readyz asks. */
final class HealthChecks implements SyncObserver {
    private static final double NEWEST_COUNTS = 0.1;
    private static final double SLOW_SYNC_MS = 100;
    private static final double NANOS_A_MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long BYTES_A_MIB = 1 << 20;

    private final Path directory;
    private final CompletableFuture<Throwable> failure;
    private volatile BooleanSupplier draining = () -> false;
    private volatile Supplier<Set<Shortage>> shortages = Set::of;
    private volatile LongSupplier wallOffsetMs = () -> 0;
    private volatile List<Chore> chores = List.of();
    private volatile HeapBudget heap = HeapBudget.unlimited();
    private volatile Supplier<List<String>> hung = List::of;
    private volatile @Nullable ClusterControl cluster;
    private double syncMs;

    HealthChecks(Path directory, CompletableFuture<Throwable> failure) {
        this.directory = directory;
        this.failure = failure;
    }

    @Override
    public synchronized void synced(long nanos, long records) {
        double ms = nanos / NANOS_A_MS;
        syncMs = syncMs == 0 ? ms : syncMs + NEWEST_COUNTS * (ms - syncMs);
    }

    private synchronized double syncMs() {
        return syncMs;
    }

    /** Of a broker that serves: whether it is stopping, and what waits for space. */
    void serving(PartitionRouter router) {
        draining = router::isDraining;
        shortages = router::shortages;
    }

    void watch(BrokerClock clock) {
        wallOffsetMs = clock::wallOffsetMs;
    }

    /** What goes on beside the partitions, whatever fails. */
    void watch(List<Chore> watched) {
        chores = watched;
    }

    List<HealthAnswers.Check> make() {
        List<HealthAnswers.Check> all =
                new ArrayList<>(List.of(journal(), threads(), disk(), memory(), sync(), clock(), background()));
        ClusterControl node = cluster;
        if (node != null) {
            all.add(cluster(node));
            all.add(clocks(node));
        }
        all.add(service(draining.getAsBoolean()));
        return all;
    }

    void watch(ClusterControl node) {
        cluster = node;
    }

    /** A node that does not lead is as ready as one that does: it is there to take over. */
    private static HealthAnswers.Check cluster(ClusterControl node) {
        try {
            ClusterStatus now = node.status();
            return now.leader().isEmpty()
                    ? new HealthAnswers.Check(
                            "cluster", Level.WARN, "no leader is known for " + now.leaderlessMs() + " ms")
                    : new HealthAnswers.Check(
                            "cluster",
                            Level.OK,
                            now.leader().equals(now.node()) ? "this node leads" : "follows node " + now.leader());
        } catch (IOException e) {
            return new HealthAnswers.Check("cluster", Level.FAIL, "the node is not in the cluster: " + e.getMessage());
        }
    }

    private static HealthAnswers.Check clocks(ClusterControl node) {
        try {
            List<String> skews = node.status().skews();
            return skews.isEmpty()
                    ? new HealthAnswers.Check("clocks", Level.OK, "those of the nodes agree")
                    : new HealthAnswers.Check("clocks", Level.WARN, String.join("; ", skews) + " (TQ-5031)");
        } catch (IOException e) {
            return new HealthAnswers.Check("clocks", Level.WARN, "those of the nodes are not known: " + e.getMessage());
        }
    }

    /** Sets the heap's budget for tasks. */
    void watch(HeapBudget shared) {
        heap = shared;
    }

    private HealthAnswers.Check memory() {
        boolean isFull = heap.isFull();
        return new HealthAnswers.Check(
                "memory", isFull ? Level.WARN : Level.OK, heap.text() + (isFull ? "; new tasks are refused" : ""));
    }

    /** Whether the threads that everything waits for come round. */
    void watch(Watchdog watchdog) {
        hung = watchdog::hung;
    }

    private HealthAnswers.Check threads() {
        List<String> now = hung.get();
        return now.isEmpty()
                ? new HealthAnswers.Check("threads", Level.OK, "all come round")
                : new HealthAnswers.Check("threads", Level.FAIL, String.join("; ", now));
    }

    private HealthAnswers.Check clock() {
        long offsetMs = wallOffsetMs.getAsLong();
        return Math.abs(offsetMs) <= BrokerClock.TOLD_MS
                ? new HealthAnswers.Check("clock", Level.OK, "the wall clock and the broker's clock agree")
                : new HealthAnswers.Check(
                        "clock",
                        Level.WARN,
                        BrokerClock.comparison(offsetMs) + "; run_at and expires_at go by the wall clock (TQ-3030)");
    }

    private HealthAnswers.Check background() {
        String troubles = chores.stream()
                .map(Chore::trouble)
                .filter(Objects::nonNull)
                .distinct()
                .collect(Collectors.joining("; "));
        return troubles.isEmpty()
                ? new HealthAnswers.Check("background", Level.OK, "nothing fails")
                : new HealthAnswers.Check("background", Level.WARN, "tried again: " + troubles);
    }

    private HealthAnswers.Check journal() {
        return failure.isDone()
                ? new HealthAnswers.Check("journal", Level.FAIL, "the broker can't go on; its log says why (TQ-1011)")
                : new HealthAnswers.Check("journal", Level.OK, "accepts records");
    }

    private HealthAnswers.Check disk() {
        StringBuilder detail = new StringBuilder();
        detail.append(directory.toFile().getUsableSpace() / BYTES_A_MIB).append(" MiB free");
        Set<Shortage> waiting = shortages.get();
        waiting.forEach(each -> detail.append("; ").append(each.text()));
        return new HealthAnswers.Check("disk", waiting.isEmpty() ? Level.OK : Level.WARN, detail.toString());
    }

    private HealthAnswers.Check sync() {
        double ms = syncMs();
        return new HealthAnswers.Check(
                "sync",
                ms < SLOW_SYNC_MS ? Level.OK : Level.WARN,
                String.format(Locale.ROOT, "%.2f ms on average of late", ms));
    }

    private static HealthAnswers.Check service(boolean draining) {
        return draining
                ? new HealthAnswers.Check("service", Level.FAIL, "the broker is stopping")
                : new HealthAnswers.Check("service", Level.OK, "takes new work");
    }
}
