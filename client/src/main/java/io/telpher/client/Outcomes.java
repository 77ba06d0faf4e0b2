package io.telpher.client;

import static io.telpher.client.Telpher.writer;

import io.telpher.protocol.Ack;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Nack;
import io.telpher.protocol.Release;
import io.telpher.protocol.Result;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** What the broker is told of how an attempt ended. */
final class Outcomes {
    private Outcomes() {}

    static FrameWriter release(int id, ReservedTask task) {
        return Release.write(writer(), id, task.taskId(), task.leaseId());
    }

    static FrameWriter ack(int id, ReservedTask task, Result result) {
        FrameWriter followUps = new FrameWriter();
        for (TaskSpec followUp : task.followUps()) {
            Submit.write(followUps, 0, followUp);
        }
        return Ack.write(writer(), id, task.taskId(), task.leaseId(), result, followUps.written());
    }

    static FrameWriter nack(int id, ReservedTask task, Throwable failure) {
        boolean permanent = failure instanceof PermanentFailure;
        long retryAfterMs = failure instanceof RetryAfter later ? later.delay().toMillis() : TaskSpec.INHERIT;
        return Nack.write(writer(), id, task.taskId(), task.leaseId(), retryAfterMs, permanent, text(failure));
    }

    /** The message first, since lists show the first line; then the stack, as far as it fits. */
    private static String text(Throwable failure) {
        StringWriter stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        byte[] bytes = stack.toString().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, Limits.ERROR_BYTES_MAX);
        while (length > 0 && length < bytes.length && (bytes[length] & 0xC0) == 0x80) {
            length--; // not in the middle of a character
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
