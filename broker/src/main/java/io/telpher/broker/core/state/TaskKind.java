package io.telpher.broker.core.state;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;

/**
 * What tasks have in common that came with the same queue, type, retry settings and visibility timeout: kept once. A setting the
 * producer left out follows the queue's policy as it is when it is needed, so a changed policy also counts for waiting tasks.
 */
final class TaskKind {
    final TaskQueue queue;
    final String type;
    final int slot;
    final int hash;
    private final int maxRetries;
    private final int visibilityTimeoutMs;
    private final Backoff backoff;
    private final long baseMs;
    private final long capMs;
    private final int factorMillis;
    private final int jitterPercent;

    /** Tasks of this kind. */
    long tasks;

    TaskKind(TaskQueue queue, Submit submit, int slot, int hash) {
        this.queue = queue;
        this.type = submit.taskType();
        this.slot = slot;
        this.hash = hash;
        this.maxRetries = submit.maxRetries();
        this.visibilityTimeoutMs = submit.visibilityTimeoutMs();
        this.backoff = submit.backoff();
        this.baseMs = submit.baseMs();
        this.capMs = submit.capMs();
        this.factorMillis = submit.factorMillis();
        this.jitterPercent = submit.jitterPercent();
    }

    static int hash(TaskQueue queue, Submit submit) {
        int hash = Bytes.hash(submit.buffer(), submit.taskTypeOffset(), submit.taskTypeLength());
        hash = 31 * hash + queue.index();
        hash = 31 * hash + submit.maxRetries();
        hash = 31 * hash + submit.visibilityTimeoutMs();
        hash = 31 * hash + Long.hashCode(submit.baseMs());
        return 31 * hash + Long.hashCode(submit.capMs());
    }

    boolean matches(TaskQueue ofQueue, Submit submit) {
        return queue == ofQueue
                && maxRetries == submit.maxRetries()
                && visibilityTimeoutMs == submit.visibilityTimeoutMs()
                && backoff == submit.backoff()
                && baseMs == submit.baseMs()
                && capMs == submit.capMs()
                && factorMillis == submit.factorMillis()
                && jitterPercent == submit.jitterPercent()
                && Bytes.equal(type, submit.buffer(), submit.taskTypeOffset(), submit.taskTypeLength());
    }

    int maxRetries() {
        return maxRetries == TaskSpec.INHERIT ? queue.policy().maxRetries() : maxRetries;
    }

    int visibilityTimeoutMs() {
        return visibilityTimeoutMs == 0 ? queue.policy().visibilityTimeoutMs() : visibilityTimeoutMs;
    }

    /** How long to wait after this attempt (1 = the first) failed. */
    long backoffMs(long taskId, int attempt) {
        Backoff kind = backoff == Backoff.INHERIT ? queue.policy().backoff() : backoff;
        long base = baseMs == TaskSpec.INHERIT ? queue.policy().baseMs() : baseMs;
        long cap = capMs == TaskSpec.INHERIT ? queue.policy().capMs() : capMs;
        int factor = factorMillis == TaskSpec.INHERIT ? queue.policy().factorMillis() : factorMillis;
        int jitter = jitterPercent == Submit.JITTER_INHERIT ? queue.policy().jitterPercent() : jitterPercent;
        return BackoffDelay.jittered(BackoffDelay.ms(kind, base, cap, factor, attempt), jitter, taskId, attempt);
    }

    long contentHash() {
        long hash = Mix.add(queue.index(), Mix.text(type));
        hash = Mix.add(hash, maxRetries);
        hash = Mix.add(hash, visibilityTimeoutMs);
        hash = Mix.add(hash, backoff.ordinal());
        hash = Mix.add(hash, baseMs);
        hash = Mix.add(hash, capMs);
        hash = Mix.add(hash, factorMillis);
        return Mix.add(hash, jitterPercent);
    }
}
