package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** GET_QUEUE. Answered by QUEUE. */
public final class GetQueue extends Message {
    public GetQueue() {
        super(MessageType.GET_QUEUE);
    }

    public GetQueue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String queue) {
        return out.begin(MessageType.GET_QUEUE, requestId).var(queue).end();
    }

    public String queue() {
        return string(0);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return name(0, "queue");
    }
}
