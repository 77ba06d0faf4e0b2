package io.telpher.broker.core.snapshot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Fills blocks of one kind with entries; an entry never lies in two blocks. */
public final class BlockWriter {
    private static final int BLOCK_BYTES = 256 << 10;

    private final SnapshotSink sink;
    private final BlockKind kind;
    private @Nullable ByteBuffer buffer;

    public BlockWriter(SnapshotSink sink, BlockKind kind) {
        this.sink = sink;
        this.kind = kind;
    }

    /** Begins an entry of at most {@code bytesMax}; it never lies in two blocks. */
    public BlockWriter entry(int bytesMax) {
        if (bytesMax > SnapshotFormat.BLOCK_BYTES_MAX) {
            throw new IllegalStateException("an entry of " + bytesMax + " bytes fits into no block");
        }
        if (buffer != null && buffer.remaining() < bytesMax) {
            flush();
        }
        if (buffer == null) {
            buffer = sink.buffer(Math.max(BLOCK_BYTES, bytesMax));
        }
        return this;
    }

    /** Hands over what was written; nothing when nothing was. */
    public void flush() {
        ByteBuffer full = buffer;
        if (full != null) {
            buffer = null;
            sink.block(kind, full);
        }
    }

    private ByteBuffer buffer() {
        ByteBuffer open = buffer;
        if (open == null) {
            throw new IllegalStateException("no entry was begun");
        }
        return open;
    }

    public BlockWriter u8(int value) {
        buffer().put((byte) value);
        return this;
    }

    public BlockWriter i32(int value) {
        buffer().putInt(value);
        return this;
    }

    public BlockWriter i64(long value) {
        buffer().putLong(value);
        return this;
    }

    /** Bytes that {@link #text} takes. */
    public static int textBytes(String text) {
        return Integer.BYTES + text.getBytes(StandardCharsets.UTF_8).length;
    }

    public BlockWriter text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        buffer().putInt(bytes.length).put(bytes);
        return this;
    }

    public BlockWriter longs(long[] values, int from, int count) {
        ByteBuffer into = buffer();
        into.asLongBuffer().put(values, from, count);
        into.position(into.position() + count * Long.BYTES);
        return this;
    }

    public BlockWriter longs(long[] values) {
        return longs(values, 0, values.length);
    }

    public BlockWriter ints(int[] values) {
        ByteBuffer into = buffer();
        into.asIntBuffer().put(values);
        into.position(into.position() + values.length * Integer.BYTES);
        return this;
    }

    public BlockWriter shorts(short[] values) {
        ByteBuffer into = buffer();
        into.asShortBuffer().put(values);
        into.position(into.position() + values.length * Short.BYTES);
        return this;
    }
}
