package io.telpher.protocol.session;

import io.telpher.protocol.Capabilities;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** WELCOME: the version both speak from here on, and what the broker accepts. */
public final class Welcome extends Message {
    public Welcome() {
        super(MessageType.WELCOME);
    }

    public Welcome wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            int capabilities,
            int frameBytesMax,
            long brokerTimeMs,
            long sessionId,
            String brokerVersion) {
        return out.begin(MessageType.WELCOME, requestId)
                .u16(Frame.VERSION)
                .u16(capabilities)
                .i32(frameBytesMax)
                .i64(brokerTimeMs)
                .i64(sessionId)
                .var(brokerVersion)
                .end();
    }

    public int version() {
        return u16(0);
    }

    /** The {@link Capabilities} that both sides have. */
    public int capabilities() {
        return u16(2);
    }

    /** Larger frames are refused; one that is larger by far ends the connection, too. */
    public int frameBytesMax() {
        return i32(4);
    }

    /** Milliseconds since 1970: the wall clock as the broker sees it, by which instants are judged. */
    public long brokerTimeMs() {
        return i64(8);
    }

    public long sessionId() {
        return i64(16);
    }

    public String brokerVersion() {
        return string(0);
    }
}
