package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.HashKey;
import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.hash.SipHash;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.table.Bytes;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.task.Submit;

/**
 * What tasks have in common that came with the same queue, type, retry settings and visibility timeout: kept once. A setting the
 * producer left out follows the queue's policy as it is when it is needed, so a changed policy also counts for waiting tasks.
 */
public final class TaskKind {
    private static final int BYTES_BUT_TYPE = 68;

    final TaskQueue queue;
    final String type;
    final int slot;
    final long hash;
    private final int maxRetries;
    private final int visibilityTimeoutMs;
    private final Backoff backoff;
    private final long baseMs;
    private final long capMs;
    private final int factorMillis;
    private final int jitterPercent;

    /** Tasks of this kind. */
    public long tasks;

    public TaskKind(TaskQueue queue, Submit submit, int slot, long hash) {
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

    /** As a snapshot has it. */
    public TaskKind(TaskQueue queue, int slot, BlockReader in) {
        this.queue = queue;
        this.slot = slot;
        this.type = in.text();
        this.hash = in.i64();
        this.maxRetries = in.i32();
        this.visibilityTimeoutMs = in.i32();
        this.backoff = Backoff.of(in.u8());
        this.baseMs = in.i64();
        this.capMs = in.i64();
        this.factorMillis = in.i32();
        this.jitterPercent = in.i32();
    }

    public void write(BlockWriter out) {
        out.entry(BYTES_BUT_TYPE + BlockWriter.textBytes(type));
        out.i32(slot).i32(queue.index()).text(type).i64(hash).i32(maxRetries).i32(visibilityTimeoutMs);
        out.u8(backoff.ordinal()).i64(baseMs).i64(capMs).i32(factorMillis).i32(jitterPercent);
    }

    /** Each field goes in whole: where two kinds that differ in one field lie can't be foretold without the secret. */
    static long hash(TaskQueue queue, Submit submit, SipHash hash, HashKey secret) {
        secret.begin(hash, 64).update(submit.buffer(), submit.taskTypeOffset(), submit.taskTypeLength());
        hash.update((byte) 0).update((byte) submit.backoff().ordinal());
        hash.updateLong(queue.index()).updateLong(submit.maxRetries()).updateLong(submit.visibilityTimeoutMs());
        hash.updateLong(submit.baseMs()).updateLong(submit.capMs());
        hash.updateLong(submit.factorMillis()).updateLong(submit.jitterPercent());
        return hash.end();
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

    public long contentHash() {
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
