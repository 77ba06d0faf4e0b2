package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.memory.BufferBudget;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChronicleJournalTest {
    private static final long SMALL_FILES = 64 << 10;

    @TempDir
    Path directory;

    private final Semaphore wakeUps = new Semaphore(0);
    private final List<String> seen = new ArrayList<>();
    private final List<Long> locations = new ArrayList<>();

    private ChronicleJournal open() throws IOException {
        return open(SyncPolicy.BATCH, JournalOptions.FILE_BYTES_DEFAULT);
    }

    private ChronicleJournal open(SyncPolicy policy, long fileBytes) throws IOException {
        seen.clear();
        locations.clear();
        return Journals.open(new JournalOptions(directory, policy, fileBytes, wakeUps::release), this::remember);
    }

    private void remember(Record record) {
        assertEquals(seen.size() + 1, record.sequence());
        seen.add(text(record.buffer(), record.frameOffset(), record.frameBytes()));
        locations.add(record.location());
    }

    private static String text(ByteBuffer buffer, int offset, int bytes) {
        byte[] content = new byte[bytes - Integer.BYTES];
        buffer.get(offset + Integer.BYTES, content);
        return new String(content, StandardCharsets.UTF_8);
    }

    /** The journal reads a frame's length from its first four bytes, as every frame of the protocol begins. */
    private static ByteBuffer frame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .put(bytes)
                .flip();
    }

    private static void append(Log journal, int from, int count) {
        Batch batch = journal.newBatch();
        for (int i = from; i < from + count; i++) {
            batch.add(i, 7, frame("record " + i + " ".repeat(i % 13)), true);
        }
        assertTrue(journal.append(batch) > 0);
    }

    /** Polls until record {@code last} came, woken by the sync thread. */
    private void pollTo(Log journal, int last) {
        while (seen.size() < last) {
            if (journal.poll(this::remember, 10) == 0) {
                wakeUps.acquireUninterruptibly();
            }
        }
    }

    @Test
    void shouldMakeZerosOnlyWhereSyncsGainByThem() throws Exception {
        Set<Thread> others = zeroing();
        try (ChronicleJournal journal = open(SyncPolicy.NONE, SMALL_FILES)) {
            append(journal, 1, 1);
            assertEquals(others, zeroing());
        }
        try (ChronicleJournal journal = open(SyncPolicy.BATCH, SMALL_FILES)) {
            append(journal, 2, 1);
            assertEquals(others.size() + 1, zeroing().size());
        }
    }

    /** Each page that an append changes is one more for the next sync: it changes none but those that it lies in. */
    @Test
    void shouldLeaveTheBeginningOfAFileAloneWhileItGrows() throws IOException {
        try (ChronicleJournal journal = open(SyncPolicy.BATCH, SMALL_FILES)) {
            String before = "";
            int unchanged = 0;
            for (int i = 0; i < 40; i++) {
                append(journal, 1 + i * 100, 100);
                pollTo(journal, (i + 1) * 100);
                int file = Location.file(locations.get(i * 100));
                String now = file + " " + beginning(files().get(file - 1));
                unchanged += now.equals(before) ? 1 : 0;
                before = now;
            }
            assertEquals(40, unchanged + files().size());
        }
    }

    /** What Chronicle Queue keeps in front of the first excerpt. */
    private static String beginning(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate(256);
            channel.read(bytes, 0);
            return HexFormat.of().formatHex(bytes.array());
        }
    }

    private static Set<Thread> zeroing() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("telpher-zero"))
                .collect(Collectors.toSet());
    }

    @Test
    void shouldHandBackWhatWasAppendedAndAgainAfterReopening() throws IOException {
        try (ChronicleJournal journal = open()) {
            append(journal, 1, 10);
            append(journal, 11, 5);
            pollTo(journal, 15);
            assertEquals(15, journal.syncedPlace());
        }
        List<String> before = List.copyOf(seen);
        try (ChronicleJournal journal = open()) {
            assertEquals(before, seen);
            assertEquals(2, journal.epoch());
            append(journal, 16, 1);
            pollTo(journal, 16);
        }
        try (ChronicleJournal journal = open()) {
            assertEquals(16, seen.size());
            assertEquals(3, journal.epoch());
        }
    }

    /** As a node of a cluster that is started while nothing is agreed on: its snapshot ends with an earlier run's record. */
    @Test
    void shouldSayWhereItsLastRecordLiesThoughThisRunHasNone() throws IOException {
        try (ChronicleJournal journal = open()) {
            append(journal, 1, 10);
            pollTo(journal, 10);
        }
        JournalStart snapshot;
        try (ChronicleJournal journal = open()) {
            snapshot = new JournalStart(journal.polledPlace(), journal.polledLocation(), 10);
        }
        assertEquals(10, snapshot.place());
        JournalOptions options =
                new JournalOptions(directory, SyncPolicy.BATCH, JournalOptions.FILE_BYTES_DEFAULT, wakeUps::release);
        List<Long> again = new ArrayList<>();
        try (ChronicleJournal journal = Journals.open(options, snapshot, record -> again.add(record.sequence()))) {
            assertEquals(List.of(), again);
            assertEquals(10, journal.appendedSequence());
        }
    }

    @Test
    void shouldReleaseABatchThatNeedsNoSyncAtOnce() throws IOException {
        try (ChronicleJournal journal = open()) {
            Batch batch = journal.newBatch();
            batch.add(1, 0, frame("reserve"), false);
            journal.append(batch);
            assertEquals(1, journal.poll(this::remember, 1));
            assertEquals(0, journal.syncedPlace());
        }
    }

    /** Behind a slow sync many of them gather, each with a buffer of its own. */
    @Test
    void shouldHoldBackSmallBatchesByTheMemoryTheyTake() throws IOException {
        try (ChronicleJournal journal = open()) {
            long heldBytes = 0;
            int appended = 0;
            Batch batch = oneRecord(journal);
            while (journal.append(batch) != Log.BACK_PRESSURED) {
                appended++;
                heldBytes += batch.heldBytes();
                batch = oneRecord(journal);
            }
            assertTrue(heldBytes <= BufferBudget.IN_FLIGHT_BYTES_MAX, heldBytes + " bytes are held");
            pollTo(journal, appended);
            assertEquals(appended + 1, journal.append(batch));
            pollTo(journal, appended + 1);
        }
    }

    private static Batch oneRecord(Log journal) {
        Batch batch = journal.newBatch();
        batch.add(1, 7, frame("record"), true);
        return batch;
    }

    @Test
    void shouldReadByLocationAcrossFilesAndRestarts() throws IOException {
        try (ChronicleJournal journal = open(SyncPolicy.BATCH, SMALL_FILES)) {
            for (int i = 0; i < 40; i++) {
                append(journal, 1 + i * 100, 100);
                pollTo(journal, (i + 1) * 100);
            }
            checkReads(journal);
        }
        assertTrue(files().size() > 2, "the journal should have rolled");
        try (ChronicleJournal journal = open(SyncPolicy.BATCH, SMALL_FILES)) {
            assertEquals(4000, seen.size());
            checkReads(journal);
        }
    }

    private void checkReads(Store journal) {
        for (int i = 0; i < locations.size(); i += 37) {
            ByteBuffer frame = journal.read(locations.get(i));
            assertEquals(seen.get(i), text(frame, 0, frame.limit()));
        }
    }

    @Test
    void shouldReadAFrameLargerThanOneRead() throws IOException {
        try (ChronicleJournal journal = open()) {
            String large = "x".repeat(3 << 20);
            Batch batch = journal.newBatch();
            batch.add(1, 0, frame(large), true);
            journal.append(batch);
            pollTo(journal, 1);
            ByteBuffer frame = journal.read(locations.get(0));
            assertEquals(large, text(frame, 0, frame.limit()));
        }
    }

    @Test
    void shouldNotHandOutADamagedFrameWhoseChecksumNobodyRemembers() throws IOException {
        try (ChronicleJournal journal = open()) {
            append(journal, 1, 1);
            pollTo(journal, 1);
            Path file = files().get(0);
            long at = Location.offset(locations.get(0)) + Integer.BYTES;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one, at);
                one.put(0, (byte) (one.get(0) ^ 4));
                channel.write(one.rewind(), at);
            }
            assertThrows(CorruptJournalException.class, () -> journal.read(locations.get(0)));
        }
    }

    @Test
    void shouldRefuseASecondOwner() throws IOException {
        try (ChronicleJournal journal = open()) {
            JournalException refused = assertThrows(JournalException.class, this::open);
            assertTrue(
                    String.valueOf(refused.getMessage())
                            .contains("in use by process "
                                    + ProcessHandle.current().pid()),
                    refused.getMessage());
            append(journal, 1, 1);
            pollTo(journal, 1);
        }
    }

    @Test
    void shouldEndTheLogAtATornTailAndGoOnBehindIt() throws IOException {
        try (ChronicleJournal journal = open()) {
            append(journal, 1, 20);
            pollTo(journal, 20);
        }
        // A crash in the middle of the next batch: its header came to the disk, its body only in part.
        Path last = files().get(files().size() - 1);
        appendTornBatch(last, 21);
        try (ChronicleJournal journal = open()) {
            assertEquals(20, seen.size());
            append(journal, 21, 3);
            pollTo(journal, 23);
        }
        try (ChronicleJournal journal = open()) {
            assertEquals(23, seen.size());
            assertTrue(seen.get(20).startsWith("record 21"));
        }
    }

    private void appendTornBatch(Path file, int sequence) throws IOException {
        Batch batch = new Batch();
        for (int i = 0; i < 50; i++) {
            batch.add(1, 0, frame("never confirmed " + i), true);
        }
        ByteBuffer bytes = batch.seal(1, sequence, 0, sequence - 1);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            int end = endOfData(raw);
            byte[] half = new byte[bytes.limit() / 2];
            bytes.get(half);
            raw.seek(end + 4L);
            raw.write(half);
        }
    }

    private static int endOfData(RandomAccessFile raw) throws IOException {
        byte[] content = new byte[1 << 20];
        raw.seek(0);
        raw.readFully(content);
        return lastByte(content) + 7 & -8;
    }

    @Test
    void shouldDetectEveryFlippedBitInWhatWasSynced() throws IOException {
        try (ChronicleJournal journal = open()) {
            for (int i = 0; i < 10; i++) {
                append(journal, 1 + i * 5, 5);
                pollTo(journal, (i + 1) * 5);
            }
        }
        Path file = files().get(0);
        byte[] intact = head(file);
        List<String> all = List.copyOf(seen);
        Random random = new Random(20261124);
        int first = (int) Location.offset(locations.get(0)) - Framing.RECORD_HEADER_BYTES - Framing.BATCH_HEADER_BYTES;
        int detected = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = intact.clone();
            int at = first + random.nextInt(lastByte(intact) - first);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            detected += detects(damaged, all) ? 1 : 0;
        }
        assertTrue(detected > 1_500, "only " + detected + " of 2000 flips hit records");
    }

    /** True when refused; false when the damage hit nothing of ours: then every record must still be there. */
    private boolean detects(byte[] damaged, List<String> all) throws IOException {
        List<String> read = new ArrayList<>();
        Path copy = Files.createDirectories(directory.resolve("copy")).resolve("19700101-0001.cq4");
        Files.write(copy, damaged);
        try (JournalFile file = JournalFile.open(1, 1, copy, ChannelOpener.DISK)) {
            new JournalScanner(
                            List.of(file),
                            JournalStart.BEGINNING,
                            record -> read.add(text(record.buffer(), record.frameOffset(), record.frameBytes())))
                    .scan();
        } catch (CorruptJournalException e) {
            return true;
        }
        assertEquals(all, read);
        return false;
    }

    private static byte[] head(Path file) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            byte[] content = new byte[1 << 20];
            raw.readFully(content);
            return content;
        }
    }

    private static int lastByte(byte[] content) {
        int end = content.length;
        while (content[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private List<Path> files() {
        try (Stream<Path> tree = Files.walk(directory.resolve("journal"))) {
            return tree.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
