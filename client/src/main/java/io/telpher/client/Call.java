package io.telpher.client;

import io.netty.buffer.ByteBuf;
import io.telpher.protocol.ErrorReply;
import io.telpher.protocol.Frame;
import io.telpher.protocol.MessageType;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** One request under way: its frame until it is sent, its reply when that comes. */
final class Call {
    private final int requestId;
    private final ByteBuf frame;
    private final int bytes;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<ByteBuffer> reply = new CompletableFuture<>();

    Call(int requestId, ByteBuf frame) {
        this.requestId = requestId;
        this.frame = frame;
        this.bytes = frame.readableBytes();
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

    long startNanos() {
        return startNanos;
    }

    /** The reply's frame at offset 0. */
    CompletableFuture<ByteBuffer> reply() {
        return reply;
    }

    void complete(ByteBuffer replyFrame) {
        if (Frame.typeCode(replyFrame, 0) == MessageType.ERROR.code()) {
            ErrorReply error = new ErrorReply().wrap(replyFrame, 0);
            String hint = error.hint().isEmpty() ? "" : " (" + error.hint() + ")";
            reply.completeExceptionally(new TelpherException(
                    error.code(), error.code() + ": " + error.message() + hint, error.retryAfterMs(), null));
        } else {
            reply.complete(replyFrame);
        }
    }
}
