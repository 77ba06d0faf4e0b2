package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Torn ends, which are as good as nothing, and damage, told from each other in every run's files. */
class JournalCheckTest {
    private static final int FILE_BYTES = 1 << 20;
    private static final int EXCERPT_HEADER_BYTES = 4;

    @TempDir
    Path data;

    private final Semaphore wakeUps = new Semaphore(0);
    private long replayed;

    /** One run of a broker: so many records, each in a batch of its own. */
    private void run(int records) throws IOException {
        JournalOptions options = new JournalOptions(data, SyncPolicy.BATCH, FILE_BYTES, wakeUps::release);
        try (ChronicleJournal journal = Journals.open(options, record -> {})) {
            for (int i = 0; i < records; i++) {
                Batch batch = journal.newBatch();
                batch.add(1, 1, frame(), true);
                journal.append(batch);
                long until = journal.sync();
                while (journal.syncedPlace() < until) {
                    if (journal.poll(record -> {}, 10) == 0 && journal.syncedPlace() < until) {
                        wakeUps.acquireUninterruptibly();
                    }
                }
            }
        }
    }

    private static ByteBuffer frame() {
        ByteBuffer frame = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        return frame.putInt(0, 196);
    }

    /** A run may have two: the first run of a directory goes on to another file once one is ready that is full of zeros. */
    private Path lastFile(int run) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve(String.format("journal/%08x", run)))) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private Path fileWith(long place) throws IOException {
        return check().files().stream()
                .filter(file -> file.firstPlace() <= place && place <= file.lastPlace())
                .findFirst()
                .orElseThrow()
                .path();
    }

    private static List<Path> torn(JournalCheck.Report report) {
        return report.files().stream()
                .filter(JournalCheck.FileReport::isTorn)
                .map(JournalCheck.FileReport::path)
                .toList();
    }

    /** What a cut left of a batch behind the last: its header, and a body that is not what the header says. */
    private void tear(int run, long first) throws IOException {
        Batch batch = new Batch();
        batch.add(1, 1, frame(), true);
        ByteBuffer sealed = batch.seal(run, first, 0, first - 1);
        ByteBuffer torn = ByteBuffer.allocate(sealed.remaining())
                .put(sealed)
                .put(120, (byte) 99)
                .flip();
        try (FileChannel channel = FileChannel.open(lastFile(run), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(FILE_BYTES);
            channel.read(bytes, 0);
            int end = bytes.position();
            while (bytes.get(end - 1) == 0) {
                end--;
            }
            channel.write(torn, (end + 64 & -EXCERPT_HEADER_BYTES) + EXCERPT_HEADER_BYTES);
        }
    }

    private void flipInBatchOf(long place) throws IOException {
        Path file = fileWith(place);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = JournalScanner.nextHeader(view, 0);
        while (view.getLong(at + Framing.BATCH_FIRST_PLACE) != place || view.getInt(at + Framing.BATCH_COUNT) == 0) {
            at = JournalScanner.nextHeader(view, at + EXCERPT_HEADER_BYTES);
        }
        bytes[at + 150] ^= 1;
        Files.write(file, bytes);
    }

    private JournalCheck.Report check() throws IOException {
        replayed = 0;
        return new JournalCheck(data).run(() -> JournalStart.BEGINNING, record -> replayed++);
    }

    @Test
    void shouldTakeTheTornEndOfAnyRunForWhatItIs() throws IOException {
        run(5);
        tear(1, 6);
        run(5);
        tear(2, 11);
        JournalCheck.Report report = check();
        assertFalse(report.isDamaged(), report.toString());
        assertNull(report.refusal());
        assertEquals(10, replayed);
        assertEquals(List.of(lastFile(1), lastFile(2)), torn(report));
    }

    @Test
    void shouldFindDamageInAFileWhoseEndIsTorn() throws IOException {
        run(5);
        tear(1, 6);
        run(5);
        Path damaged = fileWith(3);
        flipInBatchOf(3);
        JournalCheck.Report report = check();
        assertTrue(report.isDamaged());
        report.files()
                .forEach(file -> assertEquals(
                        file.path().equals(damaged) ? 1 : 0, file.damagedAt().size(), report.toString()));
        assertEquals(List.of(lastFile(1)), torn(report));
        assertTrue(String.valueOf(report.refusal()).startsWith("TQ-2001"), report.refusal());
    }

    @Test
    void shouldSayNothingBadOfASoundJournal() throws IOException {
        run(3);
        run(0);
        run(4);
        JournalCheck.Report report = check();
        assertFalse(report.isDamaged(), report.toString());
        assertEquals(7, replayed);
        assertEquals(
                7,
                report.files().stream()
                        .mapToLong(JournalCheck.FileReport::records)
                        .sum());
    }
}
