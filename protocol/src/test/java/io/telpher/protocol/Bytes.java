package io.telpher.protocol;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Frames and parts of them from what stands in them. */
final class Bytes {
    private static final byte FILLER = (byte) 0xA5;

    private Bytes() {}

    /** Byte, Short, Integer and Long go into the block, String and byte[] become var fields. */
    static byte[] frame(MessageType type, int requestId, Object... parts) {
        FrameWriter out = new FrameWriter().begin(type, requestId);
        for (Object part : parts) {
            if (part instanceof Byte number) {
                out.u8(number);
            } else if (part instanceof Short number) {
                out.u16(number);
            } else if (part instanceof Integer number) {
                out.i32(number);
            } else if (part instanceof Long number) {
                out.i64(number);
            } else if (part instanceof String text) {
                out.pad().var(text);
            } else {
                out.pad().var((byte[]) part);
            }
        }
        return out.pad().end().toBytes();
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }

    static byte[] elements(String... texts) {
        FrameWriter out = new FrameWriter().begin(MessageType.GET_QUEUE, 0).beginVar();
        int start = out.size();
        for (String text : texts) {
            out.element(text);
        }
        return Arrays.copyOfRange(out.toBytes(), start, out.size());
    }

    static byte[] ints(int... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        return bytes.array();
    }

    static byte[] longs(long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long number : numbers) {
            bytes.putLong(number);
        }
        return bytes.array();
    }

    static byte[] filler(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, FILLER);
        return bytes;
    }
}
