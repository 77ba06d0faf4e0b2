package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.MemoryJournal;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.Tick;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes with Raft's real library in one process: some are away for a while, or of another version. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ThreeNodesTest {
    private static final int COUNT = 3;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** By then the library rests for 17 seconds after each try to connect. */
    private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(28);

    private static final long ELECTED_NANOS_MAX = TimeUnit.SECONDS.toNanos(8);
    private static final int LOOK_MS = 5;

    /** All of a cluster, which are polled by this test's thread. */
    private static final class Nodes implements AutoCloseable {
        private final Path directory;
        private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        private final Map<String, String> addresses = new LinkedHashMap<>();
        private final List<Member> members = new ArrayList<>();
        private String refusal = "";

        /** A node, and the log that this test's thread reads in the place of its partition's. */
        private final class Member implements AutoCloseable {
            private final MemoryJournal journal = new MemoryJournal();
            private final ClusterSettings settings;
            private final Path own;
            private volatile long epoch;
            private volatile int semantics;
            /** Of the versions of the rules from 1 on. */
            private volatile int newest = 1;

            private RaftNode node;
            private AgreedLog log;
            private boolean isRunning;

            Member(String id, int port, UUID cluster) throws IOException {
                settings = new ClusterSettings(
                        "test",
                        id,
                        addresses,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        "",
                        Duration.ofMillis(300),
                        Duration.ofMillis(600),
                        Duration.ofSeconds(5),
                        Duration.ofMillis(500),
                        null);
                own = Files.createDirectory(directory.resolve(id));
                new NodeFile(cluster, "test", id, false).write(own);
                start();
            }

            void start() throws IOException {
                node = new RaftNode(settings, own, journal.releasedSequence(), failures::add);
                log = new AgreedLog(
                        0, journal, () -> epoch, () -> semantics, version -> version <= newest, node, () -> {});
                node.isPartOf(new Nowhere(() -> newest));
                node.advertises(1);
                node.start(log);
                isRunning = true;
            }

            void poll() {
                if (isRunning) {
                    log.poll(this::apply, 100);
                }
            }

            private void apply(Record record) {
                ByteBuffer frame = record.buffer();
                if (Frame.typeCode(frame, record.frameOffset()) == MessageType.NEW_TERM.code()) {
                    epoch = new NewTerm().wrap(frame, record.frameOffset()).term();
                    semantics = new NewTerm().wrap(frame, record.frameOffset()).semanticsVersion();
                }
            }

            /** Of its log. */
            boolean hasFirstFile() {
                try (Stream<Path> files = Files.walk(own.resolve("raft"))) {
                    return files.anyMatch(each -> each.getFileName().toString().startsWith("log_0-"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            boolean mayLead() {
                return isRunning && log.mayLead();
            }

            void lead() throws InterruptedException {
                long begun = log.lead();
                append(NewTerm.write(new FrameWriter(), 0, begun, node.semantics(semantics), 0, 1, 1));
                until(() -> epoch == begun);
            }

            void append(FrameWriter frame) throws InterruptedException {
                Batch batch = log.newBatch();
                batch.add(1, 0, frame.written(), true);
                until(() -> log.append(batch) != Log.BACK_PRESSURED);
                until(() -> journal.releasedSequence() == log.appendedSequence());
            }

            @Override
            public void close() throws IOException {
                if (isRunning) {
                    isRunning = false;
                    node.close();
                }
            }
        }

        Nodes(Path directory) throws IOException {
            this.directory = directory;
            List<ServerSocket> taken = new ArrayList<>();
            for (int i = 1; i <= COUNT; i++) {
                taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                addresses.put("n" + i, "127.0.0.1:" + taken.get(i - 1).getLocalPort());
            }
            for (ServerSocket each : taken) {
                each.close();
            }
            UUID cluster = UUID.randomUUID();
            for (int i = 1; i <= COUNT; i++) {
                members.add(new Member("n" + i, taken.get(i - 1).getLocalPort(), cluster));
            }
        }

        private void appendForAll(Member leader) throws InterruptedException {
            leader.append(Tick.write(new FrameWriter(), 0, 1, 0));
            until(() -> members.stream()
                    .allMatch(each -> each.journal.releasedSequence() == leader.journal.releasedSequence()));
        }

        private void look() throws InterruptedException {
            members.forEach(Member::poll);
            Thread.sleep(LOOK_MS);
        }

        private void until(BooleanSupplier reached) throws InterruptedException {
            long begin = System.nanoTime();
            while (!reached.getAsBoolean()) {
                assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, () -> "not reached; failures: " + failures);
                look();
            }
        }

        private Member leader() throws InterruptedException {
            until(() -> members.stream().anyMatch(Member::mayLead));
            Member leader = members.stream().filter(Member::mayLead).findAny().orElseThrow();
            leader.lead();
            return leader;
        }

        /** What the one that leads says to the wish to end an upgrade; empty = it does, or none leads at this moment. */
        private String finishUpgrade() throws IOException, InterruptedException {
            for (Member each : members) {
                if (each.mayLead()) {
                    each.lead();
                }
                if (each.isRunning && each.log.isLeading()) {
                    try {
                        each.node.finishUpgrade();
                    } catch (RefusedException e) {
                        return e.getMessage();
                    }
                }
            }
            return "";
        }

        private boolean areAllAt(int semantics) {
            return members.stream().allMatch(each -> each.semantics == semantics);
        }

        /** Wishes to end the upgrade until this is said to it. */
        private void untilUpgradeSays(String words) throws IOException, InterruptedException {
            untilUpgrade(() -> refusal.contains(words));
        }

        private void untilUpgrade(BooleanSupplier reached) throws IOException, InterruptedException {
            for (long begin = System.nanoTime(); !reached.getAsBoolean(); ) {
                assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, refusal);
                look();
                refusal = finishUpgrade();
            }
        }

        @Override
        public void close() throws IOException {
            for (Member each : members) {
                each.close();
            }
        }
    }

    /** The broker around a node, as far as its reports ask for it. */
    private record Nowhere(IntSupplier newest) implements NodeReport.Local {
        @Override
        public String version() {
            return "0." + newest.getAsInt();
        }

        @Override
        public NodeReport.Semantics semantics() {
            return new NodeReport.Semantics(1, newest.getAsInt());
        }

        @Override
        public long freeBytes() {
            return 1;
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public void lowElsewhere(String nodes) {
            assertEquals("", nodes);
        }
    }

    @TempDir
    static Path directory;

    private static Nodes parted;
    private static Nodes.Member away;
    private static Nodes.Member stays;
    private static long partedNanos;

    /** By the time that the library rests for long between its tries, the other test has been done. */
    @BeforeAll
    static void part() throws Exception {
        parted = new Nodes(Files.createDirectory(directory.resolve("parted")));
        Nodes.Member first = parted.leader();
        List<Nodes.Member> others =
                parted.members.stream().filter(each -> each != first).toList();
        away = others.get(0);
        stays = others.get(1);
        away.close();
        first.append(Tick.write(new FrameWriter(), 0, 1, 0)); // the one that is away can't be elected any more
        parted.until(() -> stays.journal.releasedSequence() == first.journal.releasedSequence());
        first.close();
        partedNanos = System.nanoTime();
    }

    @AfterAll
    static void close() throws IOException {
        if (parted != null) {
            parted.close();
        }
    }

    @Test
    @Order(2)
    @DisplayName(
            "when a node comes back and the leader is lost, the other one is elected at once, however long it was away")
    void electsAtOnce() throws Exception {
        parted.until(() -> System.nanoTime() - partedNanos > AWAY_NANOS);
        away.start();
        long back = System.nanoTime();
        assertEquals(stays, parted.leader());
        long took = System.nanoTime() - back;
        assertTrue(took < ELECTED_NANOS_MAX, () -> "elected " + took / 1_000_000 + " ms after the other came back");
        assertEquals(List.of(), List.copyOf(parted.failures));
    }

    @Test
    @Order(1)
    @DisplayName(
            "leaders decide by what all nodes know; when the last one is upgraded and it is asked for, by the newer rules")
    void raisesTheVersion() throws Exception {
        try (Nodes nodes = new Nodes(Files.createDirectory(directory.resolve("upgraded")))) {
            Nodes.Member last = nodes.members.get(2);
            for (Nodes.Member each : nodes.members) {
                each.newest = each == last ? 1 : 2;
            }
            nodes.leader();
            nodes.until(() -> nodes.areAllAt(1));
            nodes.untilUpgradeSays("node n3 (Telpher 0.1) knows no newer one");
            last.close();
            nodes.untilUpgradeSays("n3 does not say");
            last.newest = 2;
            last.start();
            assertTrue(nodes.areAllAt(1), "nobody has asked for more yet");
            nodes.untilUpgrade(() -> nodes.areAllAt(2));
            nodes.untilUpgradeSays("goes by semantics version 2");
            assertEquals(List.of(), List.copyOf(nodes.failures));
        }
    }

    /** With each leader the log begins a new file, so that the one before ends with what the last leader had when it went. */
    @Test
    @Order(3)
    @DisplayName(
            "a leader that went when all was quiet goes on when it comes back, also when the others have cut their logs meanwhile")
    void goesOnBehindACut() throws Exception {
        try (Nodes nodes = new Nodes(Files.createDirectory(directory.resolve("cut")))) {
            Nodes.Member first = nodes.leader();
            nodes.appendForAll(first);
            first.close();
            Nodes.Member second = nodes.leader();
            first.start();
            nodes.appendForAll(second);
            second.close();
            Nodes.Member third = nodes.leader();
            assertTrue(third.hasFirstFile());
            third.append(Tick.write(new FrameWriter(), 0, 1, 0));
            long sequence = third.journal.releasedSequence();
            third.node.covered(third.log.covered(sequence), sequence);
            nodes.until(() -> !third.hasFirstFile());
            second.start();
            nodes.until(() -> second.journal.releasedSequence() == sequence);
            assertEquals(List.of(), List.copyOf(nodes.failures));
        }
    }
}
