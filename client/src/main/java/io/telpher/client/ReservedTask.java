package io.telpher.client;

import io.telpher.protocol.Delivery;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One attempt at a task. The lease is renewed while the handler runs. Thread-safe but for {@link #followUp}. */
public final class ReservedTask {
    private final Worker worker;
    private final long taskId;
    private final long leaseId;
    private final int leaseMs;
    private final int attempt;
    private final int crashes;
    private final int maxRetries;
    private final Submit submit;
    private final List<TaskSpec> followUps = new ArrayList<>();
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private volatile long renewAtNanos;

    ReservedTask(Worker worker, Delivery delivery) {
        this.worker = worker;
        this.taskId = delivery.taskId();
        this.leaseId = delivery.leaseId();
        this.leaseMs = delivery.leaseMs();
        this.attempt = delivery.attempt();
        this.crashes = delivery.crashes();
        this.maxRetries = delivery.maxRetries();
        this.submit = delivery.submit();
    }

    public long taskId() {
        return taskId;
    }

    /** As people write it: {@code t-7f3a2}. */
    public String id() {
        return TaskId.format(taskId);
    }

    /** Only grows from delivery to delivery, also over the broker's restarts: a fencing number for what the handler writes to. */
    public long leaseId() {
        return leaseId;
    }

    public int leaseMs() {
        return leaseMs;
    }

    /** 1 for the first. */
    public int attempt() {
        return attempt;
    }

    /** Attempts that ended with a lease that ran out or a connection that closed. */
    public int crashes() {
        return crashes;
    }

    public int maxRetries() {
        return maxRetries;
    }

    public String queue() {
        return submit.queue();
    }

    public String type() {
        return submit.taskType();
    }

    public String contentType() {
        return submit.contentType();
    }

    /** Empty when the producer gave none. */
    public String idempotencyKey() {
        return submit.idempotencyKey();
    }

    public Map<String, String> headers() {
        return submit.headers();
    }

    /** A copy. */
    public byte[] payload() {
        return submit.payload();
    }

    /** The payload as UTF-8. */
    public String text() {
        return new String(payload(), StandardCharsets.UTF_8);
    }

    /** Somebody cancelled the task, or its lease was lost: whatever the handler returns does not count. */
    public boolean isCancelled() {
        return cancelled.isDone();
    }

    /** Completes when {@link #isCancelled} becomes true. */
    public CompletableFuture<Void> onCancel() {
        return cancelled.copy();
    }

    /** Submits another task exactly if this one is acknowledged. */
    public void followUp(TaskSpec task) {
        followUps.add(task);
    }

    /** Tells how far the attempt is; not waited for. */
    public void progress(int percent, String note) {
        worker.progress(this, percent, note);
    }

    List<TaskSpec> followUps() {
        return followUps;
    }

    void cancel() {
        cancelled.complete(null);
    }

    long renewAtNanos() {
        return renewAtNanos;
    }

    void renewAt(long nanos) {
        renewAtNanos = nanos;
    }
}
