package io.telpher.broker.core.command;

import io.telpher.protocol.frame.Frame;
import java.nio.ByteBuffer;

/** The record that is being applied. Reused. */
public final class CommandRequest {
    private long session;
    private long location;
    private int crc;
    private ByteBuffer frames = ByteBuffer.allocate(0);
    private int offset;
    private long sinceLastMs;

    /**
     * @param sinceLastMs time between the record before and this one
     * @param frameLocation opaque, but the frame n bytes behind lies at + n
     */
    public void set(long bySession, long frameLocation, int frameCrc, long sinceLastMs) {
        session = bySession;
        location = frameLocation;
        crc = frameCrc;
        this.sinceLastMs = sinceLastMs;
    }

    public void frame(ByteBuffer buffer, int frameOffset) {
        frames = buffer;
        offset = frameOffset;
    }

    public long session() {
        return session;
    }

    public int id() {
        return Frame.requestId(frames, offset);
    }

    /** Where this request's frame lies in the journal. */
    public long location() {
        return location;
    }

    /** Where a frame lies that is nested in this one. */
    public long locationOf(int nestedOffset) {
        return location + (nestedOffset - offset);
    }

    public int crc() {
        return crc;
    }

    public ByteBuffer frames() {
        return frames;
    }

    public int offset() {
        return offset;
    }

    public long sinceLastMs() {
        return sinceLastMs;
    }
}
