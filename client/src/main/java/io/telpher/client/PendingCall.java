package io.telpher.client;

import io.netty.buffer.ByteBuf;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** One request under way: its frame until it is sent, its reply when that comes. */
final class PendingCall {
    private final int requestId;
    private final ByteBuf frame;
    private final int bytes;
    private final boolean reserves;
    private final long endNanos;
    private final CompletableFuture<ByteBuffer> reply = new CompletableFuture<>();

    /** @param endNanos when the caller wants to know, by System.nanoTime; {@link Link#NO_DEADLINE} = never */
    PendingCall(int requestId, ByteBuf frame, long endNanos) {
        this.endNanos = endNanos;
        this.requestId = requestId;
        this.frame = frame;
        this.bytes = frame.readableBytes();
        this.reserves = frame.getUnsignedByte(frame.readerIndex() + Frame.LENGTH_BYTES) == MessageType.RESERVE.code();
    }

    int requestId() {
        return requestId;
    }

    ByteBuf frame() {
        return frame;
    }

    /** Of the frame, also when that was sent and is gone. */
    int bytes() {
        return bytes;
    }

    boolean isOverdue(long nowNanos) {
        return endNanos != Link.NO_DEADLINE && nowNanos - endNanos >= 0;
    }

    /** The reply's frame at offset 0. */
    CompletableFuture<ByteBuffer> reply() {
        return reply;
    }

    /**
     * Tasks may be lost in what answers a RESERVE with something else: only the end of the connection gives them back to the broker.
     *
     * @throws IllegalStateException when the reply is neither deliveries nor an error, and the request a RESERVE
     */
    void requireAnswer(ByteBuffer replyFrame) {
        int type = Frame.typeCode(replyFrame, 0);
        if (reserves && type != MessageType.DELIVERIES.code() && type != MessageType.ERROR.code()) {
            throw new IllegalStateException("the broker answered RESERVE with " + MessageType.known(type));
        }
    }

    void complete(ByteBuffer replyFrame) {
        if (Frame.typeCode(replyFrame, 0) == MessageType.ERROR.code()) {
            reply.completeExceptionally(TelpherException.of(new ErrorReply().wrap(replyFrame, 0)));
        } else {
            reply.complete(replyFrame);
        }
    }
}
