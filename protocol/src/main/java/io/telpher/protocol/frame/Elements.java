package io.telpher.protocol.frame;

import io.telpher.protocol.Utf8;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Walks the {@code u32 length + bytes} elements inside a var field. */
public final class Elements {
    private final ByteBuffer buffer;
    private final int end;
    private int next;
    private int offset;
    private int length;

    public Elements(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.next = offset;
        this.end = offset + length;
    }

    /** Moves to the next element; false at the end or where a length lies, see {@link #isTorn}. */
    public boolean next() {
        if (end - next < Frame.LENGTH_BYTES) {
            return false;
        }
        int claimed = buffer.getInt(next);
        if (claimed < 0 || claimed > end - next - Frame.LENGTH_BYTES) {
            return false;
        }
        offset = next + Frame.LENGTH_BYTES;
        length = claimed;
        next = offset + claimed;
        return true;
    }

    /** True when {@link #next} ended before the field did: some length does not add up. */
    public boolean isTorn() {
        return next != end;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    public String text() {
        return Utf8.text(buffer, offset, length);
    }

    /** Elements that come as name, value, name, value. A name without a value is left out. */
    public static Map<String, String> pairs(ByteBuffer buffer, int offset, int length) {
        Map<String, String> pairs = new LinkedHashMap<>();
        Elements elements = new Elements(buffer, offset, length);
        while (elements.next()) {
            String name = elements.text();
            if (elements.next()) {
                pairs.put(name, elements.text());
            }
        }
        return pairs;
    }
}
