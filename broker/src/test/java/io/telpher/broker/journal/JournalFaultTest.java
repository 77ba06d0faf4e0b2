package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on disks that lose power, fail and fill up: what it confirmed is there at the next start, whole and in order. */
class JournalFaultTest {
    private static final long ONE_FILE = 1L << 30;
    private static final int SMALL_FILES = 256 << 10;

    @TempDir
    Path temporary;

    private final Semaphore wakeUps = new Semaphore(0);
    private final List<Integer> confirmed = new ArrayList<>();
    private final List<Integer> recovered = new ArrayList<>();
    private Path data;
    private Path survivors;
    private FaultyDisk disk;
    private int last;

    @BeforeEach
    void makeDisk() {
        data = temporary.resolve("data");
        survivors = temporary.resolve("survivors");
        disk = new FaultyDisk(data, survivors);
    }

    @AfterEach
    void shouldHaveBeenPutToUse() {
        assertTrue(!confirmed.isEmpty(), "a test that confirms nothing shows nothing");
    }

    private ChronicleJournal open(long fileBytes) throws IOException {
        return Journals.open(
                new JournalOptions(data, SyncPolicy.BATCH, fileBytes, wakeUps::release), record -> {}, disk);
    }

    /** A frame whose content follows from its number. */
    private static ByteBuffer frame(int number, int bytes) {
        byte[] content = new byte[bytes];
        new Random(number).nextBytes(content);
        return ByteBuffer.allocate(2 * Integer.BYTES + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Integer.BYTES + bytes)
                .putInt(number)
                .put(content)
                .flip();
    }

    private static int number(Record record) {
        int number = record.buffer().getInt(record.frameOffset() + Integer.BYTES);
        ByteBuffer read = record.buffer().duplicate().position(record.frameOffset());
        read.limit(record.frameOffset() + record.frameBytes());
        assertEquals(frame(number, record.frameBytes() - 2 * Integer.BYTES), read, "record " + number);
        return number;
    }

    private void append(Log journal, int records, int bytes) {
        Batch batch = journal.newBatch();
        for (int i = 0; i < records; i++) {
            batch.add(1, 7, frame(++last, bytes), true);
        }
        assertTrue(journal.append(batch) > 0);
    }

    private void poll(Log journal, int until) {
        while (confirmed.size() < until) {
            if (journal.poll(record -> confirmed.add(number(record)), 10) == 0) {
                wakeUps.acquireUninterruptibly();
            }
        }
    }

    /** What a broker started on this directory finds; it must go on from there, and find it again. */
    private void recover(Path directory) throws IOException {
        for (int start = 0; start < 2; start++) {
            recovered.clear();
            Journals.open(
                            new JournalOptions(directory, SyncPolicy.BATCH, SMALL_FILES, wakeUps::release),
                            record -> recovered.add(number(record)))
                    .close();
        }
    }

    private static List<Integer> upTo(int number) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 1; i <= number; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    /** Chronicle maps 128 MiB at a time; data behind the first mapping must be as safe as before it. */
    @Test
    void shouldKeepWhatItConfirmedOverAPowerCutBehindAMappingsEnd() throws IOException {
        ChronicleJournal journal = open(ONE_FILE);
        try {
            for (int i = 0; i < 9; i++) {
                append(journal, 8, 2 << 20);
                poll(journal, last);
            }
            assertTrue(journal.appendedBytes() > 140L << 20);
            append(journal, 1, 100);
            poll(journal, last);
            int kept = last;
            recover(copyOfSurvivors("at-once"));
            assertEquals(upTo(kept), recovered);
        } finally {
            journal.close();
        }
    }

    @Test
    void shouldKeepWhatItConfirmedOverAPowerCutAroundEachRoll() throws IOException {
        try (ChronicleJournal journal = open(SMALL_FILES)) {
            for (int i = 0; i < 12; i++) {
                append(journal, 20, 5_000);
                poll(journal, last);
                append(journal, 1, 70_000);
                // The second batch is appended, on its way, or there; the first was confirmed.
                recover(copyOfSurvivors("cut-" + i));
                assertTrue(recovered.size() >= confirmed.size(), recovered.size() + " < " + confirmed.size());
                assertEquals(upTo(recovered.size()), recovered);
                poll(journal, last);
            }
            assertTrue(files(data) > 3, "the journal should have rolled");
        }
    }

