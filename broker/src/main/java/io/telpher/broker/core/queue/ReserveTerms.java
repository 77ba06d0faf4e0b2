package io.telpher.broker.core.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reserve asks for. Reused.
 *
 * <p>With weights the queue of each task is chosen by a number that grows with every lease: the fraction of its product with the golden ratio falls into
 * the share of one of the queues that have tasks. Such fractions are spread evenly, also every second or every third of them, so the shares come out
 * nearly exact however reserves of different weights mix, and nothing has to be remembered for each worker.
 */
public final class ReserveTerms {
    /** 2^64 divided by the golden ratio, odd. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    public int requestId;
    public int max;
    /** Lease length, 0 = each task's own. */
    public int leaseMs;

    public long deadlineMs;
    public String worker = "";
    /** In order of preference, when they have no weights. */
    public final List<TaskQueue> queues = new ArrayList<>();
    /** Of each queue, in the same order; empty = strict preference. */
    public final List<Integer> weights = new ArrayList<>();

    public boolean isWeighted() {
        return !weights.isEmpty();
    }

    /** The queue whose turn it is among those that have tasks to hand out; null when none has. */
    public @Nullable TaskQueue byWeight(long turn) {
        long total = 0;
        for (int i = 0; i < queues.size(); i++) {
            total += queues.get(i).deliverable() > 0 ? weights.get(i) : 0;
        }
        long point = (turn * GOLDEN >>> Integer.SIZE) * total >>> Integer.SIZE;
        for (int i = 0; i < queues.size(); i++) {
            if (queues.get(i).deliverable() > 0) {
                point -= weights.get(i);
                if (point < 0) {
                    return queues.get(i);
                }
            }
        }
        return null;
    }
}
