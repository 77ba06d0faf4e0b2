package io.telpher.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.security.Principal;
import io.telpher.protocol.frame.Frame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** An HTTP connection as the partition sees it: replies hop to the connection's event loop, one frame at a time. */
final class HttpSession extends Session {
    private final Channel channel;
    private final String principal;
    private final long connectedAtMs;
    private final Consumer<ByteBuffer> replies;
    private Principal caller = Principal.ANYONE;
    private volatile BrokerCall.Program program = BrokerCall.Program.UNKNOWN;

    /**
     * @param principal see {@link #principal}
     * @param replies takes each reply's frame, at offset 0, on the event loop
     */
    HttpSession(long id, Channel channel, String principal, long connectedAtMs, Consumer<ByteBuffer> replies) {
        super(id);
        this.channel = channel;
        this.principal = principal;
        this.connectedAtMs = connectedAtMs;
        this.replies = replies;
    }

    /** Who it is, and may do what, from here on. On the event loop. */
    void caller(Principal known) {
        caller = known;
        grant(known.rights());
    }

    Principal caller() {
        return caller;
    }

    /** What it says of itself, from here on. */
    void program(BrokerCall.Program said) {
        program = said;
    }

    @Override
    public String address() {
        return String.valueOf(channel.remoteAddress());
    }

    @Override
    public String principal() {
        return principal;
    }

    @Override
    public String clientName() {
        return "http";
    }

    @Override
    public String version() {
        return program.version();
    }

    @Override
    public String host() {
        return program.host();
    }

    @Override
    public long connectedAtMs() {
        return connectedAtMs;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void send(ByteBuf frames) {
        byte[] bytes = new byte[frames.readableBytes()];
        frames.readBytes(bytes).release();
        channel.eventLoop().execute(() -> take(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)));
    }

    private void take(ByteBuffer frames) {
        int offset = 0;
        while (offset < frames.limit()) {
            int bytes = (int) Frame.bytes(frames, offset);
            replies.accept(frames.slice(offset, bytes).order(ByteOrder.LITTLE_ENDIAN));
            offset += bytes;
        }
    }

    @Override
    public void taken() {
        // Requests of one connection are few: the pipeline limit of HttpConnection is what bounds them.
    }
}