    private Path copyOfSurvivors(String name) throws IOException {
        Path copy = temporary.resolve(name);
        try (var tree = Files.walk(survivors)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith("copying")) {
                    Path target = copy.resolve(survivors.relativize(file));
                    Files.createDirectories(target.getParent());
                    // A survivor is replaced, never written to, and a start appends to files of its own.
                    Files.createLink(target, file);
                }
            }
        }
        return copy;
    }

    private static long files(Path directory) throws IOException {
        try (var tree = Files.walk(directory)) {
            return tree.filter(file -> file.toString().endsWith(".cq4")).count();
        }
    }

    @Test
    void shouldConfirmNothingThatAFailedForceLeftOpen() throws IOException {
        ChronicleJournal journal = open(ONE_FILE);
        append(journal, 5, 500);
        poll(journal, 5);
        disk.failForcesAfter(0);
        append(journal, 5, 500);
        JournalException failure = assertThrows(JournalException.class, () -> poll(journal, 10));
        assertTrue(String.valueOf(failure.getMessage()).contains("TQ-2007"), failure.getMessage());
        // Also when the disk seems to work again: what the kernel could not write it may have dropped.
        disk.failForcesAfter(Integer.MAX_VALUE);
        assertThrows(JournalException.class, () -> append(journal, 1, 1));
        assertThrows(JournalException.class, () -> journal.poll(record -> {}, 1));
        assertEquals(upTo(5), confirmed);
        journal.close();

        recover(copyOfSurvivors("after-power-cut"));
        assertEquals(upTo(5), recovered);
        recover(data);
        assertTrue(recovered.size() >= 5);
        assertEquals(upTo(recovered.size()), recovered);
    }

    @Test
    void shouldConfirmNothingThatAFullDiskCutOff() throws IOException {
        for (long room : new long[] {0, 1, 40, 48, 300, 4096, 9_999}) {
            data = temporary.resolve("full-" + room);
            survivors = temporary.resolve("survivors-" + room);
            disk = new FaultyDisk(data, survivors);
            confirmed.clear();
            last = 0;
            ChronicleJournal journal = open(ONE_FILE);
            append(journal, 5, 500);
            poll(journal, 5);
            disk.fillUpAfter(room);
            JournalException failure = assertThrows(JournalException.class, () -> append(journal, 20, 500));
            assertTrue(String.valueOf(failure.getMessage()).contains("No space left"), failure.getMessage());
            assertThrows(JournalException.class, () -> journal.poll(record -> {}, 1));
            assertEquals(upTo(5), confirmed);
            journal.close();
            recover(data);
            assertEquals(upTo(5), recovered, "with room for " + room + " bytes");
        }
    }

    /** The mark that a writer leaves on an excerpt it has begun names its process; here it is this very process, as after a restart in a container. */
    @Test
    void shouldStartAtOnceBehindAnExcerptThatThisPidLeftOpen() throws IOException {
        ChronicleJournal journal = open(ONE_FILE);
        append(journal, 5, 500);
        poll(journal, 5);
        Path file;
        try (var tree = Files.walk(data)) {
            file = tree.filter(each -> each.toString().endsWith(".cq4"))
                    .findFirst()
                    .orElseThrow();
        }
        journal.close();
        leaveOpen(file);
        recover(data);
        assertEquals(upTo(5), recovered);
    }

    private static void leaveOpen(Path file) throws IOException {
        int notComplete = 0x8000_0000;
        int pidMask = 0x3FFF_FFFF;
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] content = new byte[1 << 20];
            raw.readFully(content);
            int end = content.length;
            while (content[end - 1] == 0) {
                end--;
            }
            raw.seek(end + 3 & -4);
            raw.writeInt(Integer.reverseBytes(
                    notComplete | (int) ProcessHandle.current().pid() & pidMask));
        }
    }
}
