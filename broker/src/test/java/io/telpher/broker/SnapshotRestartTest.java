package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.JournalException;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a real broker: what comes back from them, and what is refused. */
class SnapshotRestartTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final List<Long> submitted = new ArrayList<>();

    private static TaskSpec mail(int number) {
        return TaskSpec.type("mail").queue("mail").payload(("mail " + number).getBytes(StandardCharsets.UTF_8));
    }

    private Broker start(Path in) throws Exception {
        return Broker.start(BrokerConfig.of(in).onFreePorts());
    }

    private void submit(Telpher telpher, int count) {
        List<TaskSpec> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(mail(submitted.size() + i));
        }
        telpher.submitBatch(tasks).forEach(each -> submitted.add(each.taskId()));
    }

    private void requireAll(Telpher telpher) {
        for (int i = 0; i < submitted.size(); i++) {
            TaskView task = telpher.getAsync(submitted.get(i), true).join();
            assertEquals(TaskState.READY, task.state);
            assertArrayEquals(("mail " + i).getBytes(StandardCharsets.UTF_8), task.payload);
        }
    }

    private List<Path> snapshots(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in.resolve("snapshots"))) {
            return files.sorted().toList();
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (!path.toString().contains("native")) {
                    Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        return to;
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(offset);
            int was = bytes.read();
            bytes.seek(offset);
            bytes.write(was ^ 0x10);
        }
    }

    @Test
    void shouldComeBackFromASnapshotAndTheTailBehindIt() throws Exception {
        Path killed;
        try (Broker broker = start(directory.resolve("a"));
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 500);
            assertTrue(telpher.operations().snapshot() >= 1);
            submit(telpher, 300);
            // What kill -9 would leave.
            killed = copy(directory.resolve("a"), directory.resolve("killed"));
        }
        try (Broker broker = start(killed);
                Telpher telpher = Telpher.connect(broker.url())) {
            requireAll(telpher);
            assertEquals(800, telpher.operations().queue("mail").ready[1]);
        }
    }

    @Test
    void shouldNotReadTheJournalBeforeTheSnapshot() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 500);
        }
        try (Broker broker = start(data)) {
            assertTrue(broker.port() > 0);
        }
        // Needed for payloads, not for recovery: damage there shows when they are read.
        flip(journalFile(data, "00000001"), 20_000);
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(500, telpher.operations().queue("mail").ready[1]);
        }
    }

    private static Path journalFile(Path data, String term) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("journal").resolve(term))) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void shouldFallBackToTheSnapshotBeforeADamagedOne() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
            telpher.operations().snapshot();
            submit(telpher, 100);
            telpher.operations().snapshot();
            submit(telpher, 100);
        }
        List<Path> kept = snapshots(data);
        assertEquals(2, kept.size(), "the two newest are kept");
        for (Path newest : List.of(kept.get(1))) {
            long length = Files.size(newest);
            for (long at : new long[] {3, 40, 64, 70, 90, length / 2, length - 1}) {
                Path damaged = copy(data, directory.resolve("damaged-" + at));
                flip(damaged.resolve("snapshots").resolve(newest.getFileName()), at);
                try (Broker broker = start(damaged);
                        Telpher telpher = Telpher.connect(broker.url())) {
                    requireAll(telpher);
                }
            }
        }
    }

    @Test
    void shouldReplayEverythingWhenNoSnapshotIsIntactAndTheJournalIsWhole() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
        }
        for (Path snapshot : snapshots(data)) {
            Files.write(snapshot, new byte[10]);
        }
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            requireAll(telpher);
        }
    }

    @Test
    void shouldRefuseWhenWhatIsMissingLiesInADamagedSnapshot() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
        }
        try (Broker broker = start(data)) {
            assertTrue(broker.port() > 0);
        }
        Files.delete(journalFile(data, "00000001"));
        Path damaged = copy(data, directory.resolve("damaged"));
        for (Path snapshot : snapshots(damaged)) {
            flip(snapshot, 100);
        }
        JournalException refused = assertThrows(JournalException.class, () -> start(damaged));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-2010"), refused.getMessage());
        // With the newest snapshot it starts: the first term's file holds payloads only.
        start(data).close();
    }

    @Test
    void shouldRefuseAJournalThatDoesNotReachItsSnapshot() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
        }
        Path file = journalFile(data, "00000001");
        Path without = copy(data, directory.resolve("without"));
        Files.delete(journalFile(without, "00000001"));
        JournalException missing = assertThrows(JournalException.class, () -> start(without));
        assertTrue(String.valueOf(missing.getMessage()).startsWith("TQ-2010"), missing.getMessage());
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long length = bytes.length();
            bytes.setLength(0);
            bytes.setLength(length);
        }
        CorruptJournalException cut = assertThrows(CorruptJournalException.class, () -> start(data));
        assertTrue(String.valueOf(cut.getMessage()).contains("which a snapshot ends with"), cut.getMessage());
    }

    @Test
    void shouldTakeSnapshotsWhileWorkersRun() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 1000);
            try (Worker worker = telpher.worker("mail").start(task -> Result.of("text/plain", task.payload()))) {
                for (int i = 0; i < 5; i++) {
                    telpher.operations().snapshot();
                }
                for (long id : submitted) {
                    assertEquals(TaskState.COMPLETED, telpher.waitFor(id, LONG).state);
                }
            }
        }
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(1000, telpher.operations().queue("mail").completed);
        }
    }

    /** Its name says how far the journal has to reach. */
    @Test
    void shouldRefuseAJournalThatDoesNotReachADamagedSnapshot() throws Exception {
        Path data = directory.resolve("a");
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
            telpher.operations().snapshot();
        }
        Path before = copy(data, directory.resolve("before"));
        try (Broker broker = start(data);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 100);
        }
        Path newest = snapshots(data).get(1);
        Files.copy(newest, before.resolve("snapshots").resolve(newest.getFileName()));
        flip(before.resolve("snapshots").resolve(newest.getFileName()), 100);
        JournalException refused = assertThrows(JournalException.class, () -> start(before));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-2010"), refused.getMessage());
    }
}
