package io.telpher.broker.sim;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.task.Submit;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A task as the reference model knows it: plain fields, no packing. */
final class ReferenceTask implements Comparable<ReferenceTask> {
    /** The order of dead letters; of dead tasks only. */
    static final Comparator<ReferenceTask> BY_DEATH = Comparator.comparingLong(task -> task.death);

    final long sequence;
    final ReferenceQueue queue;
    final long marker;
    final long createdAtMs;
    TaskState state = TaskState.READY;
    int priority;
    private int maxRetries;
    private int visibilityTimeoutMs;
    private Backoff backoff = Backoff.INHERIT;
    private long baseMs;
    private long capMs;
    private int factorMillis;
    long dueMs;
    long expiresAtMs;
    /** {@link #dueMs} is by the wall clock. */
    boolean runsAt;

    boolean returned;
    boolean cancelRequested;
    boolean retentionIsOver;
    int attempts;
    int crashes;
    int replays;
    int outcomeBytes;
    long death;
    DeadReason reason = DeadReason.NONE;

    /** Kept when the lease ends without a word, for a late ack. */
    long leaseId;

    long leaseDeadlineMs;
    int leaseMs;
    long session;
    boolean started;

    /** Its worker's connection closed; the lease ends at {@link #leaseDeadlineMs} unless it is extended. */
    boolean disconnected;

    /** The same after a restart of the broker. */
    boolean restarted;

    @Nullable
    String key;

    long content;
    long windowEndMs;

    ReferenceTask(long sequence, ReferenceQueue queue, long createdAtMs, Submit submit) {
        this.sequence = sequence;
        this.queue = queue;
        this.createdAtMs = createdAtMs;
        this.marker = marker(submit);
        this.expiresAtMs = submit.expiresAtMs();
        settings(submit);
    }

    void settings(Submit submit) {
        priority = submit.priority().ordinal();
        maxRetries = submit.maxRetries();
        visibilityTimeoutMs = submit.visibilityTimeoutMs();
        backoff = submit.backoff();
        baseMs = submit.baseMs();
        capMs = submit.capMs();
        factorMillis = submit.factorMillis();
    }

    /** Every payload of the simulation begins with a number of its own. */
    static long marker(Submit submit) {
        return submit.payloadLength() < Long.BYTES ? 0 : submit.buffer().getLong(submit.payloadOffset());
    }

    int maxRetries() {
        return maxRetries == TaskSpec.INHERIT ? queue.policy.maxRetries() : maxRetries;
    }

    int visibilityTimeoutMs() {
        return visibilityTimeoutMs == 0 ? queue.policy.visibilityTimeoutMs() : visibilityTimeoutMs;
    }

    boolean attemptsUsedUp() {
        return attempts > maxRetries();
    }

    /** The simulation uses no jitter: a hash would have to be written twice. */
    long backoffMs() {
        return backoffMs(attempts);
    }

    long backoffMs(int steps) {
        Backoff kind = backoff == Backoff.INHERIT ? queue.policy.backoff() : backoff;
        long base = baseMs == TaskSpec.INHERIT ? queue.policy.baseMs() : baseMs;
        long cap = capMs == TaskSpec.INHERIT ? queue.policy.capMs() : capMs;
        int factor = factorMillis == TaskSpec.INHERIT ? queue.policy.factorMillis() : factorMillis;
        return switch (kind) {
            case FIXED, INHERIT -> Math.min(base, cap);
            case LINEAR -> Math.min(base * steps, cap);
            case EXPONENTIAL -> exponentialMs(base, cap, factor, steps);
        };
    }

    private long exponentialMs(long base, long cap, int factor, int steps) {
        long ms = base;
        for (int i = 1; i < steps && ms < cap; i++) {
            ms = ms * factor / 1000;
        }
        return Math.min(ms, cap);
    }

    @Override
    public int compareTo(ReferenceTask other) {
        return Long.compare(sequence, other.sequence);
    }

    @Override
    public String toString() {
        return "task " + sequence + " " + state + " priority " + priority + " of " + queue.name;
    }
}
