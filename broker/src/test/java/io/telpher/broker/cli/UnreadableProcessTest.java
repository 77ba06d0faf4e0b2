package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.testing.faults.PowerLossFileSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that does not give back some of its pages: refused, shown and salvaged like any other damage, by the real commands. */
@Timeout(600)
class UnreadableProcessTest {
    private static final int TASKS = 60;
    private static final int PAYLOAD_BYTES = 12_000;

    @TempDir
    Path directory;

    private PowerLossFileSystem disk;
    private Path data;

    @BeforeEach
    void mount() throws IOException {
        assumeTrue(PowerLossFileSystem.missing() == null, PowerLossFileSystem::missing);
        disk = PowerLossFileSystem.mount(Files.createDirectory(directory.resolve("disk")));
        data = disk.directory().resolve("data");
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    private static String payload(int number) {
        return String.format("needle %04d ", number) + ".".repeat(PAYLOAD_BYTES);
    }

    private String[] broker(Path where) {
        return new String[] {"broker", "--set=journal.dir=" + where, "--set=listen.port=0", "--set=http.port=0"};
    }

    private static Telpher connect(TqProcess broker) throws IOException {
        return Telpher.connect("tq://" + broker.line().replaceFirst("ready binary=(\\S+) .*", "$1"));
    }

    private List<Long> submitAndKill() throws IOException {
        List<Long> ids = new ArrayList<>();
        try (TqProcess broker = TqProcess.start(directory, broker(data));
                Telpher telpher = connect(broker)) {
            for (int i = 0; i < TASKS; i++) {
                ids.add(telpher.submit(TaskSpec.type("mail").queue("mail").payload(payload(i)))
                        .taskId());
            }
        }
        return ids;
    }

    @Test
    void shouldRefuseShowAndSalvageWhatCanNotBeRead() throws Exception {
        List<Long> ids = submitAndKill();
        // Their pages are found before the power goes: afterwards nobody may have read them.
        JournalText firstFrame = JournalText.find(data, payload(20));
        JournalText secondFrame = JournalText.find(data, payload(45));
        Path file = firstFrame.file();
        long first = firstFrame.at() + 5_000;
        disk.cut(new Random(1));
        disk.failReads(file, first);
        disk.failReads(secondFrame.file(), secondFrame.at() + 5_000);

        TqProcess.Ended refused = TqProcess.run(directory, broker(data));
        assertEquals(4, refused.exit(), refused::toString);
        String where = file + " at offset " + first / 4096 * 4096;
        assertTrue(refused.errors().contains("TQ-2001") && refused.errors().contains(where), refused::errors);

        TqProcess.Ended verified = TqProcess.run(directory, "journal", "verify", data.toString(), "-o", "json");
        assertEquals(4, verified.exit(), verified::toString);
        assertTrue(verified.errors().contains(where), verified::toString);
        assertTrue(verified.out().contains("damaged"), verified::toString);

        TqProcess.Ended copied = TqProcess.run(
                directory, "backup", data.toString(), directory.resolve("copy").toString());
        assertEquals(4, copied.exit(), copied::toString);
        assertTrue(copied.errors().contains("TQ-4002") && copied.errors().contains(file.toString()), copied::errors);

        Path saved = directory.resolve("saved");
        TqProcess.Ended salvage = TqProcess.run(directory, "journal", "salvage", data.toString(), saved.toString());
        assertEquals(0, salvage.exit(), salvage::toString);
        try (TqProcess broker = TqProcess.start(directory, broker(saved));
                Telpher telpher = connect(broker)) {
            Set<String> expected = new TreeSet<>();
            IntStream.range(0, TASKS).filter(i -> i != 20 && i != 45).forEach(i -> expected.add(payload(i)));
            Set<String> kept = new TreeSet<>();
            for (TaskView task :
                    telpher.operations().list(0, 1000, 0, "mail", "").tasks()) {
                byte[] payload = telpher.getAsync(task.taskId, true).join().payload;
                kept.add(new String(payload, StandardCharsets.UTF_8));
            }
            assertEquals(expected, kept);
            assertEquals(
                    payload(19),
                    new String(telpher.getAsync(ids.get(19), true).join().payload, StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldTakeAnOlderSnapshotWhenTheNewestCanNotBeRead() throws Exception {
        List<Long> ids = submitAndKill();
        for (int i = 0; i < 2; i++) {
            try (TqProcess broker = TqProcess.start(directory, broker(data));
                    Telpher telpher = connect(broker)) {
                telpher.submit(TaskSpec.type("mail").queue("other").payload("x"));
                telpher.operations().snapshot();
            }
        }
        disk.cut(new Random(1));
        List<Path> snapshots;
        try (Stream<Path> files = Files.list(data.resolve("snapshots"))) {
            snapshots = files.filter(path -> path.toString().endsWith(".snapshot"))
                    .sorted()
                    .toList();
        }
        assertEquals(2, snapshots.size(), snapshots::toString);
        disk.failReads(snapshots.get(1), 0);
        try (TqProcess broker = TqProcess.start(directory, broker(data));
                Telpher telpher = connect(broker)) {
            assertEquals(TASKS, telpher.operations().queue("mail").ready[1]);
            assertEquals(2, telpher.operations().queue("other").ready[1]);
            assertEquals(
                    payload(7), new String(telpher.getAsync(ids.get(7), true).join().payload, StandardCharsets.UTF_8));
            assertEquals(143, broker.terminate());
            assertTrue(broker.errors().contains("TQ-2011"), broker::errors);
            assertFalse(broker.errors().contains("TQ-2001"), broker::errors);
        }
    }

    /** One bad sector under one payload: that task is a dead letter that says so, and the others are done. */
    @Test
    void shouldMakeADeadLetterOfATaskWhosePayloadCanNotBeRead() throws Exception {
        List<Long> ids = submitAndKill();
        JournalText bad = JournalText.find(data, payload(20));
        for (int i = 0; i < 2; i++) {
            try (TqProcess broker = TqProcess.start(directory, broker(data));
                    Telpher telpher = connect(broker)) {
                telpher.submit(TaskSpec.type("mail").queue("other").payload("x"));
                telpher.operations().snapshot();
            }
        }
        disk.cut(new Random(1));
        disk.failReads(bad.file(), bad.at() + 5_000);
        Set<String> done = ConcurrentHashMap.newKeySet();
        try (TqProcess broker = TqProcess.start(directory, broker(data));
                Telpher telpher = connect(broker)) {
            TaskView seen = telpher.getAsync(ids.get(20), true).join();
            assertTrue(seen.payloadUnreadable && seen.state == TaskState.READY, seen.state::toString);
            assertEquals(
                    TASKS,
                    telpher.operations().list(0, 1000, 0, "mail", "").tasks().size());
            try (Worker worker = telpher.worker("mail").start(task -> {
                done.add(new String(task.payload(), StandardCharsets.UTF_8));
                return null;
            })) {
                for (long id : ids) {
                    telpher.waitFor(id, Duration.ofMinutes(2));
                }
            }
            assertEquals(TASKS - 1, done.size());
            assertFalse(done.contains(payload(20)));
            TaskView dead = telpher.get(ids.get(20));
            assertEquals(TaskState.DEAD, dead.state);
            assertEquals(DeadReason.UNREADABLE, dead.deadReason);
            assertEquals(0, dead.attempts);
            assertTrue(
                    dead.lastError.startsWith("payload unreadable: file ") && dead.lastError.contains("(TQ-2006)"),
                    dead.lastError);
            assertEquals(
                    List.of(ids.get(20)),
                    telpher.operations().deadLetters(DlqFilter.queue("mail"), 0, 10).tasks().stream()
                            .map(task -> task.taskId)
                            .toList());
            assertEquals(143, broker.terminate());
            assertTrue(broker.errors().contains("TQ-2006"), broker::errors);
        }
        // The next start reads the same from the journal.
        try (TqProcess broker = TqProcess.start(directory, broker(data));
                Telpher telpher = connect(broker)) {
            assertEquals(DeadReason.UNREADABLE, telpher.get(ids.get(20)).deadReason);
        }
    }
}
