package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** PUT_QUEUE: sets the fields of a queue's policy that are given; makes the queue if it is missing. Answered by QUEUE. */
public final class PutQueue extends Message {
    public PutQueue() {
        super(MessageType.PUT_QUEUE);
    }

    public PutQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue, QueuePolicyFields policy) {
        return policy.write(out.begin(MessageType.PUT_QUEUE, requestId))
                .var(queue)
                .end();
    }

    public String queue() {
        return string(0);
    }

    public QueuePolicyFields policy() {
        return QueuePolicyFields.read(this, 0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(name(0, "queue"), policy().problem());
    }
}
