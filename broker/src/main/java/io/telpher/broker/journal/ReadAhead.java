package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The piece of a file that was read last. Tasks that are delivered in the order in which they came lie one behind the other, so a piece that was used well
 * is followed by one twice as large, up to {@link #AHEAD_BYTES_MAX}: then one read serves many frames. A reader that jumps gets small pieces again.
 *
 * <p>The invariant: what the piece holds does not change in the file any more. A closed file never changes; of the file that is written, nothing behind
 * the last whole batch is kept.
 */
final class ReadAhead {
    /** Of a file that is read in no order: most frames are smaller. */
    static final int PIECE_BYTES = 4 << 10;

    static final int AHEAD_BYTES_MAX = 64 << 10;

    /** A quarter has to be used for the next piece to be larger: between the frames of tasks lie those of acks. */
    private static final int USED_PARTS = 4;

    private static final int NONE = -1;

    private ByteBuffer piece = allocate(AHEAD_BYTES_MAX);
    private int file = NONE;
    private long from;
    private long to;
    private int planned = PIECE_BYTES;
    private long used;
    private int writtenFile = NONE;
    private long writtenTo;

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A batch that ends there was written to the file; nothing behind it was yet. */
    void wrote(int number, long end) {
        writtenFile = number;
        writtenTo = end;
    }

    /** Whether {@link #at} has all of these bytes without a read. */
    boolean holds(JournalFile source, long offset, int bytes) {
        return source.number() == file && offset >= from && offset + bytes <= to;
    }

    /**
     * Reads these bytes, and what promises to be asked for next. Fewer are there afterwards when the file is not that long.
     *
     * @throws IOException when the disk does not give back these bytes; what lies behind them may be lost without that
     */
    void read(JournalFile source, long offset, int bytes) throws IOException {
        planned = isNext(source, offset) && used * USED_PARTS >= to - from
                ? Math.min(planned * 2, AHEAD_BYTES_MAX)
                : PIECE_BYTES;
        int wanted = Math.max(bytes, (int) Math.min(planned, written(source) - offset));
        try {
            load(source, offset, wanted);
        } catch (IOException e) {
            if (wanted == bytes) {
                throw e;
            }
            load(source, offset, bytes);
        }
        used = 0;
    }

    /** Up to where something is in that file that does not change any more. */
    private long written(JournalFile source) {
        return source.number() == writtenFile ? writtenTo : Long.MAX_VALUE;
    }

    private boolean isNext(JournalFile source, long offset) {
        return source.number() == file && offset >= from && offset < to + AHEAD_BYTES_MAX;
    }

    private void load(JournalFile source, long offset, int bytes) throws IOException {
        file = NONE;
        if (piece.capacity() < bytes) {
            piece = allocate(bytes);
        }
        source.read(offset, piece.clear().limit(bytes));
        from = offset;
        to = offset + piece.position();
        to = Math.max(from, Math.min(to, written(source)));
        piece.clear();
        file = source.number();
    }

    /** How many bytes from there on are at hand. */
    int available(long offset) {
        return (int) (to - offset);
    }

    int intAt(long offset) {
        return piece.getInt((int) (offset - from));
    }

    /** These bytes, which {@link #holds} said are here; good until the next {@link #read}. */
    ByteBuffer at(long offset, int bytes) {
        used += bytes;
        return piece.slice((int) (offset - from), bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
