package io.telpher.protocol.session;

import io.telpher.protocol.Capabilities;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
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
        return write(out, requestId, token, clientName, "", "");
    }

    /**
     * Writes it.
     *
     * @param version of the program that connects, empty when it has none; at most 64 bytes
     * @param host where it runs, empty when it does not know; at most 255 bytes
     */
    public static FrameWriter write(
            FrameWriter out, int requestId, String token, String clientName, String version, String host) {
        return out.begin(MessageType.HELLO, requestId)
                .u16(Frame.VERSION)
                .u16(Frame.VERSION)
                .u16(Capabilities.OWN)
                .pad()
                .exact(token)
                .exact(clientName)
                .exact(version)
                .exact(host)
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

    /** For people: which version of it this is, as its makers count; empty when it does not say. */
    public String version() {
        return string(2);
    }

    /** For people: the host it runs on, as it calls itself; empty when it does not say. */
    public String host() {
        return string(3);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(
                text(1, "client name", Limits.WORKER_NAME_BYTES_MAX),
                text(2, "version", Limits.CLIENT_VERSION_BYTES_MAX),
                text(3, "host", Limits.HOST_BYTES_MAX));
    }
}
