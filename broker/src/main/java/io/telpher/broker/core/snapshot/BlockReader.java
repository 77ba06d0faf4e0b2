package io.telpher.broker.core.snapshot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads the entries of one block. Every method throws {@link java.nio.BufferUnderflowException} where the block ends too early. */
public final class BlockReader {
    private final ByteBuffer body;

    /** @param body little endian, from its position to its limit */
    public BlockReader(ByteBuffer body) {
        this.body = body;
    }

    public boolean hasMore() {
        return body.hasRemaining();
    }

    public int u8() {
        return body.get() & 0xFF;
    }

    public int i32() {
        return body.getInt();
    }

    public long i64() {
        return body.getLong();
    }

    public String text() {
        byte[] bytes = new byte[count(1)];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Number of the entries that follow, each of {@code bytesEach} at least; refuses more than the block can hold. */
    public int count(int bytesEach) {
        int count = body.getInt();
        if (count < 0 || (long) count * bytesEach > body.remaining()) {
            throw new DamagedSnapshotException("a count of " + count + " in a block that is too short for it");
        }
        return count;
    }

    public void longs(long[] into) {
        body.asLongBuffer().get(into);
        body.position(body.position() + into.length * Long.BYTES);
    }

    public void ints(int[] into) {
        body.asIntBuffer().get(into);
        body.position(body.position() + into.length * Integer.BYTES);
    }

    public void shorts(short[] into) {
        body.asShortBuffer().get(into);
        body.position(body.position() + into.length * Short.BYTES);
    }
}
