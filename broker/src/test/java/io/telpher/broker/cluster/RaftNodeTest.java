package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.MemoryJournal;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.Tick;
import io.telpher.testing.faults.PowerLossFileSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One node that is a majority by itself, with Raft's real library. */
@Timeout(120)
class RaftNodeTest {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int LOOK_MS = 5;
    private static final int POWER_CUTS = 6;

    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final MemoryJournal journal = new MemoryJournal();
    private final List<Long> stamps = new ArrayList<>();
    private ClusterSettings settings;
    private volatile long epoch;

    @BeforeEach
    void makeNode() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        settings = new ClusterSettings(
                "test",
                "n1",
                Map.of("n1", "127.0.0.1:" + port),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                "",
                Duration.ofMillis(300),
                Duration.ofMillis(600),
                Duration.ofSeconds(5),
                Duration.ofMillis(500),
                null);
        new NodeFile(UUID.randomUUID(), "test", "n1", false).write(directory);
    }

    /** The node, and the log that this test's thread reads in the place of a partition's. */
    private final class Running implements AutoCloseable {
        final RaftNode node;
        final AgreedLog log;

        Running() throws IOException {
            node = new RaftNode(settings, directory, journal.releasedSequence(), failures::add);
            log = new AgreedLog(0, journal, () -> epoch, () -> 1, version -> true, node, () -> {});
            node.advertises(1);
            try {
                node.start(log);
            } catch (RuntimeException e) {
                node.close();
                throw e;
            }
        }

        void until(BooleanSupplier reached) throws InterruptedException {
            long begin = System.nanoTime();
            while (!reached.getAsBoolean()) {
                assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, () -> "not reached; failures: " + failures);
                poll();
                Thread.sleep(LOOK_MS);
            }
        }

        private void poll() {
            log.poll(RaftNodeTest.this::apply, 100);
        }

        long lead() throws InterruptedException {
            until(log::mayLead);
            long begun = log.lead();
            append(NewTerm.write(new FrameWriter(), 0, begun, 1, 0, 1, 1), 1);
            until(() -> epoch == begun);
            return begun;
        }

        void append(FrameWriter frame, long stampMs) throws InterruptedException {
            Batch batch = log.newBatch();
            batch.add(stampMs, 0, frame.written(), true);
            until(() -> log.append(batch) != Log.BACK_PRESSURED);
        }

        void ticks(int count) throws InterruptedException {
            for (int i = 0; i < count; i++) {
                append(Tick.write(new FrameWriter(), 0, 1, 0), stamps.size() + 10L);
            }
            until(() -> journal.releasedSequence() == log.appendedSequence());
        }

        @Override
        public void close() throws IOException {
            node.close();
        }
    }

    private void apply(Record record) {
        ByteBuffer frame = record.buffer();
        int at = record.frameOffset();
        if (Frame.typeCode(frame, at) == MessageType.NEW_TERM.code()) {
            epoch = new NewTerm().wrap(frame, at).term();
        }
        stamps.add(record.stampMs());
    }

    @Test
    @DisplayName("who resigns leads again in another epoch, and what its first leadership proposes then is dropped")
    void leadsAgain() throws Exception {
        try (Running running = new Running()) {
            long first = running.lead();
            assertTrue(NodeFile.read(directory, settings).isFormed());
            running.ticks(3);
            assertEquals(4, journal.releasedSequence());
            assertTrue(running.log.isLeading(1));
            running.log.deposed();
            running.node.propose(1, ByteBuffer.allocate(Long.BYTES)); // damaged, were it agreed on
            running.node.resign();
            long second = running.lead();
            assertTrue(second > first);
            running.ticks(2);
            assertEquals(7, journal.releasedSequence());
            assertEquals(0, running.log.voidBatches());
            assertEquals("n1", running.node.leader());
            assertTrue(running.node.leaderAddress().endsWith(":1"), running.node::leaderAddress);
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    @DisplayName("a leader that lost its role without a word gets it back by itself")
    void triesAgain() throws Exception {
        try (Running running = new Running()) {
            running.lead();
            running.log.deposed();
            running.log.stopLeading();
            running.lead();
            assertEquals(2, journal.releasedSequence());
        }
    }

    @Test
    @DisplayName("a shared log with a bad byte, in its last entry or behind it, is refused with what to do")
    void refusesADamagedLog() throws Exception {
        try (Running running = new Running()) {
            running.lead();
            running.ticks(3);
        }
        Path log;
        try (Stream<Path> files = Files.walk(directory.resolve("raft"))) {
            log = files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(log);
        int last = bytes.length - 1;
        while (bytes[last] == 0) {
            last--;
        }
        int inLastEntry = last - 2 * Integer.BYTES;
        byte[] ends = Arrays.copyOf(bytes, inLastEntry);
        byte[] badChecksum = bytes.clone();
        badChecksum[last] ^= 0x5a;
        byte[] badData = bytes.clone();
        badData[inLastEntry] ^= 0x5a;
        for (byte[] damaged : List.of(badChecksum, badData, ends)) {
            Files.write(log, damaged);
            JournalException refused = assertThrows(JournalException.class, Running::new);
            assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-5040 "), refused::getMessage);
            assertTrue(String.valueOf(refused.getMessage()).endsWith("tq cluster replace n1"), refused::getMessage);
        }
        Files.write(log, bytes);
        try (Running running = new Running()) {
            running.lead();
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    @DisplayName("a start reads again what no snapshot covers, and nothing else")
    void readsAgain() throws Exception {
        long covers = 0;
        try (Running running = new Running()) {
            running.lead();
            running.ticks(600);
            covers = 256; // as many batches as are credited together: nothing is left over to be read twice
            AgreedLog.Place place = running.log.covered(covers);
            assertTrue(place.index() > 0);
            running.node.covered(place, covers);
            running.until(() -> Files.exists(directory.resolve("raft.covered")));
        }
        List<Long> before = List.copyOf(stamps);
        journal.cutTo(covers);
        stamps.subList((int) covers, stamps.size()).clear();
        try (Running running = new Running()) {
            running.until(() -> stamps.size() >= before.size());
            running.lead();
            assertEquals(before, stamps.subList(0, before.size()));
            assertEquals(0, running.log.voidBatches());
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    @DisplayName("what was agreed on is there after each power cut: bytes, and the names of the files that they are in")
    void keepsWhatWasAgreedOnWithoutPower() throws Exception {
        String missing = PowerLossFileSystem.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no power cuts, because " + missing);
        Path node = directory.resolve("node.json");
        Random random = new Random(1);
        try (PowerLossFileSystem disk = PowerLossFileSystem.mount(Files.createDirectory(directory.resolve("disk")))) {
            Path data = Files.createDirectory(disk.directory().resolve("data"));
            Files.move(node, data.resolve("node.json"));
            DurableFile.force(data);
            DurableFile.force(disk.directory());
            directory = data;
            List<Long> agreed = List.of();
            for (int cut = 0; cut < POWER_CUTS; cut++) {
                int before = agreed.size();
                stamps.clear();
                journal.cutTo(0); // all of it is read again
                epoch = 0;
                try (Running running = new Running()) {
                    running.until(() -> stamps.size() >= before);
                    assertEquals(agreed, stamps.subList(0, before), "after cut " + cut);
                    running.lead();
                    running.ticks(20);
                    agreed = List.copyOf(stamps);
                }
                disk.cut(random);
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    @DisplayName("a journal that ends before what the shared log was cut at is refused, and so is a log that is gone")
    void refusesWhatIsMissing() throws Exception {
        try (Running running = new Running()) {
            running.lead();
            running.ticks(300);
            running.node.covered(running.log.covered(300), 300);
            running.until(() -> Files.exists(directory.resolve("raft.covered")));
        }
        journal.cutTo(299);
        JournalException tooShort = assertThrows(JournalException.class, Running::new);
        assertTrue(tooShort.toString().contains("TQ-5005"), tooShort::toString);
        journal.cutTo(300);
        Files.move(directory.resolve("raft"), directory.resolve("raft.away"));
        JournalException gone = assertThrows(JournalException.class, Running::new);
        assertTrue(gone.toString().contains("TQ-5004"), gone::toString);
        assertFalse(Files.exists(directory.resolve("raft")));
    }

    @Test
    @DisplayName(
            "a survivor goes on alone: with all that its log holds, as another member of another cluster, in later epochs")
    void goesOnAlone() throws Exception {
        long before;
        try (Running running = new Running()) {
            before = running.lead();
            running.ticks(20);
        }
        NodeFile was = NodeFile.read(directory, settings);
        List<Long> agreed = List.copyOf(stamps);
        journal.cutTo(7); // it had not come so far
        stamps.subList(7, stamps.size()).clear();
        LoneNode survivor = LoneNode.survivor(settings, directory);
        AgreedLog log = new AgreedLog(0, journal, () -> epoch, () -> 1, version -> true, new Nobody(), () -> {});
        AgreedLog.Place last = survivor.batches((place, entry) -> {
            log.agreed(place, entry);
            log.poll(this::apply, 1);
        });
        assertEquals(agreed, stamps);
        assertEquals(0, log.voidBatches());
        assertTrue(last.index() >= agreed.size(), last::toString);
        UUID cluster = survivor.begin(journal.releasedSequence(), epoch);
        NodeFile is = NodeFile.read(directory, settings);
        assertEquals(cluster, is.cluster());
        assertNotEquals(was.cluster(), cluster);
        assertEquals(was.cluster(), is.origin().former());
        assertNotEquals(was.member(), is.member());
        assertTrue(Files.isDirectory(
                directory.resolve("raft." + was.cluster()).resolve(was.cluster().toString())));
        long first;
        try (Running running = new Running()) {
            first = running.lead();
            running.ticks(3);
            assertEquals(agreed.size() + 4, journal.releasedSequence());
            assertEquals(0, running.log.voidBatches());
        }
        assertTrue(first > before + 100L * AgreedLog.ATTEMPTS_MAX, first + " after " + before);
        try (Running running = new Running()) {
            assertTrue(running.lead() > first);
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    @DisplayName("a command that was cut off when the log was aside goes on; what was no whole member is refused")
    void goesOnAfterACrash() throws Exception {
        JournalException fresh = assertThrows(JournalException.class, () -> LoneNode.survivor(settings, directory));
        assertTrue(fresh.toString().contains("TQ-5036"), fresh::toString);
        try (Running running = new Running()) {
            running.lead();
            running.ticks(3);
        }
        NodeFile was = NodeFile.read(directory, settings);
        Files.move(directory.resolve("raft"), directory.resolve("raft." + was.cluster()));
        assertThrows(JournalException.class, Running::new);
        LoneNode survivor = LoneNode.survivor(settings, directory);
        assertEquals(AgreedLog.Place.NONE, survivor.batches((place, entry) -> {
            throw new IOException("there are none");
        }));
        survivor.begin(journal.releasedSequence(), epoch);
        try (Running running = new Running()) {
            running.lead();
            assertEquals(5, journal.releasedSequence());
        }
    }
}
