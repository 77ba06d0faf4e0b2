package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each 8 bytes of the file say where they are. */
class ReadAheadTest {
    private static final int BYTES = 1 << 20;

    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk(Path.of("."), Path.of("."));
    private final ReadAhead ahead = new ReadAhead();
    private JournalFile file;
    private int reads;

    @BeforeEach
    void write() throws IOException {
        ByteBuffer all = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (all.hasRemaining()) {
            all.putLong(all.position());
        }
        Path path = Files.write(directory.resolve("file"), all.array());
        file = JournalFile.open(
                1, 1, path, at -> new FaultyChannel(disk, at, FileChannel.open(at, StandardOpenOption.READ)));
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    private void read(long offset, int bytes) throws IOException {
        if (!ahead.holds(file, offset, bytes)) {
            ahead.read(file, offset, bytes);
            reads++;
        }
        assertTrue(ahead.holds(file, offset, bytes));
        ByteBuffer piece = ahead.at(offset, bytes);
        assertEquals(bytes, piece.remaining());
        assertEquals(offset, piece.getLong(0));
        assertEquals(offset + bytes - Long.BYTES, piece.getLong(bytes - Long.BYTES));
    }

    @Test
    void shouldReadTwiceAsMuchAsLongAsThatIsUsed() throws IOException {
        for (int at = 0; at < 200_000; at += 2_000) {
            read(at, 2_000);
        }
        assertTrue(reads < 12, reads + " reads of 100 frames");
        read(300_000, 2_000);
        assertFalse(ahead.holds(file, 300_000, ReadAhead.PIECE_BYTES + 1), "after a jump");
    }

    @Test
    void shouldReadLittleWhenLittleOfItIsUsed() throws IOException {
        for (int at = 0; at < 500_000; at += 40_000) {
            read(at, 200);
            assertFalse(ahead.holds(file, at, 2 * ReadAhead.PIECE_BYTES + 1), "at " + at);
        }
    }

    @Test
    void shouldHoldNothingBehindTheLastBatch() throws IOException {
        ahead.wrote(1, 1_000);
        read(0, 504);
        assertTrue(ahead.holds(file, 504, 496));
        assertFalse(ahead.holds(file, 504, 497));
        ahead.wrote(1, 2_000);
        read(504, 1_496);
        ahead.wrote(2, 0);
        read(1_000, 2_000);
    }

    @Test
    void shouldReadNoZerosBehindTheLastBatch() throws IOException {
        for (int end = 2_000; end <= 200_000; end += 2_000) { // each task is taken as soon as it is there
            ahead.wrote(1, end);
            read(end - 2_000, 2_000);
        }
        assertEquals(200_000, disk.askedBytes());
    }

    /** Bytes that nothing asked for say nothing about those that were. */
    @Test
    void shouldReadUpToBytesThatTheDiskDoesNotGiveBack() throws IOException {
        disk.loseFrom(10_000);
        for (int at = 0; at < 10_000; at += 2_000) {
            read(at, 2_000);
        }
        assertThrows(IOException.class, () -> ahead.read(file, 10_000, 8));
        assertThrows(IOException.class, () -> ahead.read(file, 9_000, 2_000));
        assertFalse(ahead.holds(file, 9_000, 8), "after a read that failed");
    }

    @Test
    void shouldHoldAFrameThatIsLargerThanAnyPiece() throws IOException {
        read(8, 300_000);
        read(300_008, 80);
    }
}
