package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.telpher.protocol.Limits;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.MessageType.Kind;

/**
 * A frame that is longer than this broker takes. Its header tells whom to answer. A request that some broker would take is skipped, and the connection
 * goes on; after anything else nothing that follows is to be believed.
 */
final class LongFrame {
    /** The largest frame that any broker may be set up to take. */
    private static final int BYTES_CEILING = new Limits(Limits.PAYLOAD_BYTES_CEILING).frameBytesMax();

    private static final int HEADER_BYTES = Frame.HEADER_BYTES - Frame.LENGTH_BYTES;

    /** Bytes of the header behind the length: type, version, block length, request id. */
    private long header;

    private int headerBytes;
    private long bytesLeft;
    private int requestId;
    private boolean skips;

    /** Takes the header from what came behind the frame's length; false while it is not whole and may become so. */
    boolean take(IncompleteFrame frame, ByteBuf read) {
        while (headerBytes < HEADER_BYTES && read.isReadable()) {
            header |= (long) read.readUnsignedByte() << Byte.SIZE * headerBytes;
            headerBytes++;
        }
        boolean isWhole = headerBytes == HEADER_BYTES;
        if (!isWhole && frame.frameBytes() <= BYTES_CEILING) {
            return false;
        }
        MessageType type = isWhole ? MessageType.of((int) header & 0xFF) : null;
        boolean isRequest = type != null && (type.kind() == Kind.COMMAND || type.kind() == Kind.QUERY);
        skips = isRequest && frame.frameBytes() <= BYTES_CEILING;
        bytesLeft = skips ? frame.frameBytes() - Frame.HEADER_BYTES : 0;
        requestId = isWhole ? (int) (header >>> Integer.SIZE) : 0;
        header = 0;
        headerBytes = 0;
        frame.discard();
        return true;
    }

    /** 0 when it did not come. */
    int requestId() {
        return requestId;
    }

    /** What is left of it can be skipped. */
    boolean skips() {
        return skips;
    }

    void skip(ByteBuf read) {
        int count = (int) Math.min(bytesLeft, read.readableBytes());
        read.skipBytes(count);
        bytesLeft -= count;
    }
}
