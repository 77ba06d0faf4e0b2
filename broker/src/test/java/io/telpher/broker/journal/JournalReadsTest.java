package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A frame is read as it was appended, or it is said that it can't be. */
class JournalReadsTest {
    private static final int SEED = 7;

    @TempDir
    Path directory;

    private record Appended(long location, int crc, byte[] bytes) {}

    private final Random random = new Random(SEED);
    private final List<Appended> all = new ArrayList<>();
    private ChronicleJournal journal;

    @BeforeEach
    void open() throws IOException {
        journal = Journals.open(new JournalOptions(directory, SyncPolicy.NONE, 64 << 10, () -> {}), record -> {});
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    private int reads;

    private void append(int bytes) {
        byte[] frame = new byte[bytes];
        random.nextBytes(frame);
        ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).putInt(0, bytes - Integer.BYTES);
        Batch batch = journal.newBatch();
        batch.add(1, 7, ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN), true);
        assertTrue(journal.append(batch) > 0);
        journal.poll(record -> all.add(new Appended(record.location(), record.crc(), frame)), 10);
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    /** Also those that take more than one read, each after a longer and a shorter one. */
    @Test
    void shouldReadFramesOfEveryLength() {
        for (int bytes : new int[] {12, 4_096, 100, 8_191, 8_192, 8_193, 300_000, 5_000, 64}) {
            append(bytes);
        }
        for (Appended each : all) {
            assertArrayEquals(each.bytes, bytes(journal.read(each.location, each.crc)));
        }
    }

    @Test
    void shouldNotTakeOneFrameForAnother() {
        append(100);
        append(100);
        Appended first = all.get(0);
        Appended second = all.get(1);
        assertThrows(CorruptJournalException.class, () -> journal.read(first.location, second.crc));
        assertThrows(CorruptJournalException.class, () -> journal.read(first.location + 8, first.crc));
    }

    @Test
    void shouldNotReadFromAFileThatWasDeleted() {
        for (int i = 0; i < 20; i++) {
            append(10_000);
        }
        Appended first = all.get(0);
        assertTrue(journal.isKept(first.location));
        journal.delete(Location.file(first.location));
        assertFalse(journal.isKept(first.location));
        assertThrows(JournalException.class, () -> journal.read(first.location, first.crc));
    }

    private void readAll(List<Appended> wanted) {
        journal.onRead(nanos -> reads++);
        for (Appended each : wanted) {
            assertArrayEquals(each.bytes, bytes(journal.read(each.location, each.crc)));
        }
    }

    @Test
    void shouldReadManyFramesAtOnceThatComeInOrder() throws IOException {
        journal.close();
        journal = Journals.open(
                new JournalOptions(directory.resolve("large"), SyncPolicy.NONE, 8 << 20, () -> {}), record -> {});
        for (int i = 0; i < 1_000; i++) {
            append(2_048);
        }
        readAll(all);
        assertTrue(reads < 100, reads + " reads of 1,000 frames in order");
    }

    /** Its length and the rest of it come by one read. */
    @Test
    void shouldReadEachFrameOnceThatComeInNoOrder() {
        for (int i = 0; i < 500; i++) {
            append(1_000);
        }
        Collections.shuffle(all, random);
        readAll(all);
        assertTrue(reads <= all.size(), reads + " reads of 500 frames");
    }

    /** What lies behind the last batch is not yet what will be there. */
    @Test
    void shouldReadWhatWasAppendedBehindWhatWasRead() {
        for (int i = 0; i < 200; i++) {
            append(500);
            readAll(all.subList(all.size() - 1, all.size()));
        }
    }
}
