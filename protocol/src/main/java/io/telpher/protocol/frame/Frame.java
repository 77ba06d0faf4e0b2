package io.telpher.protocol.frame;

import java.nio.ByteBuffer;

/**
 * Where the parts of a frame's 12-byte header lie. All numbers are little endian; buffers handed in must be in that order.
 *
 * <p>{@code length} counts the bytes after itself, so a frame takes {@code 4 + length} bytes.
 */
public final class Frame {
    /** Bytes of {@code length}, which does not count itself. */
    public static final int LENGTH_BYTES = 4;

    /** Bytes before the fixed block, {@code length} included. */
    public static final int HEADER_BYTES = 12;

    /** The version of this protocol, in every frame's header and negotiated by HELLO. */
    public static final int VERSION = 1;

    /** Before each SUBMIT in DELIVERIES. */
    public static final int DELIVERY_HEADER_BYTES = 48;

    public static final int TYPE_OFFSET = 4;
    public static final int VERSION_OFFSET = 5;
    public static final int BLOCK_LENGTH_OFFSET = 6;
    public static final int REQUEST_ID_OFFSET = 8;

    private Frame() {}

    /** Bytes of the whole frame that starts at {@code offset}, as an unsigned number that may lie. */
    public static long bytes(ByteBuffer buffer, int offset) {
        return LENGTH_BYTES + (buffer.getInt(offset) & 0xFFFF_FFFFL);
    }

    public static int typeCode(ByteBuffer buffer, int offset) {
        return buffer.get(offset + TYPE_OFFSET) & 0xFF;
    }

    public static int version(ByteBuffer buffer, int offset) {
        return buffer.get(offset + VERSION_OFFSET) & 0xFF;
    }

    public static int blockLength(ByteBuffer buffer, int offset) {
        return buffer.getShort(offset + BLOCK_LENGTH_OFFSET) & 0xFFFF;
    }

    /** The number the sender chose; the reply carries it. 0 in frames that answer no request. */
    public static int requestId(ByteBuffer buffer, int offset) {
        return buffer.getInt(offset + REQUEST_ID_OFFSET);
    }

    /** Where the length of this var field lies; the frame has the field. */
    static int varOffset(ByteBuffer buffer, int offset, int field) {
        int position = offset + HEADER_BYTES + blockLength(buffer, offset);
        for (int i = 0; i < field; i++) {
            position += LENGTH_BYTES + buffer.getInt(position);
        }
        return position;
    }
}
