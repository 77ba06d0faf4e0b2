package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.telpher.broker.memory.BufferRoom;
import io.telpher.protocol.frame.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The frame of a connection whose end has not come yet, if there is one. Takes memory as its bytes come, not as its length claims; when the room
 * that all connections share is used up, it keeps the header, for the refusal, and drops the rest.
 */
final class IncompleteFrame {
    /** Up to here a frame gets its place at once. */
    private static final int SMALL_BYTES = 16 << 10;

    private final ByteBufAllocator allocator;
    private final BufferRoom room;
    private @Nullable ByteBuf bytes;
    private long size;
    private long taken;
    private boolean dropped;

    IncompleteFrame(ByteBufAllocator allocator, BufferRoom room) {
        this.allocator = allocator;
        this.room = room;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Moves what the frame lacks here, as far as it has come; nothing but the length of one that may not be so long. */
    void take(ByteBuf from, int frameBytesMax) {
        move(from, Frame.LENGTH_BYTES);
        if (hasLength() && frameBytes() <= frameBytesMax) {
            move(from, (int) frameBytes());
        }
    }

    private void move(ByteBuf from, int end) {
        int count = (int) Math.min(end - size, from.readableBytes());
        if (count <= 0) {
            return;
        }
        ByteBuf target = dropped ? null : withRoom((int) size + count, end);
        if (target == null) {
            drop(from, count);
        } else {
            target.writeBytes(from, count);
        }
        size += count;
    }

    /** Null when there is none. */
    private @Nullable ByteBuf withRoom(int needed, int end) {
        ByteBuf present = bytes;
        int capacity = present == null ? 0 : present.capacity();
        if (present != null && needed <= capacity) {
            return present;
        }
        int wanted = Math.max(Math.max(needed, Frame.HEADER_BYTES), Math.min(end, Math.max(SMALL_BYTES, 2 * capacity)));
        if (!room.take(wanted - taken)) {
            return null;
        }
        taken = wanted;
        ByteBuf grown = present == null ? allocator.directBuffer(wanted) : present.capacity(wanted);
        bytes = grown;
        return grown;
    }

    private void drop(ByteBuf from, int count) {
        ByteBuf header = allocator.buffer(Frame.HEADER_BYTES);
        ByteBuf present = bytes;
        if (present != null) {
            header.writeBytes(present, 0, Math.min(present.readableBytes(), Frame.HEADER_BYTES));
            present.release();
        }
        bytes = header;
        dropped = true;
        room.giveBack(taken);
        taken = 0;
        int kept = Math.min(Frame.HEADER_BYTES - header.readableBytes(), count);
        header.writeBytes(from, kept);
        from.skipBytes(count - kept);
    }

    boolean hasLength() {
        return size >= Frame.LENGTH_BYTES;
    }

    /** As it claims. */
    long frameBytes() {
        ByteBuf present = bytes;
        return present == null ? 0 : Frame.LENGTH_BYTES + present.getUnsignedIntLE(0);
    }

    boolean isComplete() {
        return hasLength() && size == frameBytes();
    }

    /** {@link #end} gives the header only. */
    boolean isDropped() {
        return dropped;
    }

    /** The frame, the caller's to release; what comes begins another one. */
    ByteBuf end() {
        ByteBuf frame = bytes;
        if (frame == null) {
            throw new IllegalStateException("the end of a frame that has not begun");
        }
        reset();
        return frame;
    }

    /** The connection is gone. */
    void discard() {
        if (bytes != null) {
            bytes.release();
        }
        reset();
    }

    private void reset() {
        room.giveBack(taken);
        bytes = null;
        size = 0;
        taken = 0;
        dropped = false;
    }
}
