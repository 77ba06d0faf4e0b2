package io.telpher.broker.core.state;

import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.SequenceDeque;

/**
 * Final tasks but the dead, in the order they became so: they go in that order, after the retention, or earlier when together they take
 * more room than they may.
 */
public final class FinishedTasks {
    /** Bytes of a final task beside its result or error and the ids of its follow-ups: its row, its place here, its share of snapshots. */
    static final int TASK_BYTES = 128;

    public final SequenceDeque line = new SequenceDeque();
    private long bytes;
    private long bytesMax;
    private long crowdedAtMs = Deadlines.NEVER;

    static int bytesOf(TaskCursor task) {
        return TASK_BYTES
                + (task.outcomeLocation() == TaskCursor.NO_FRAME ? 0 : task.outcomeBytes())
                + task.followUps().length * Long.BYTES;
    }

    void add(TaskCursor task, long nowMs) {
        line.addLast(task.sequence());
        bytes += bytesOf(task);
        reckon(nowMs);
    }

    /** A task of the line takes {@code moreBytes} more. */
    void grew(int moreBytes, long nowMs) {
        bytes += moreBytes;
        reckon(nowMs);
    }

    boolean isEmpty() {
        return line.isEmpty();
    }

    long first() {
        return line.first();
    }

    /** @param task the first one, which it was moved to */
    void removeFirst(TaskCursor task) {
        Invariant.check(line.removeFirst() == task.sequence(), "another task than the first of the finished");
        bytes -= bytesOf(task);
        reckon(Deadlines.NEVER);
    }

    public long bytes() {
        return bytes;
    }

    /** 0 = any number. */
    public long bytesMax() {
        return bytesMax;
    }

    public void bytesMax(long max, long nowMs) {
        bytesMax = Math.max(0, max);
        reckon(nowMs);
    }

    /** From when on the first is to go for want of room; {@link Deadlines#NEVER} while there is enough. */
    public long crowdedAtMs() {
        return crowdedAtMs;
    }

    /** Like all purging in whole seconds, so that a broker which is at its limit all the time does not need a TICK for each task. */
    private void reckon(long nowMs) {
        if (bytesMax == 0 || bytes <= bytesMax) {
            crowdedAtMs = Deadlines.NEVER;
        } else if (crowdedAtMs == Deadlines.NEVER) {
            crowdedAtMs = Deadlines.inPurgeGrains(nowMs + 1);
        }
    }

    /** As a snapshot has it; {@link #restored} follows for each task. */
    public void restore(long max, long crowdedSinceMs) {
        bytesMax = max;
        crowdedAtMs = crowdedSinceMs;
    }

    public void restored(TaskCursor task) {
        bytes += bytesOf(task);
    }
}
