package io.telpher.test;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A task of an {@link InMemoryBroker}: how it stands, and the frame it came in. */
final class MemoryTask {
    private static final int REQUEST_ID_OFFSET = 8;
    private static final int BLOCK_OFFSET = 12;
    private static final int LEASE_MS = 30_000;
    private static final int RETRIES = 3;
    private static final long BASE_MS = 1_000;
    private static final long CAP_MS = 600_000;
    private static final double FACTOR = 2;
    private static final double THOUSANDTHS = 1_000;
    private static final long KEY_WINDOW_MS = 86_400_000;

    final TaskView view = new TaskView();
    final byte[] frame;
    private final Submit submit;
    /** The connection that holds the lease, or held it last. */
    @Nullable
    MemoryConnection holder;

    boolean begun;
    boolean orphaned;
    /** The lease was given up by its holder, so that no late ack counts. */
    boolean leaseGivenUp;

    long[] followUps = {};

    MemoryTask(long id, Submit asked, long nowMs) {
        ByteBuffer bytes = asked.buffer()
                .duplicate()
                .position(asked.frameOffset())
                .limit(asked.frameOffset() + asked.frameBytes());
        frame = new byte[bytes.remaining()];
        bytes.get(frame);
        submit = new Submit().wrap(ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN), 0);
        view.taskId = id;
        view.createdAtMs = nowMs;
        view.queue = submit.queue();
        view.type = submit.taskType();
        view.contentType = submit.contentType();
        view.idempotencyKey = submit.idempotencyKey();
        view.headers = submit.headers();
        view.payload = submit.payload();
        view.payloadBytes = submit.payloadLength();
        view.priority = submit.priority();
        view.maxRetries = submit.maxRetries() < 0 ? RETRIES : submit.maxRetries();
        view.visibilityTimeoutMs = submit.visibilityTimeoutMs() == 0 ? LEASE_MS : submit.visibilityTimeoutMs();
        view.expiresAtMs = submit.expiresInMs() == 0 ? submit.expiresAtMs() : nowMs + submit.expiresInMs();
        view.nextRunAtMs = submit.delayMs() > 0 ? nowMs + submit.delayMs() : submit.runAtMs();
        view.state = view.nextRunAtMs > nowMs ? TaskState.SCHEDULED : TaskState.READY;
    }

    /** Whether a submit with this task's key asks for the same. */
    boolean isLike(Submit other) {
        ByteBuffer bytes = other.buffer()
                .duplicate()
                .position(other.frameOffset())
                .limit(other.frameOffset() + other.frameBytes());
        byte[] theirs = new byte[bytes.remaining()];
        bytes.get(theirs);
        return Arrays.equals(content(frame), content(theirs));
    }

    /** Without the request's id and what a repeated submit counts from later on. */
    private static byte[] content(byte[] bytes) {
        byte[] content = bytes.clone();
        Arrays.fill(content, REQUEST_ID_OFFSET, REQUEST_ID_OFFSET + Integer.BYTES, (byte) 0);
        int times = BLOCK_OFFSET + Submit.TIMES_OFFSET;
        Arrays.fill(content, times, times + Submit.TIMES_BYTES, (byte) 0);
        int expiresIn = BLOCK_OFFSET + Submit.EXPIRES_IN_OFFSET;
        Arrays.fill(content, expiresIn, expiresIn + Long.BYTES, (byte) 0);
        return content;
    }

    /** Whether the key stands for it. */
    boolean keepsKey(long nowMs) {
        boolean isFreed = view.state == TaskState.CANCELLED || view.state == TaskState.EXPIRED;
        long windowMs = submit.idempotencyWindowMs() == 0 ? KEY_WINDOW_MS : submit.idempotencyWindowMs();
        return !isFreed && (!view.state.isFinal() || nowMs < view.createdAtMs + windowMs);
    }

    /** After the attempt that has just failed; without jitter, so a test knows it. */
    long backoffMs() {
        double base = submit.baseMs() < 0 ? BASE_MS : submit.baseMs();
        double cap = submit.capMs() < 0 ? CAP_MS : submit.capMs();
        double factor = submit.factorMillis() < 0 ? FACTOR : submit.factorMillis() / THOUSANDTHS;
        int before = Math.max(0, view.attempts - 1);
        double wait = base;
        if (submit.backoff() == Backoff.LINEAR) {
            wait = base * (before + 1);
        } else if (submit.backoff() != Backoff.FIXED) {
            wait = base * Math.pow(factor, before);
        }
        return (long) Math.min(cap, wait);
    }

    boolean isLeasedAs(long leaseId) {
        return view.state == TaskState.ACTIVE && view.leaseId == leaseId;
    }

    /** Without payload and headers, which only GET shows when it is asked to. */
    TaskView shown(boolean withPayload) {
        TaskView shown = new io.telpher.protocol.task.Task()
                .wrap(
                        ByteBuffer.wrap(io.telpher.protocol.task.Task.write(new FrameWriter(), 0, view)
                                        .toBytes())
                                .order(ByteOrder.LITTLE_ENDIAN),
                        0)
                .view();
        if (!withPayload) {
            shown.payload = new byte[0];
            shown.headers = java.util.Map.of();
        }
        return shown;
    }
}
