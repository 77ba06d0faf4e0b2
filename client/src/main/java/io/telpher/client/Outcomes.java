package io.telpher.client;

import io.telpher.protocol.Ack;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Nack;
import io.telpher.protocol.Release;
import io.telpher.protocol.Result;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.Utf8;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The frames that tell the broker how an attempt ended, each encoded once, with the request id 0: what is sent again after a lost connection is the same, whatever the
 * handler did to its objects meanwhile. Every method returns a frame that the broker's limits allow, whatever the application's exception does.
 */
final class Outcomes {
    /** Exceptions that wrap what the handler meant to say: {@code ExecutionException} and the like. */
    private static final int CAUSES_MAX = 16;

    private Outcomes() {}

    static byte[] release(ReservedTask task) {
        return Release.write(new FrameWriter(64), 0, task.taskId(), task.leaseId())
                .toBytes();
    }

    /** @throws RuntimeException when a follow-up task can't be written */
    static byte[] ack(ReservedTask task, @Nullable Result result) {
        FrameWriter followUps = new FrameWriter(64);
        for (TaskSpec followUp : task.followUps()) {
            Submit.write(followUps, 0, followUp);
        }
        return Ack.write(
                        new FrameWriter(128),
                        0,
                        task.taskId(),
                        task.leaseId(),
                        result == null ? Result.NONE : result,
                        followUps.written())
                .toBytes();
    }

    /** Whatever the handler threw is the outcome of this attempt, an Error included. */
    static byte[] failed(ReservedTask task, Throwable failure) {
        RetryAfter later = cause(failure, RetryAfter.class);
        if (later == null) {
            return nack(task, TaskSpec.INHERIT, cause(failure, PermanentFailure.class) != null, text(failure));
        }
        Duration delay = later.delay();
        if (delay.isNegative() || delay.compareTo(Duration.ofMillis(Limits.DELAY_MS_MAX)) > 0) {
            return broken(task, "RetryAfter(" + delay + ") is not from 0 to 366 days", failure);
        }
        return nack(task, delay.toMillis(), false, text(failure));
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
        return Nack.write(new FrameWriter(1024), 0, task.taskId(), task.leaseId(), retryAfterMs, permanent, text)
                .toBytes();
    }

    private static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> kind) {
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

    private static String clipped(String text) {
        return Utf8.cut(text, Limits.ERROR_BYTES_MAX, Nack.CUT);
    }
}
