package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of one machine alone: in its journal they have a place like any, so none is lost unseen; in the order of records they take no part. */
class LocalRecordsTest {
    @TempDir
    Path directory;

    private final Semaphore wakeUps = new Semaphore(0);
    private final List<String> seen = new ArrayList<>();

    private ChronicleJournal open(JournalStart start) throws IOException {
        seen.clear();
        return Journals.open(
                new JournalOptions(directory, SyncPolicy.BATCH, JournalOptions.FILE_BYTES_DEFAULT, wakeUps::release),
                start,
                this::remember);
    }

    private void remember(Record record) {
        seen.add((record.isLocal() ? "local" : "record") + " " + record.sequence() + " at " + record.place());
    }

    private static void fill(Batch batch, int records) {
        for (int i = 0; i < records; i++) {
            ByteBuffer frame = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
            batch.add(1, 0, frame.putInt(0, 36), true);
        }
    }

    private void append(Log log, int records) {
        Batch batch = log.newBatch();
        fill(batch, records);
        assertTrue(log.append(batch) > 0);
    }

    private long appendLocal(Store store, int records) {
        Batch batch = store.newLocalBatch();
        fill(batch, records);
        return store.appendLocal(batch);
    }

    private void pollTo(ChronicleJournal journal, long place) {
        while (journal.polledPlace() < place) {
            if (journal.poll(this::remember, 10) == 0) {
                wakeUps.acquireUninterruptibly();
            }
        }
    }

    private static final List<String> ALL =
            List.of("record 1 at 1", "record 2 at 2", "local 2 at 3", "local 2 at 4", "record 3 at 5", "local 3 at 6");

    /** Two records, two local ones, a record, a local one; returns where a snapshot after the first two of the local ones begins. */
    private JournalStart write() throws IOException {
        try (ChronicleJournal journal = open(JournalStart.BEGINNING)) {
            append(journal, 2);
            assertEquals(4, appendLocal(journal, 2));
            assertEquals(2, journal.appendedSequence());
            pollTo(journal, 4);
            assertEquals(2, journal.releasedSequence());
            JournalStart start = new JournalStart(journal.polledPlace(), journal.polledLocation(), 3);
            append(journal, 1);
            assertEquals(3, journal.appendedSequence());
            assertEquals(6, appendLocal(journal, 1));
            long all = journal.sync();
            assertEquals(6, all);
            pollTo(journal, all);
            assertEquals(ALL, seen);
            assertEquals(3, journal.releasedSequence());
            return start;
        }
    }

    @Test
    void shouldTakeAPlaceAndNoSequence() throws IOException {
        write();
        try (ChronicleJournal journal = open(JournalStart.BEGINNING)) {
            assertEquals(ALL, seen);
            assertEquals(3, journal.appendedSequence());
            append(journal, 1);
            pollTo(journal, 7);
            assertEquals("record 4 at 7", seen.get(6));
        }
    }

    @Test
    void shouldBeReadFromASnapshotOn() throws IOException {
        JournalStart start = write();
        try (ChronicleJournal journal = open(start)) {
            assertEquals(ALL.subList(4, 6), seen);
            assertEquals(3, journal.appendedSequence());
        }
    }

    @Test
    void shouldBeReadUpToASequenceByAnotherReader() throws IOException {
        write();
        try (JournalReader reader = JournalReader.open(directory)) {
            seen.clear();
            reader.read(JournalStart.BEGINNING, 2, this::remember);
        }
        assertEquals(ALL.subList(0, 2), seen);
    }

    /** A start that passed over it would read at a place that the copy has left, or from a file that is gone. */
    @Test
    void shouldBeMissedWhenDamaged() throws IOException {
        write();
        List<String> intact;
        try (ChronicleJournal journal = open(JournalStart.BEGINNING)) {
            intact = List.copyOf(seen);
            assertEquals(3, journal.appendedSequence());
        }
        damageFirstLocalBatch();
        assertEquals(ALL, intact);
        assertThrows(CorruptJournalException.class, () -> open(JournalStart.BEGINNING));
    }

    /** One in which nothing is intact would be taken for a torn tail, and a journal of another format for an empty one. */
    @Test
    void shouldRefuseAnOlderFormat() throws IOException {
        write();
        Path file = files().get(0);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = JournalScanner.nextHeader(view, 0);
        view.putShort(at + Framing.BATCH_VERSION, (short) 1).putInt(at + 44, Framing.crc(view, at, 44));
        Files.write(file, bytes);
        JournalException refused = assertThrows(JournalException.class, () -> open(JournalStart.BEGINNING));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-2032 "), refused.toString());
    }

    private void damageFirstLocalBatch() throws IOException {
        for (Path file : files()) {
            byte[] bytes = Files.readAllBytes(file);
            ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = JournalScanner.nextHeader(view, 0);
                    at != JournalScanner.NOTHING;
                    at = JournalScanner.nextHeader(view, at + Integer.BYTES)) {
                if (Framing.isLocal(view, at)) {
                    bytes[at + Framing.BATCH_HEADER_BYTES + Framing.RECORD_HEADER_BYTES + 10] ^= 1;
                    Files.write(file, bytes);
                    return;
                }
            }
        }
        throw new AssertionError("no local batch");
    }

    /** Of the first run: it goes on to another one once that is ready. */
    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("journal/00000001"))) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
    }
}
