package io.telpher.broker.partition.query;

import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.Scale;
import io.telpher.protocol.queue.ScaleHint;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks came to each queue within the last minute, and how long attempts took: what a scale hint is reckoned from. When none has ended within the minute, the
 * last ones count: a queue whose workers were taken away still knows how long its tasks take.
 */
public final class QueueRates implements TransitionListener {
    private static final int SLICES = 6;
    private static final long SLICE_MS = 10_000;
    private static final double MILLIONTHS = 1e6;
    private static final double MS = 1e3;

    /** Weight of the last attempt in the running mean: one in {@code MEMORY}. */
    private static final double MEMORY = 8;

    /** By the number of the queue. */
    private @Nullable Rates[] byQueue = new Rates[0];

    private final LongSupplier recordTime;
    private final long startedAtMs;

    /** Slices of ten seconds, in a ring. */
    private static final class Rates {
        final long[] arrivals = new long[SLICES];
        final long[] ended = new long[SLICES];
        final long[] serviceMs = new long[SLICES];
        long slice;
        /** Of attempts that ended, the later ones counting more; 0 = none has. */
        double rememberedMs;

        void ended(int at, long tookMs) {
            ended[at]++;
            serviceMs[at] += tookMs;
            rememberedMs += (tookMs - rememberedMs) / (rememberedMs == 0 ? 1 : MEMORY);
        }

        double serviceSeconds() {
            long count = sum(ended);
            return (count == 0 ? rememberedMs : (double) sum(serviceMs) / count) / MS;
        }

        /** Empties the slices that time has gone over. */
        int at(long nowMs) {
            long now = nowMs / SLICE_MS;
            for (long gone = Math.max(slice + 1, now - SLICES + 1); gone <= now; gone++) {
                int i = (int) (gone % SLICES);
                arrivals[i] = 0;
                ended[i] = 0;
                serviceMs[i] = 0;
            }
            slice = Math.max(slice, now);
            return (int) (slice % SLICES);
        }
    }

    /** @param recordTime of the record that is being applied, ms since 1970 */
    public QueueRates(LongSupplier recordTime, long startedAtMs) {
        this.recordTime = recordTime;
        this.startedAtMs = startedAtMs;
    }

    @Override
    public void moved(TaskCursor task, TaskState from) {
        boolean arrived = from == TaskState.NONE;
        // Of a completed task the outcome is set after this call.
        boolean wasSaid = task.state() == TaskState.COMPLETED || task.lastOutcome() == LastOutcome.NACKED;
        boolean ended = from == TaskState.ACTIVE && task.state() != TaskState.READY && wasSaid;
        if (!arrived && !ended) {
            return;
        }
        long now = recordTime.getAsLong();
        Rates rates = of(task.taskQueue().index());
        int at = rates.at(now);
        if (arrived) {
            rates.arrivals[at]++;
        } else {
            rates.ended(at, now - task.startedStampMs());
        }
    }

    @Override
    public void deleted(TaskQueue queue) {
        if (queue.index() < byQueue.length) {
            byQueue[queue.index()] = null;
        }
    }

    private Rates of(int queue) {
        if (queue >= byQueue.length) {
            byQueue = Arrays.copyOf(byQueue, Math.max(queue + 1, 2 * byQueue.length));
        }
        Rates rates = byQueue[queue];
        if (rates == null) {
            rates = new Rates();
            byQueue[queue] = rates;
        }
        return rates;
    }

    /**
     * Writes SCALE. Tasks of a paused queue, and tasks that wait for their time, need no worker yet. Running tasks need the workers they run on, so that following the hint ends none of them. A
     * ready task needs at least one worker, or the duration of tasks would never become known.
     */
    public FrameWriter write(FrameWriter out, ScaleHint asked, QueueCursor queue, long nowMs) {
        Rates rates = of(queue.index());
        rates.at(nowMs);
        double seconds = Math.max(1, Math.min(SLICES * SLICE_MS, nowMs - startedAtMs) / MS);
        double arrivalRate = sum(rates.arrivals) / seconds;
        double service = rates.serviceSeconds();
        long ready = queue.paused() ? 0 : queue.readyTotal();
        double slots = arrivalRate * service + ready * service / (asked.targetDrainMs() / MS);
        double busy = Math.max(queue.active(), Math.min(ready, 1));
        int workers = (int) Math.ceil(Math.max(slots, busy) / asked.slotsPerWorker());
        double drain = ready * service / Math.max(1, queue.active() + queue.waiters());
        long since = queue.oldestReadySinceMs();
        return Scale.begin(out, asked.requestId(), workers)
                .i64(millionths(drain))
                .i64(millionths(arrivalRate))
                .i64(millionths(service))
                .i64(millionths(since == 0 ? 0 : Math.max(0, nowMs - since) / MS))
                .i64(ready)
                .var(queue.name())
                .end();
    }

    /** Attempts of a queue that ended within the last minute, a second. */
    double endedPerSecond(QueueCursor queue, long nowMs) {
        Rates rates = queue.index() < byQueue.length ? byQueue[queue.index()] : null;
        if (rates == null) {
            return 0;
        }
        rates.at(nowMs);
        return sum(rates.ended) / Math.max(1, Math.min(SLICES * SLICE_MS, nowMs - startedAtMs) / MS);
    }

    private static long sum(long[] slices) {
        long sum = 0;
        for (long each : slices) {
            sum += each;
        }
        return sum;
    }

    private static long millionths(double value) {
        return Math.round(value * MILLIONTHS);
    }
}
