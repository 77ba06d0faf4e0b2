package io.telpher.protocol.task;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SUBMIT: one task. The frame is kept as it came and reaches the worker inside {@code Deliveries}. */
public final class Submit extends Message {
    /** Jitter in a frame: whatever the queue's policy says. */
    public static final int JITTER_INHERIT = 0xFFFF;

    /** Where run_at_ms and expires_at_ms lie in the block, and how much they take; expires_in_ms is the last field of it. */
    public static final int TIMES_OFFSET = 16;

    public static final int TIMES_BYTES = 2 * Long.BYTES;
    public static final int EXPIRES_IN_OFFSET = 64;

    private static final int QUEUE = 0;
    private static final int TYPE = 1;
    private static final int CONTENT_TYPE = 2;
    private static final int KEY = 3;
    private static final int HEADERS = 4;
    private static final int PAYLOAD = 5;

    public Submit() {
        super(MessageType.SUBMIT);
    }

    public Submit wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, TaskSpec task) {
        out.begin(MessageType.SUBMIT, requestId)
                .u8(task.priority().ordinal())
                .u8(task.backoff().ordinal())
                .u16(task.jitterPercent() == TaskSpec.INHERIT ? JITTER_INHERIT : task.jitterPercent())
                .i32(task.maxRetries())
                .i64(task.delayMs())
                .i64(task.runAtMs())
                .i64(task.expiresAtMs())
                .i64(task.baseMs())
                .i64(task.capMs())
                .i32(task.factorMillis())
                .i32(task.visibilityTimeoutMs())
                .i64(task.idempotencyWindowMs())
                .i64(task.expiresInMs())
                .var(task.queue())
                .var(task.type())
                .exact(task.contentType())
                .exact(task.idempotencyKey())
                .beginVar();
        task.headers().forEach((name, value) -> out.exactElement(name).exactElement(value));
        return out.endVar().var(task.payload()).end();
    }

    public Priority priority() {
        return Priority.of(u8(0));
    }

    public Backoff backoff() {
        return Backoff.of(u8(1));
    }

    /** 0-100, or {@link #JITTER_INHERIT}. */
    public int jitterPercent() {
        return u16(2);
    }

    public int maxRetries() {
        return i32(4);
    }

    public long delayMs() {
        return i64(8);
    }

    public long runAtMs() {
        return i64(16);
    }

    public long expiresAtMs() {
        return i64(24);
    }

    public long baseMs() {
        return i64(32);
    }

    public long capMs() {
        return i64(40);
    }

    public int factorMillis() {
        return i32(48);
    }

    /** 0 = the queue's. */
    public int visibilityTimeoutMs() {
        return i32(52);
    }

    /** 0 = {@link Limits#IDEMPOTENCY_WINDOW_MS_DEFAULT}. */
    public long idempotencyWindowMs() {
        return i64(56);
    }

    /** From acceptance on, on the broker's clock; 0 = never, or at {@link #expiresAtMs}. */
    public long expiresInMs() {
        return i64(EXPIRES_IN_OFFSET);
    }

    public String queue() {
        return string(QUEUE);
    }

    public int queueOffset() {
        return varOffset(QUEUE);
    }

    public int queueLength() {
        return varLength(QUEUE);
    }

    public String taskType() {
        return string(TYPE);
    }

    public int taskTypeOffset() {
        return varOffset(TYPE);
    }

    public int taskTypeLength() {
        return varLength(TYPE);
    }

    public String contentType() {
        return string(CONTENT_TYPE);
    }

    public String idempotencyKey() {
        return string(KEY);
    }

    public int idempotencyKeyOffset() {
        return varOffset(KEY);
    }

    public int idempotencyKeyLength() {
        return varLength(KEY);
    }

    public Map<String, String> headers() {
        return Elements.pairs(buffer(), varOffset(HEADERS), varLength(HEADERS));
    }

    public byte[] headersBytes() {
        return bytes(HEADERS);
    }

    public byte[] payload() {
        return bytes(PAYLOAD);
    }

    public int payloadOffset() {
        return varOffset(PAYLOAD);
    }

    public int payloadLength() {
        return varLength(PAYLOAD);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = payloadAtMost(PAYLOAD, "payload", limits);
        problem = problem != null ? problem : name(QUEUE, "queue");
        problem = problem != null ? problem : name(TYPE, "type");
        problem = problem != null ? problem : text(CONTENT_TYPE, "content type", Limits.CONTENT_TYPE_BYTES_MAX);
        problem = problem != null ? problem : text(KEY, "idempotency key", Limits.IDEMPOTENCY_KEY_BYTES_MAX);
        problem = problem != null ? problem : headersProblem();
        problem = problem != null ? problem : timesProblem();
        return problem != null ? problem : retryProblem();
    }

    private @Nullable Problem headersProblem() {
        Problem problem = atMost(HEADERS, "headers", Limits.HEADERS_BYTES_MAX);
        if (problem != null) {
            return problem;
        }
        Elements elements = new Elements(buffer(), varOffset(HEADERS), varLength(HEADERS));
        int count = 0;
        while (elements.next()) {
            count++;
            if (!Utf8.isValid(buffer(), elements.offset(), elements.length())) {
                return Problem.bad("a header is not UTF-8");
            }
        }
        if (elements.isTorn() || count % 2 != 0) {
            return Problem.bad("headers are not pairs of name and value");
        }
        return Problem.within("number of headers", count / 2, 0, Limits.HEADERS_MAX);
    }

    private @Nullable Problem timesProblem() {
        Problem problem = Problem.within("delay_ms", delayMs(), 0, Limits.DELAY_MS_MAX);
        problem = problem != null ? problem : Problem.within("run_at", runAtMs(), 0, Long.MAX_VALUE);
        problem = problem != null ? problem : Problem.within("expires_at", expiresAtMs(), 0, Long.MAX_VALUE);
        problem = problem != null ? problem : Problem.within("expires_in_ms", expiresInMs(), 0, Limits.DELAY_MS_MAX);
        if (problem == null && delayMs() > 0 && runAtMs() > 0) {
            problem = Problem.bad("give delay_ms or run_at, not both");
        }
        if (problem == null && expiresAtMs() > 0 && expiresAtMs() <= runAtMs()) {
            problem = Problem.bad(
                    "expires_at must be after run_at, which is " + (runAtMs() - expiresAtMs()) + " ms later");
        }
        if (problem == null && expiresInMs() > 0 && expiresAtMs() > 0) {
            problem = Problem.bad("give expires_in_ms or expires_at, not both");
        }
        if (problem == null && visibilityTimeoutMs() != 0) {
            problem = visibilityProblem(visibilityTimeoutMs());
        }
        if (problem == null && idempotencyWindowMs() != 0) {
            problem = Problem.within(
                    "idempotency window (ms)",
                    idempotencyWindowMs(),
                    Limits.IDEMPOTENCY_WINDOW_MS_MIN,
                    Limits.IDEMPOTENCY_WINDOW_MS_MAX);
        }
        return problem;
    }

    private @Nullable Problem retryProblem() {
        if (u8(0) >= Priority.COUNT) {
            return Problem.bad("priority code " + u8(0) + " must be 0 (high), 1 (normal) or 2 (low)");
        }
        return RetryFields.problem(maxRetries(), u8(1), baseMs(), capMs(), factorMillis(), jitterPercent());
    }

    public static @Nullable Problem visibilityProblem(int visibilityTimeoutMs) {
        return Problem.within(
                "visibility_timeout_ms",
                visibilityTimeoutMs,
                Limits.VISIBILITY_TIMEOUT_MS_MIN,
                Limits.VISIBILITY_TIMEOUT_MS_MAX);
    }
}
