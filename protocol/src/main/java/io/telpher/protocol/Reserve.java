package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** RESERVE: up to max ready tasks, from the queues in order of preference; waits for the first one. Answered by DELIVERIES. */
public final class Reserve extends Message {
    public Reserve() {
        super(MessageType.RESERVE);
    }

    public Reserve wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * What a worker asks for.
     *
     * @param visibilityTimeoutMs lease length for these deliveries, 0 = each task's own
     * @param worker its name, for people
     */
    public record Wants(int max, int waitMs, int visibilityTimeoutMs, String worker) {}

    public static FrameWriter write(FrameWriter out, int requestId, Wants wants, Iterable<String> queues) {
        out.begin(MessageType.RESERVE, requestId)
                .i32(wants.max())
                .i32(wants.waitMs())
                .i32(wants.visibilityTimeoutMs())
                .pad()
                .exact(wants.worker())
                .beginVar();
        queues.forEach(out::element);
        return out.endVar().end();
    }

    public int max() {
        return i32(0);
    }

    /** 0 = answer at once, even with nothing. */
    public int waitMs() {
        return i32(4);
    }

    /** Lease length for these deliveries, 0 = each task's own. */
    public int visibilityTimeoutMs() {
        return i32(8);
    }

    /** For people. */
    public String worker() {
        return string(0);
    }

    /** The queues' names. */
    public Elements queues() {
        return new Elements(buffer(), varOffset(1), varLength(1));
    }

    private @Nullable Problem queuesProblem() {
        Elements queues = queues();
        int count = 0;
        while (queues.next()) {
            count++;
            if (!QueueName.isValid(buffer(), queues.offset(), queues.length())) {
                return Problem.bad("queue \"" + queues.text() + "\" must be 1-128 of [A-Za-z0-9._-], but not . and ..");
            }
        }
        if (queues.isTorn()) {
            return Problem.bad("the list of queues does not add up");
        }
        return within("number of queues", count, 1, Limits.RESERVE_QUEUES_MAX);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = first(
                within("max", max(), 1, Limits.RESERVE_MAX),
                within("wait_ms", waitMs(), 0, Limits.RESERVE_WAIT_MS_MAX),
                text(0, "worker", Limits.WORKER_NAME_BYTES_MAX));
        if (problem == null && visibilityTimeoutMs() != 0) {
            problem = Submit.visibilityProblem(visibilityTimeoutMs());
        }
        return problem != null ? problem : queuesProblem();
    }
}
