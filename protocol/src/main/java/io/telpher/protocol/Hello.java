package io.telpher.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** HELLO: the first frame of a connection: which versions the client speaks, what else it understands, and its token. Never journaled. */
public final class Hello extends Message {
    public Hello() {
        super(MessageType.HELLO);
    }

    public Hello wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, String token, String clientName) {
        return out.begin(MessageType.HELLO, requestId)
                .u16(Frame.VERSION)
                .u16(Frame.VERSION)
                .u16(Capabilities.OWN)
                .pad()
                .exact(token)
                .exact(clientName)
                .end();
    }

    /** Oldest version the client speaks. */
    public int versionMin() {
        return u16(0);
    }

    /** Newest version the client speaks. */
    public int versionMax() {
        return u16(2);
    }

    /** What the client has of {@link Capabilities}, and what it has that is not known here. */
    public int capabilities() {
        return u16(4);
    }

    /** Empty when the broker asks for none. */
    public String token() {
        return string(0);
    }

    /** For people: which program this is; at most 255 bytes. */
    public String clientName() {
        return string(1);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return text(1, "client name", Limits.WORKER_NAME_BYTES_MAX);
    }
}
