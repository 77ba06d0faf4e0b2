package io.telpher.protocol.frame;

import java.nio.ByteBuffer;

/** Walks whole frames that lie one after another inside a var field; they passed {@link FrameValidator} before. */
public final class Frames {
    private final ByteBuffer buffer;
    private final int end;
    private int next;
    private int offset;

    public Frames(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.next = offset;
        this.end = offset + length;
    }

    public boolean next() {
        if (next >= end) {
            return false;
        }
        offset = next;
        next += (int) Frame.bytes(buffer, offset);
        return true;
    }

    public ByteBuffer buffer() {
        return buffer;
    }

    /** Where the present frame starts in the buffer. */
    public int offset() {
        return offset;
    }
}
