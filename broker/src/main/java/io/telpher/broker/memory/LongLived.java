package io.telpher.broker.memory;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of the heap that holds what lives long, as the collector of this JVM tells it: G1 lets it grow to nearly the whole heap, the parallel and the
 * serial collector give it two thirds. What is live is known only after a full collection, which comes by itself when nothing else makes room; what G1
 * leaves after its other collections has garbage in it, and would read as full when it isn't. Thread-safe.
 */
final class LongLived {
    /** What a full collection left. */
    record Left(long usedBytes, long maxBytes) {
        boolean isAtLeast(double share) {
            return usedBytes >= (long) (maxBytes * share);
        }
    }

    /** How much of a heap without a fixed limit for it may be planned for, which is what the others have: a collector that has little room works much. */
    private static final double PLANNED_SHARE = 2.0 / 3;

    /** G1 keeps a twentieth at least for what is new. */
    private static final double GROWN_SHARE = 0.95;

    private static final List<String> FULL_COLLECTORS =
            List.of("G1 Old Generation", "PS MarkSweep", "MarkSweepCompact");

    private final @Nullable MemoryPoolMXBean pool;
    private final @Nullable GarbageCollectorMXBean collector;
    private final long heapBytes;

    private LongLived(@Nullable MemoryPoolMXBean pool, @Nullable GarbageCollectorMXBean collector, long heapBytes) {
        this.pool = pool;
        this.collector = collector;
        this.heapBytes = heapBytes;
    }

    /** Of this process. */
    static LongLived ofHeap() {
        return new LongLived(pool(), collector(), Runtime.getRuntime().maxMemory());
    }

    private static @Nullable MemoryPoolMXBean pool() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(each -> each.getType() == MemoryType.HEAP)
                .filter(each ->
                        each.getName().endsWith("Old Gen") || each.getName().endsWith("Tenured Gen"))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable GarbageCollectorMXBean collector() {
        return ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class).stream()
                .filter(each -> FULL_COLLECTORS.contains(each.getName()))
                .findFirst()
                .orElse(null);
    }

    /** How large it may become by plan. */
    long plannedBytes() {
        long max = pool == null ? -1 : pool.getUsage().getMax();
        return planned(max, heapBytes);
    }

    static long planned(long poolBytes, long heapBytes) {
        long share = (long) (heapBytes * PLANNED_SHARE);
        return poolBytes > 0 && poolBytes < heapBytes ? poolBytes : share;
    }

    /** Of the last full collection; null when there was none, or this JVM doesn't tell. */
    @Nullable
    Left lastLeft() {
        if (pool == null || collector == null || collector.getCollectionCount() == 0) {
            return null;
        }
        GcInfo last = collector.getLastGcInfo();
        MemoryUsage left = last == null ? null : last.getMemoryUsageAfterGc().get(pool.getName());
        return left == null || left.getMax() <= 0 ? null : left(left.getUsed(), left.getMax(), heapBytes);
    }

    static Left left(long usedBytes, long poolBytes, long heapBytes) {
        return new Left(usedBytes, Math.min(poolBytes, (long) (heapBytes * GROWN_SHARE)));
    }
}
