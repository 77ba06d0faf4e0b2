package io.telpher.protocol;

import static io.telpher.protocol.Bytes.join;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What can go wrong with the lengths of any frame, and the changes that are allowed: a longer block, and more var fields. */
final class DamagedFrames {
    private static final int NEWER_BYTES = 8;

    private DamagedFrames() {}

    /** Every way to damage this valid frame, by name; all are malformed. */
    static Map<String, byte[]> of(byte[] frame) {
        ByteBuffer view = view(frame);
        MessageType type = MessageType.known(Frame.typeCode(view, 0));
        Map<String, byte[]> damaged = new LinkedHashMap<>();
        damaged.put("version-0", with(frame, Frame.VERSION_OFFSET, (byte) 0));
        damaged.put("version-2", with(frame, Frame.VERSION_OFFSET, (byte) 2));
        damaged.put("trailing-byte", sized(join(frame, new byte[1])));
        damaged.put("surplus-var-too-long", sized(join(frame, Bytes.ints(NEWER_BYTES + 1), Bytes.filler(NEWER_BYTES))));
        damaged.put("surplus-var-negative", sized(join(frame, Bytes.ints(-1))));
        damaged.put("block-length-lies", with(frame, Frame.BLOCK_LENGTH_OFFSET, (short) -1));
        if (type.blockLength() > 0) {
            int lastOfBlock = Frame.HEADER_BYTES + type.blockLength() - 1;
            damaged.put("short-block", withBlock(frame, type.blockLengthMin() - 1));
            damaged.put("cut-in-block", sized(Arrays.copyOf(frame, lastOfBlock)));
        }
        int position = Frame.HEADER_BYTES + type.blockLength();
        for (int field = 0; field < type.varFields(); field++) {
            if (field < type.varFieldsMin()) {
                damaged.put("cut-before-var-" + field, sized(Arrays.copyOf(frame, position)));
            }
            damaged.put("cut-in-length-of-var-" + field, sized(Arrays.copyOf(frame, position + 2)));
            damaged.put("var-" + field + "-too-long", with(frame, position, frame.length));
            damaged.put("var-" + field + "-negative", with(frame, position, -1));
            position += Frame.LENGTH_BYTES + view.getInt(position);
        }
        return damaged;
    }

    /** As a newer sender writes it, whose block has more fields, and which has more var fields: still understood. */
    static byte[] newer(byte[] frame) {
        ByteBuffer view = view(frame);
        int blockLength = Frame.blockLength(view, 0);
        int end = Frame.HEADER_BYTES + blockLength;
        byte[] longer = join(
                Arrays.copyOf(frame, end),
                Bytes.filler(NEWER_BYTES),
                Arrays.copyOfRange(frame, end, frame.length),
                Bytes.ints(NEWER_BYTES),
                Bytes.filler(NEWER_BYTES),
                Bytes.ints(0));
        return sized(with(longer, Frame.BLOCK_LENGTH_OFFSET, (short) (blockLength + NEWER_BYTES)));
    }

    /** As the first senders wrote it, before the message's block grew, and had more var fields. */
    static byte[] older(byte[] frame) {
        MessageType type = MessageType.known(Frame.typeCode(view(frame), 0));
        int position = Frame.HEADER_BYTES + type.blockLength();
        for (int field = 0; field < type.varFieldsMin(); field++) {
            position += Frame.LENGTH_BYTES + view(frame).getInt(position);
        }
        return withBlock(sized(Arrays.copyOf(frame, position)), type.blockLengthMin());
    }

    /** Only so many bytes of the block are left. */
    private static byte[] withBlock(byte[] frame, int blockLength) {
        int end = Frame.HEADER_BYTES + Frame.blockLength(view(frame), 0);
        byte[] shorter = join(
                Arrays.copyOf(frame, Frame.HEADER_BYTES + blockLength), Arrays.copyOfRange(frame, end, frame.length));
        return sized(with(shorter, Frame.BLOCK_LENGTH_OFFSET, (short) blockLength));
    }

    /** The frame with its length set to what it has. */
    static byte[] sized(byte[] frame) {
        return with(frame, 0, frame.length - Frame.LENGTH_BYTES);
    }

    /** A copy with this number at this offset. */
    static byte[] with(byte[] frame, int offset, Number number) {
        byte[] copy = frame.clone();
        ByteBuffer view = view(copy);
        if (number instanceof Byte) {
            view.put(offset, number.byteValue());
        } else if (number instanceof Short) {
            view.putShort(offset, number.shortValue());
        } else if (number instanceof Integer) {
            view.putInt(offset, number.intValue());
        } else {
            view.putLong(offset, number.longValue());
        }
        return copy;
    }

    static byte[] inBlock(byte[] frame, int offset, Number number) {
        return with(frame, Frame.HEADER_BYTES + offset, number);
    }

    static ByteBuffer view(byte[] frame) {
        return ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    }
}
