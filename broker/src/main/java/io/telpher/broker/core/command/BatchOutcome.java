package io.telpher.broker.core.command;

import io.telpher.protocol.TaskState;

/** The tasks that a batch or an ack's follow-ups became, in the order given. Reused: valid during the call it is handed to. */
public final class BatchOutcome {
    static final BatchOutcome EMPTY = new BatchOutcome(0);

    private final long[] taskIds;
    private final boolean[] duplicates;
    private final TaskState[] states;
    private int count;
    private long acceptedAtMs;

    BatchOutcome(int countMax) {
        taskIds = new long[countMax];
        duplicates = new boolean[countMax];
        states = new TaskState[countMax];
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

    /** Milliseconds since 1970: creation time of those that are no duplicates. */
    public long acceptedAtMs() {
        return acceptedAtMs;
    }

    void clear(long nowMs) {
        count = 0;
        acceptedAtMs = nowMs;
    }

    void add(long taskId, TaskState state, boolean duplicate) {
        taskIds[count] = taskId;
        states[count] = state;
        duplicates[count] = duplicate;
        count++;
    }
}
