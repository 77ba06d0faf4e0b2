package io.telpher.protocol.frame;

import io.telpher.protocol.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes frames one after another into a buffer that grows. Frames may nest: a var field opened with {@link #beginVar} may hold
 * whole frames. Not thread-safe, made to be reused.
 */
public final class FrameWriter {
    private static final int NESTING_MAX = 4;

    private final int[] frameStarts = new int[NESTING_MAX];
    private final int[] blockEnds = new int[NESTING_MAX];
    private final int[] varCounts = new int[NESTING_MAX];
    private final int[] varStarts = new int[NESTING_MAX];
    private final MessageType[] types = new MessageType[NESTING_MAX];
    private int depth = -1;
    private ByteBuffer buffer;

    public FrameWriter() {
        this(512);
    }

    public FrameWriter(int bytesExpected) {
        buffer = ByteBuffer.allocate(bytesExpected).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Forgets what was written, keeps the memory. */
    public FrameWriter clear() {
        check(depth < 0, "cleared inside a frame");
        buffer.clear();
        return this;
    }

    public FrameWriter begin(MessageType type, int requestId) {
        return begin(type, requestId, type.blockLength());
    }

    /** With a block that ends before fields which are 0. */
    public FrameWriter begin(MessageType type, int requestId, int blockLength) {
        depth++;
        reserve(Frame.HEADER_BYTES + blockLength);
        types[depth] = type;
        frameStarts[depth] = buffer.position();
        varCounts[depth] = 0;
        buffer.putInt(0)
                .put((byte) type.code())
                .put((byte) Frame.VERSION)
                .putShort((short) blockLength)
                .putInt(requestId);
        blockEnds[depth] = buffer.position() + blockLength;
        return this;
    }

    /** @throws IllegalArgumentException when it takes more than 8 bits */
    public FrameWriter u8(int value) {
        fits(value, Byte.SIZE);
        buffer.put((byte) value);
        return this;
    }

    /** Over a byte that was written before. */
    public void u8At(int offset, int value) {
        buffer.put(offset, (byte) value);
    }

    /** @throws IllegalArgumentException when it takes more than 16 bits */
    public FrameWriter u16(int value) {
        fits(value, Short.SIZE);
        buffer.putShort((short) value);
        return this;
    }

    public FrameWriter i32(int value) {
        buffer.putInt(value);
        return this;
    }

    public FrameWriter i64(long value) {
        buffer.putLong(value);
        return this;
    }

    /** Zero bytes up to the end of the fixed block. */
    public FrameWriter pad() {
        while (buffer.position() < blockEnds[depth]) {
            buffer.put((byte) 0);
        }
        return this;
    }

    public FrameWriter var(String text) {
        return var(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A text that is the sender's own, which must arrive as it is.
     *
     * @throws IllegalArgumentException when it holds half of a surrogate pair
     */
    public FrameWriter exact(String text) {
        return var(Utf8.bytes(text));
    }

    public FrameWriter var(byte[] bytes) {
        countVar();
        reserve(Frame.LENGTH_BYTES + bytes.length);
        buffer.putInt(bytes.length).put(bytes);
        return this;
    }

    /** The remaining bytes of {@code bytes}; its position stays. */
    public FrameWriter var(ByteBuffer bytes) {
        countVar();
        reserve(Frame.LENGTH_BYTES + bytes.remaining());
        buffer.putInt(bytes.remaining()).put(bytes.duplicate());
        return this;
    }

    /** Opens a var field that is filled by {@link #element}, {@link #raw} or nested frames. */
    public FrameWriter beginVar() {
        countVar();
        reserve(Frame.LENGTH_BYTES);
        varStarts[depth] = buffer.position();
        buffer.putInt(0);
        return this;
    }

    /** One {@code u32 length + bytes} inside an open var field. */
    public FrameWriter element(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        reserve(Frame.LENGTH_BYTES + bytes.length);
        buffer.putInt(bytes.length).put(bytes);
        return this;
    }

    /** Like {@link #element}, for a text like those of {@link #exact}. */
    public FrameWriter exactElement(String text) {
        byte[] bytes = Utf8.bytes(text);
        reserve(Frame.LENGTH_BYTES + bytes.length);
        buffer.putInt(bytes.length).put(bytes);
        return this;
    }

    /** Bytes as they are inside an open var field. */
    public FrameWriter raw(ByteBuffer bytes) {
        reserve(bytes.remaining());
        buffer.put(bytes.duplicate());
        return this;
    }

    /** One number inside an open var field. */
    public FrameWriter rawI64(long value) {
        reserve(Long.BYTES);
        buffer.putLong(value);
        return this;
    }

    public FrameWriter endVar() {
        buffer.putInt(varStarts[depth], buffer.position() - varStarts[depth] - Frame.LENGTH_BYTES);
        return this;
    }

    /**
     * Writes a {@link MessageType#isSigned signed} command anew, with who gives it in the place of whatever its sender wrote there. Var fields
     * that an older sender did not know are empty.
     */
    public FrameWriter signed(ByteBuffer frame, int offset, String by) {
        MessageType type = MessageType.known(Frame.typeCode(frame, offset));
        begin(type, Frame.requestId(frame, offset));
        int blockLength = Frame.blockLength(frame, offset);
        int block = offset + Frame.HEADER_BYTES;
        buffer.put(frame.duplicate()
                .limit(block + Math.min(blockLength, type.blockLength()))
                .position(block));
        pad();
        int position = block + blockLength;
        long end = offset + Frame.bytes(frame, offset);
        for (int field = 0; field < type.varFields(); field++) {
            int length = position < end ? frame.getInt(position) : 0;
            int start = position < end ? position + Frame.LENGTH_BYTES : position;
            if (field == type.signedField()) {
                var(by);
            } else {
                var(frame.duplicate().limit(start + length).position(start));
            }
            position = start + length;
        }
        return end();
    }

    public FrameWriter end() {
        MessageType type = types[depth];
        check(varCounts[depth] == type.varFields(), "wrong number of var fields");
        check(type.varFields() > 0 || buffer.position() == blockEnds[depth], "block not filled");
        buffer.putInt(frameStarts[depth], buffer.position() - frameStarts[depth] - Frame.LENGTH_BYTES);
        depth--;
        return this;
    }

    public int size() {
        return buffer.position();
    }

    /** The bytes written so far, as a read view that the next write may invalidate. */
    public ByteBuffer written() {
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip();
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    private static void fits(int value, int bits) {
        if (value < -1 << bits - 1 || value >= 1 << bits) {
            throw new IllegalArgumentException(value + " takes more than " + bits + " bits");
        }
    }

    private void countVar() {
        check(varCounts[depth] > 0 || buffer.position() == blockEnds[depth], "block not filled");
        varCounts[depth]++;
    }

    private void reserve(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, Math.addExact(buffer.position(), bytes));
            buffer =
                    ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
        }
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what + (depth < 0 ? "" : " in " + types[depth]));
        }
    }
}
