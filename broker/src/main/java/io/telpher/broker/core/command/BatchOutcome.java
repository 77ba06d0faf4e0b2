package io.telpher.broker.core.command;

import io.telpher.protocol.TaskState;
import java.util.Arrays;

/** The tasks that a batch or an ack's follow-ups became, in the order given. Reused: valid during the call it is handed to. */
public final class BatchOutcome {
    public static final BatchOutcome EMPTY = new BatchOutcome(0);

    /** {@link #taskId} of a task that another partition makes; see {@link #handOver}. */
    public static final long ELSEWHERE = 0;

    private final long[] taskIds;
    private final boolean[] duplicates;
    private final TaskState[] states;
    private final long[] handOvers;
    private boolean whole = true;
    private int count;
    private long acceptedAtMs;

    public BatchOutcome(int countMax) {
        taskIds = new long[countMax];
        duplicates = new boolean[countMax];
        states = new TaskState[countMax];
        handOvers = new long[countMax];
    }

    public int count() {
        return count;
    }

    public long taskId(int i) {
        return taskIds[i];
    }

    /** An earlier task with the same key was found instead of making one. */
    public boolean duplicate(int i) {
        return duplicates[i];
    }

    /** How it stood when the batch was taken. */
    public TaskState state(int i) {
        return states[i];
    }

    /** All tasks are here: none is handed over. */
    public boolean isWhole() {
        return whole;
    }

    /** The hand-over that the task goes with, as the next of it; 0 when the task is here. */
    public long handOver(int i) {
        return handOvers[i];
    }

    /** Milliseconds since 1970: creation time of those that are no duplicates. */
    public long acceptedAtMs() {
        return acceptedAtMs;
    }

    public void clear(long nowMs) {
        count = 0;
        whole = true;
        acceptedAtMs = nowMs;
    }

    /** The ids alone. */
    public long[] taskIds() {
        return Arrays.copyOf(taskIds, count);
    }

    /** As an earlier request was answered. */
    public void again(long[] earlier) {
        clear(0);
        for (long taskId : earlier) {
            add(taskId, TaskState.READY, true);
        }
    }

    public void add(long taskId, TaskState state, boolean duplicate) {
        taskIds[count] = taskId;
        states[count] = state;
        duplicates[count] = duplicate;
        handOvers[count] = 0;
        count++;
    }

    public void addElsewhere(long handOver) {
        add(ELSEWHERE, TaskState.READY, false);
        handOvers[count - 1] = handOver;
        whole = false;
    }
}
