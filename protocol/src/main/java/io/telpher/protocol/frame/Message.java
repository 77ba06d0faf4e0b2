package io.telpher.protocol.frame;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A reader laid over a frame: it copies nothing until a field is asked for. {@code wrap} first; the frame must have passed
 * {@link FrameValidator}. Not thread-safe, made to be reused.
 */
public abstract class Message {
    private static final int UTF8_BYTES_A_UNIT_MAX = 3;

    private final MessageType type;
    private final int[] varOffsets;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int offset;
    private int blockLength;

    protected Message(MessageType type) {
        this.type = type;
        this.varOffsets = new int[type.varFields() + 1];
    }

    /** Lays this reader over the frame at {@code frameOffset}, which {@link FrameValidator#structure} accepted. */
    public final void bind(ByteBuffer frames, int frameOffset) {
        if (Frame.typeCode(frames, frameOffset) != type.code()) {
            throw new IllegalStateException("a " + type + " reader over a frame of type 0x"
                    + Integer.toHexString(Frame.typeCode(frames, frameOffset)));
        }
        buffer = frames;
        offset = frameOffset;
        blockLength = Frame.blockLength(frames, frameOffset);
        int position = frameOffset + Frame.HEADER_BYTES + blockLength;
        for (int i = 0; i < type.varFields(); i++) {
            varOffsets[i] = position;
            if (i < type.varFieldsMin() || position < frameOffset + frameBytes()) {
                position += Frame.LENGTH_BYTES + frames.getInt(position);
            }
        }
        varOffsets[type.varFields()] = position;
    }

    public final MessageType type() {
        return type;
    }

    public final int requestId() {
        return Frame.requestId(buffer, offset);
    }

    /** The buffer the frame lies in, for the offsets below. */
    public final ByteBuffer buffer() {
        return buffer;
    }

    public final int frameOffset() {
        return offset;
    }

    public final int frameBytes() {
        return (int) Frame.bytes(buffer, offset);
    }

    /** What is wrong with the fields' contents, null when nothing is. Lengths were checked before. */
    public @Nullable Problem problem(Limits limits) {
        return null;
    }

    /** What it asks for beside whom it is about, in an operator's words; empty when there is nothing to add. For the audit log. */
    public String detail() {
        return "";
    }

    // A field that an older sender did not know lies behind its block and reads as 0.

    public final int u8(int field) {
        return field < blockLength ? buffer.get(block() + field) & 0xFF : 0;
    }

    public final int u16(int field) {
        return field + Short.BYTES <= blockLength ? buffer.getShort(block() + field) & 0xFFFF : 0;
    }

    public final int i32(int field) {
        return field + Integer.BYTES <= blockLength ? buffer.getInt(block() + field) : 0;
    }

    public final long i64(int field) {
        return field + Long.BYTES <= blockLength ? buffer.getLong(block() + field) : 0;
    }

    private int block() {
        return offset + Frame.HEADER_BYTES;
    }

    protected final int varOffset(int field) {
        return varOffsets[field] + Frame.LENGTH_BYTES;
    }

    protected final int varLength(int field) {
        // Of a field that an older sender did not know, both are the frame's end.
        return Math.max(0, varOffsets[field + 1] - varOffset(field));
    }

    public final String string(int field) {
        int length = varLength(field);
        if (length == 0) {
            return "";
        }
        if (buffer.hasArray()) {
            return new String(buffer.array(), buffer.arrayOffset() + varOffset(field), length, StandardCharsets.UTF_8);
        }
        return new String(bytes(field), StandardCharsets.UTF_8);
    }

    /** What {@link #string} begins with, {@code charsMax} UTF-16 units at most, without looking at the rest. */
    protected final String stringStart(int field, int charsMax) {
        // A unit takes 3 bytes at most; what is cut off there begins behind the last unit that counts.
        String start = new String(
                bytes(field, Math.min(varLength(field), UTF8_BYTES_A_UNIT_MAX * (charsMax + 1))),
                StandardCharsets.UTF_8);
        return start.substring(0, Math.min(start.length(), charsMax));
    }

    protected final byte[] bytes(int field) {
        return bytes(field, varLength(field));
    }

    private byte[] bytes(int field, int length) {
        byte[] copy = new byte[length];
        if (length > 0) {
            buffer.get(varOffset(field), copy);
        }
        return copy;
    }

    /** Task ids packed 8 bytes each. */
    protected final long[] ids(int field) {
        long[] ids = new long[varLength(field) / Long.BYTES];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = buffer.getLong(varOffset(field) + i * Long.BYTES);
        }
        return ids;
    }

    protected final @Nullable Problem idsProblem(int field) {
        return varLength(field) % Long.BYTES == 0
                ? Problem.within("number of task ids", varLength(field) / Long.BYTES, 0, Limits.BATCH_TASKS_MAX)
                : Problem.bad("the list of task ids does not add up");
    }

    protected final @Nullable Problem name(int field, String what) {
        return QueueName.isValid(buffer, varOffset(field), varLength(field))
                ? null
                : Problem.bad(what + " \"" + clipped(field) + "\" must be 1-" + QueueName.CHARS_MAX
                        + " of [A-Za-z0-9._-], but not . and ..");
    }

    public final @Nullable Problem nameOrEmpty(int field, String what) {
        return varLength(field) == 0 ? null : name(field, what);
    }

    public final @Nullable Problem atMost(int field, String what, int bytesMax) {
        return varLength(field) <= bytesMax
                ? null
                : Problem.bad(what + " has " + varLength(field) + " bytes; the limit is " + bytesMax);
    }

    /** Like {@link #atMost}, for what is shown or compared as text. */
    protected final @Nullable Problem text(int field, String what, int bytesMax) {
        Problem problem = atMost(field, what, bytesMax);
        return problem != null || Utf8.isValid(buffer, varOffset(field), varLength(field))
                ? problem
                : Problem.bad(what + " is not UTF-8");
    }

    protected final @Nullable Problem payloadAtMost(int field, String what, Limits limits) {
        return varLength(field) <= limits.payloadBytesMax()
                ? null
                : new Problem(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        what + " has " + varLength(field) + " bytes; limits.max_payload is "
                                + limits.payloadBytesMax());
    }

    private String clipped(int field) {
        String text = string(field);
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
