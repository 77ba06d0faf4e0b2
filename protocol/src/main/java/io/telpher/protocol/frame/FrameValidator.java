package io.telpher.protocol.frame;

import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Accepts a frame only when every length in it adds up exactly: client bytes become journal bytes. A frame refused here means that
 * the two sides no longer agree where frames start, so the connection is closed; contents are judged by {@link Message#problem}.
 */
public final class FrameValidator {
    private FrameValidator() {}

    /**
     * What is wrong with the structure of the frame in {@code bytes} bytes at {@code offset}; null when nothing is.
     *
     * @param bytes what is there; the frame must take all of it
     */
    public static @Nullable Problem structure(ByteBuffer buffer, int offset, int bytes) {
        if (bytes < Frame.HEADER_BYTES) {
            return Problem.bad("a frame of " + bytes + " bytes has no room for its header of " + Frame.HEADER_BYTES);
        }
        if (Frame.bytes(buffer, offset) != bytes) {
            return Problem.bad("the frame's length says " + Frame.bytes(buffer, offset) + " bytes, there are " + bytes);
        }
        MessageType type = MessageType.of(Frame.typeCode(buffer, offset));
        if (type == null) {
            return Problem.bad("unknown message type 0x" + Integer.toHexString(Frame.typeCode(buffer, offset)));
        }
        if (Frame.version(buffer, offset) != Frame.VERSION) {
            return Problem.bad("version " + Frame.version(buffer, offset) + " of " + type
                    + " is unknown; this side speaks " + Frame.VERSION);
        }
        if (Frame.blockLength(buffer, offset) < type.blockLengthMin()) {
            return Problem.bad(type + " needs a block of " + type.blockLengthMin() + " bytes, not "
                    + Frame.blockLength(buffer, offset));
        }
        return varFields(type, buffer, offset, bytes);
    }

    private static @Nullable Problem varFields(MessageType type, ByteBuffer buffer, int offset, int bytes) {
        int end = offset + bytes;
        int position = offset + Frame.HEADER_BYTES + Frame.blockLength(buffer, offset);
        if (position > end) {
            return Problem.bad(type + " ends before its block of " + Frame.blockLength(buffer, offset) + " bytes");
        }
        for (int field = 0; field < type.varFields(); field++) {
            if (position == end && field >= type.varFieldsMin()) {
                return null;
            }
            if (end - position < Frame.LENGTH_BYTES) {
                return Problem.bad(type + " ends before var field " + field);
            }
            int length = buffer.getInt(position);
            position += Frame.LENGTH_BYTES;
            if (length < 0 || length > end - position) {
                return Problem.bad(type + ": var field " + field + " claims " + (length & 0xFFFF_FFFFL) + " bytes, "
                        + (end - position) + " are left");
            }
            // None of those that may be held holds frames itself.
            MessageType held = type.heldIn(field);
            Problem problem = held == null ? null : frames(held, type.heldGap(), buffer, position, length);
            if (problem != null) {
                return problem;
            }
            position += length;
        }
        return surplus(type, buffer, position, end);
    }

    /** Var fields that this side does not know, of a newer sender: passed over, but their lengths add up, too. */
    private static @Nullable Problem surplus(MessageType type, ByteBuffer buffer, int from, int end) {
        int position = from;
        while (position < end) {
            int left = end - position - Frame.LENGTH_BYTES;
            int length = left < 0 ? 0 : buffer.getInt(position);
            if (left < 0 || length < 0 || length > left) {
                return Problem.bad(type + " has " + (end - position)
                        + " bytes behind its last var field, which are not a var field");
            }
            position += Frame.LENGTH_BYTES + length;
        }
        return null;
    }

    /** @param gap bytes before each frame */
    private static @Nullable Problem frames(MessageType expected, int gap, ByteBuffer buffer, int offset, int length) {
        int end = offset + length;
        int position = offset;
        while (position < end) {
            if (end - position < gap + Frame.HEADER_BYTES
                    || Frame.bytes(buffer, position + gap) > end - position - gap) {
                return Problem.bad("a nested frame ends behind its field");
            }
            position += gap;
            // The type comes first: frames nested in frames without end would exhaust the stack.
            if (Frame.typeCode(buffer, position) != expected.code()) {
                return Problem.bad("only " + expected + " frames may be nested here");
            }
            int bytes = (int) Frame.bytes(buffer, position);
            Problem problem = structure(buffer, position, bytes);
            if (problem != null) {
                return problem;
            }
            position += bytes;
        }
        return null;
    }
}
