package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** DISCONNECT: the session of this record is over. Journal only. */
public final class Disconnect extends Message {
    public Disconnect() {
        super(MessageType.DISCONNECT);
    }

    public Disconnect wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId) {
        return write(out, requestId, 0);
    }

    /** @param leasesMax see {@link #leasesMax} */
    public static FrameWriter write(FrameWriter out, int requestId, int leasesMax) {
        return out.begin(MessageType.DISCONNECT, requestId)
                .i32(leasesMax)
                .i32(0)
                .end();
    }

    /** Limit of the session's leases that end now, the oldest first; further records of this kind end the others. 0 = all. */
    public int leasesMax() {
        return i32(0);
    }
}
