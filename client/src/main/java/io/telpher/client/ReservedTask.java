package io.telpher.client;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.task.Submit;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a task. The lease is renewed while the handler runs. Thread-safe but for {@link #followUp}.
 *
 * <p>A handler that takes long asks {@link #isCancelled} now and then:
 *
 * <pre>{@code
 * for (Page page : pages) {
 *     if (task.isCancelled()) {
 *         throw task.cancelled();
 *     }
 *     render(page);
 * }
 * }</pre>
 */
public final class ReservedTask {
    private final Telling telling;
    private final Codecs codecs;
    private final long taskId;
    private final long leaseId;
    private final int leaseMs;
    private final int attempt;
    private final int crashes;
    private final int maxRetries;
    private final Submit submit;
    private List<TaskSpec> followUps = List.of();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final Executor callbacks;
    private volatile boolean cancelRequested;
    private volatile @Nullable String lostBecause;
    private volatile long renewAtNanos;
    private volatile long leaseEndNanos;
    private volatile long startedNanos;

    // Under this object's lock.
    private @Nullable Thread handling;
    private boolean decided;
    private int open = 2; // the handler, and the outcome

    /** Sends on how far an attempt is. */
    interface Telling {
        void progress(ReservedTask task, int percent, String note);
    }

    /** @param callbacks runs what waits for {@link #onCancel} */
    ReservedTask(Delivery delivery, Telling telling, Codecs codecs, Executor callbacks) {
        this.telling = telling;
        this.codecs = codecs;
        this.taskId = delivery.taskId();
        this.leaseId = delivery.leaseId();
        this.leaseMs = delivery.leaseMs();
        this.attempt = delivery.attempt();
        this.crashes = delivery.crashes();
        this.maxRetries = delivery.maxRetries();
        this.submit = delivery.submit();
        this.callbacks = callbacks;
        renewed(System.nanoTime());
    }

    /** As the broker counts them; {@link #id} is for people. */
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

    /** Length of the lease, in milliseconds; each renewal is for as long. */
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

    /** Attempts after the first that the task has; 0 to 1000. */
    public int maxRetries() {
        return maxRetries;
    }

    /** Where it was submitted to. */
    public String queue() {
        return submit.queue();
    }

    /** What kind of work it is, as its producer named it. */
    public String type() {
        return submit.taskType();
    }

    /** Of the payload, as its producer gave it; empty = unknown. */
    public String contentType() {
        return submit.contentType();
    }

    /** Empty when the producer gave none. */
    public String idempotencyKey() {
        return submit.idempotencyKey();
    }

    /** Up to 32, 8 KiB together; none is empty. */
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

    /**
     * The payload, read by the codec that takes this type.
     *
     * @throws PermanentFailure when it can't be read, so that the task becomes a dead letter
     */
    public <T> T payloadAs(Class<T> payloadType) {
        return Codecs.boxed(payloadType).cast(payloadAs((Type) payloadType));
    }

    /** {@link #payloadAs(Class)} for types with parameters. */
    public Object payloadAs(Type payloadType) {
        try {
            return codecs.decode(payload(), contentType(), payloadType);
        } catch (IllegalArgumentException e) {
            throw new PermanentFailure(
                    "the payload of a task of type \"" + type() + "\": " + e.getMessage(), e.getCause());
        }
    }

    /**
     * A value as a result, written by the codec that takes it; a {@link Result} as it is.
     *
     * @throws IllegalArgumentException when it can't be written
     */
    public Result resultOf(Object value) {
        return codecs.result(value);
    }

    /**
     * The handler should stop: the task was cancelled, it runs longer than the worker's {@code maxRuntime}, or its lease is lost. After a cancel, what the handler returns
     * still counts; {@link #cancelled} agrees to it. After the other two nothing is sent any more, see {@link #isLeaseLost}.
     */
    public boolean isCancelled() {
        return cancelRequested || isLeaseLost();
    }

    /**
     * This attempt no longer counts, whatever the handler returns: the lease ran out while the broker could not be reached, the broker has given it up, or the attempt was
     * ended for running longer than {@code maxRuntime}. The task may be with another worker.
     */
    public boolean isLeaseLost() {
        return lostBecause != null;
    }

    /** Completes when {@link #isCancelled} becomes true, on the client's callback executor. */
    public CompletableFuture<Void> onCancel() {
        return stopped.copy();
    }

    /** To be thrown by a handler that agrees to stop: {@code throw task.cancelled()}. */
    public TaskCancelled cancelled() {
        return new TaskCancelled("the handler stopped as asked");
    }

    /** Submits another task exactly if this one is acknowledged; at most 1000. */
    public void followUp(TaskSpec task) {
        if (followUps.isEmpty()) {
            followUps = new ArrayList<>();
        }
        followUps.add(task);
    }

    /** The same with a payload that is written by the codec that takes it; {@code task.followUp("bill", bill).queue("slow")}. */
    public TaskSpec followUp(String followUpType, Object payload) {
        TaskSpec task = codecs.task(followUpType, payload);
        followUp(task);
        return task;
    }

    /**
     * Tells how far the attempt is; not waited for.
     *
     * @param percent 0 to 100; what is beyond counts as the nearest of them
     * @param note for people; cut to 1 KiB of UTF-8
     */
    public void progress(int percent, String note) {
        telling.progress(this, Math.max(0, Math.min(100, percent)), sound(note));
    }

    /** A note is for people: what UTF-8 can't carry, or is too long, is not worth an attempt. */
    private static String sound(String note) {
        String wellFormed = new String(note.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        return Utf8.cut(wellFormed, Limits.NOTE_BYTES_MAX, "");
    }

    List<TaskSpec> followUps() {
        return followUps;
    }

    /** The task was cancelled. Any thread. */
    void cancel(boolean interrupts) {
        cancelRequested = true;
        stop(interrupts);
    }

    /** From here on nothing is sent for this attempt. Any thread. */
    void lose(String reason, boolean interrupts) {
        if (lostBecause == null) {
            lostBecause = reason;
        }
        stop(interrupts);
    }

    @Nullable
    String lostBecause() {
        return lostBecause;
    }

    private void stop(boolean interrupts) {
        synchronized (this) {
            if (interrupts && handling != null) {
                handling.interrupt();
            }
        }
        stopped.completeAsync(() -> null, callbacks);
    }

    // ---- the lease, as the client knows it

    /** The lease was good for its whole length when this was sent or received. */
    void renewed(long nanos) {
        leaseEndNanos = nanos + TimeUnit.MILLISECONDS.toNanos(leaseMs);
    }

    boolean isLeaseOver(long nowNanos) {
        return nowNanos - leaseEndNanos >= 0;
    }

    // ---- the handler and its outcome: each ends once, and with the later of them the task leaves the worker's hand

    /** This thread handles it from here on; false when its lease was lost before. */
    synchronized boolean begin() {
        if (isLeaseLost()) {
            return false;
        }
        startedNanos = System.nanoTime();
        handling = Thread.currentThread();
        return true;
    }

    /** The handler has returned: no interrupt comes any more, and none is left for the next task. */
    synchronized void end() {
        handling = null;
        Thread.interrupted();
    }

    synchronized boolean isHandled() {
        return handling != null;
    }

    boolean runsLongerThan(long maxNanos, long nowNanos) {
        return isHandled() && nowNanos - startedNanos > maxNanos;
    }

    /** True for the first that knows how the attempt ended. */
    synchronized boolean decide() {
        boolean first = !decided;
        decided = true;
        return first;
    }

    /** The handler returned, or the outcome is settled; true for the second of these. */
    synchronized boolean closes() {
        open--;
        return open == 0;
    }

    long renewAtNanos() {
        return renewAtNanos;
    }

    void renewAt(long nanos) {
        renewAtNanos = nanos;
    }
}
