package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.telpher.broker.memory.BufferRoom;
import io.telpher.protocol.frame.Frame;
import org.junit.jupiter.api.Test;

class IncompleteFrameTest {
    private static final int ROOM_BYTES = 1000;

    private final BufferRoom room = new BufferRoom(ROOM_BYTES);
    private final IncompleteFrame frame = new IncompleteFrame(UnpooledByteBufAllocator.DEFAULT, room);

    /** So many bytes after the length, each its own place in the frame. */
    private static ByteBuf frame(int length) {
        ByteBuf bytes = Unpooled.buffer().writeIntLE(length);
        for (int i = Frame.LENGTH_BYTES; i < Frame.LENGTH_BYTES + length; i++) {
            bytes.writeByte(i);
        }
        return bytes;
    }

    private void takeAll(ByteBuf from, int step) {
        while (from.isReadable() && !frame.isComplete()) {
            frame.take(from.readSlice(Math.min(step, from.readableBytes())), Integer.MAX_VALUE);
        }
    }

    @Test
    void shouldPutAFrameTogetherHoweverItComes() {
        for (int step : new int[] {1, 3, 7, 100}) {
            ByteBuf whole = frame(100);
            takeAll(whole.duplicate(), step);
            assertTrue(frame.isComplete());
            ByteBuf end = frame.end();
            assertEquals(whole, end);
            end.release();
            assertEquals(0, room.takenBytes());
            assertTrue(frame.isEmpty());
        }
    }

    @Test
    void shouldLeaveWhatFollowsTheFrame() {
        ByteBuf from = frame(8).writeInt(17);
        frame.take(from, 100);
        assertTrue(frame.isComplete());
        assertEquals(17, from.readInt());
        frame.discard();
    }

    @Test
    void shouldKeepTheHeaderOnlyWhenThereIsNoRoom() {
        for (int step : new int[] {1, 5, 600, 5000}) {
            ByteBuf whole = frame(2 * ROOM_BYTES);
            takeAll(whole.duplicate(), step);
            assertTrue(frame.isComplete());
            assertTrue(frame.isDropped());
            assertEquals(0, room.takenBytes());
            ByteBuf end = frame.end();
            assertEquals(whole.slice(0, Frame.HEADER_BYTES), end);
            end.release();
            assertFalse(frame.isDropped());
        }
    }

    @Test
    void shouldNotMissWhatIsOverlyLong() {
        ByteBuf from = frame(50);
        frame.take(from, 49);
        assertTrue(frame.hasLength());
        assertEquals(54, frame.frameBytes());
        assertEquals(50, from.readableBytes(), "nothing is taken of it");
        frame.discard();
        assertEquals(0, room.takenBytes());
    }
}
