package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.Utf8;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.task.Submit;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frames that tell the broker how an attempt ended, each encoded once, with the request id 0: what is sent again after a lost connection is the same, whatever the
 * handler did to its objects meanwhile. Every method returns a frame that the broker's limits allow, whatever the application's exception does.
 */
final class Outcomes {
    /** Exceptions that wrap what the handler meant to say: {@code ExecutionException} and the like. */
    private static final int CAUSES_MAX = 16;

    private static final int SUMMARY_BYTES_MAX = 300;
    private static final ByteBuffer NO_FOLLOW_UPS = ByteBuffer.allocate(0);

    private Outcomes() {}

    static byte[] release(ReservedTask task) {
        return Requests.toBytes(id -> Release.write(writer(), id, task.taskId(), task.leaseId()));
    }

    /** @throws RuntimeException when a follow-up task can't be written */
    static byte[] ack(ReservedTask task, @Nullable Result result) {
        ByteBuffer followUps = task.followUps().isEmpty() ? NO_FOLLOW_UPS : written(task.followUps());
        Result given = result == null ? Result.NONE : result;
        return Requests.toBytes(id -> Ack.write(writer(), id, task.taskId(), task.leaseId(), given, followUps));
    }

    private static ByteBuffer written(List<TaskSpec> followUps) {
        FrameWriter frames = new FrameWriter();
        followUps.forEach(followUp -> Submit.write(frames, 0, followUp));
        return frames.written();
    }

    /**
     * Whatever the handler threw is the outcome of this attempt, an Error included.
     *
     * @param policy of this type of task; null = the task's or the queue's
     */
    static byte[] failed(ReservedTask task, Throwable failure, @Nullable RetryPolicy policy) {
        RetryAfter later = cause(failure, RetryAfter.class);
        if (later != null) {
            return retried(task, later.delay(), "RetryAfter", failure);
        } else if (cause(failure, PermanentFailure.class) != null) {
            return nack(task, TaskSpec.INHERIT, true, text(failure));
        }
        Duration delay;
        try {
            delay = policy == null ? null : policy.delay(task, failure);
        } catch (RuntimeException | Error e) {
            return broken(task, "the retry policy failed: " + summary(e), failure);
        }
        if (delay == null) {
            return nack(task, TaskSpec.INHERIT, false, text(failure));
        }
        return delay.equals(RetryPolicy.NEVER)
                ? nack(task, TaskSpec.INHERIT, true, text(failure))
                : retried(task, delay, "the retry policy's delay", failure);
    }

    private static byte[] retried(ReservedTask task, Duration delay, String whose, Throwable failure) {
        return delay.isNegative() || delay.compareTo(Duration.ofMillis(Limits.DELAY_MS_MAX)) > 0
                ? broken(task, whose + "(" + delay + ") is not from 0 to 366 days", failure)
                : nack(task, delay.toMillis(), false, text(failure));
    }

    /** The handler's outcome can't be told to the broker: a dead letter with the true reason, since another attempt would end alike. */
    static byte[] broken(ReservedTask task, String reason, @Nullable Throwable failure) {
        return nack(task, TaskSpec.INHERIT, true, clipped(reason + (failure == null ? "" : "\n" + text(failure))));
    }

    /** The broker has refused the outcome for now: the task comes back after its backoff. */
    static byte[] refused(ReservedTask task, String reason) {
        return nack(task, TaskSpec.INHERIT, false, clipped(reason));
    }

    private static byte[] nack(ReservedTask task, long retryAfterMs, boolean permanent, String text) {
        return Requests.toBytes(
                id -> Nack.write(writer(), id, task.taskId(), task.leaseId(), retryAfterMs, permanent, text));
    }

    /** Itself or what it wraps. */
    static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> kind) {
        Throwable each = failure;
        for (int i = 0; i < CAUSES_MAX && each != null; i++) {
            if (kind.isInstance(each)) {
                return kind.cast(each);
            }
            each = each.getCause();
        }
        return null;
    }

    /** The message first, since lists show the first line; then the stack, as far as it fits. */
    private static String text(Throwable failure) {
        try {
            StringWriter stack = new StringWriter();
            failure.printStackTrace(new PrintWriter(stack));
            return clipped(stack.toString());
        } catch (RuntimeException | Error e) {
            // The application's own getMessage or toString failed.
            return failure.getClass().getName() + " (it has no text: "
                    + e.getClass().getName() + ")";
        }
    }

    /** In one line of a log. */
    static String summary(Throwable failure) {
        return Utf8.cut(text(failure).lines().findFirst().orElse(""), SUMMARY_BYTES_MAX, "...");
    }

    private static String clipped(String text) {
        return Utf8.cut(text, Limits.ERROR_BYTES_MAX, Nack.CUT);
    }
}
