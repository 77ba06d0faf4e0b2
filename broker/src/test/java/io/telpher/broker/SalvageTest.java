package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.partition.salvage.Salvage;
import io.telpher.broker.partition.salvage.SalvageReport;
import io.telpher.broker.partition.salvage.SalvageReport.Outcome;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code tq journal salvage} makes of damaged directories, as a broker shows it that starts on the new one. */
class SalvageTest {
    private static final int TASKS = 60;
    private static final int WRITTEN_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private final Map<String, Long> ids = new TreeMap<>();

    private Broker start(Path in) throws Exception {
        return Broker.start(BrokerConfig.of(in).onFreePorts());
    }

    private static String payload(int number) {
        return String.format("needle %04d %s", number, "x".repeat(number % 7 * 40));
    }

    private void submit(Telpher telpher, int number) {
        TaskSpec task =
                TaskSpec.type("mail").queue("mail").payload(payload(number).getBytes(StandardCharsets.UTF_8));
        ids.put(payload(number), telpher.submit(task).taskId());
    }

    /** What kill -9 leaves of a broker that took so many tasks, each in a batch of its own. */
    private Path killedAfterSubmits() throws Exception {
        Path killed;
        try (Broker broker = start(directory.resolve("live"));
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < TASKS; i++) {
                submit(telpher, i);
            }
            killed = copy(directory.resolve("live"), directory.resolve("killed"));
        }
        return killed;
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                boolean isWanted = Stream.of("native", "zeroed").noneMatch(path.toString()::contains);
                if (isWanted) {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                }
            }
        }
        for (Path file : journalFiles(to)) {
            // What Chronicle mapped and nobody wrote only makes the tests slow.
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(WRITTEN_BYTES);
            }
        }
        return to;
    }

    private static List<Path> journalFiles(Path in) throws IOException {
        try (Stream<Path> tree = Files.walk(in.resolve("journal"))) {
            return tree.filter(path -> path.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
    }

    private static int find(byte[] in, String text, int from) {
        return new String(in, StandardCharsets.ISO_8859_1).indexOf(text, from);
    }

    private interface Hurt {
        void apply(byte[] bytes);
    }

    private static void hurt(Path file, Hurt how) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        how.apply(bytes);
        Files.write(file, bytes);
    }

    private SalvageReport salvage(Path damaged) throws IOException {
        Map<Path, Long> before = sizes(damaged);
        SalvageReport report = Salvage.run(damaged, directory.resolve("saved"), System.currentTimeMillis());
        assertEquals(before, sizes(damaged), "the source is as it was");
        return report;
    }

    private static Map<Path, Long> sizes(Path of) throws IOException {
        Map<Path, Long> sizes = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(of)) {
            for (Path path : tree.filter(path -> !path.endsWith("lock"))
                    .filter(Files::isRegularFile)
                    .toList()) {
                sizes.put(path, (long) java.util.Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return sizes;
    }

    /** Payload of each task that is still to be done, with its id. */
    private static Map<String, Long> pending(Telpher telpher) {
        Map<String, Long> found = new HashMap<>();
        for (TaskView task : telpher.operations().list(0, 1000, 0, "", "").tasks()) {
            if (!task.state.isFinal()) {
                TaskView whole = telpher.getAsync(task.taskId, true).join();
                found.put(new String(whole.payload, StandardCharsets.UTF_8), task.taskId);
            }
        }
        return found;
    }

    private static long id(Map<String, Long> of, String payload) {
        return Objects.requireNonNull(of.get(payload), payload);
    }

    private Map<String, Long> pendingIn(Path saved) throws Exception {
        try (Broker broker = start(saved);
                Telpher telpher = Telpher.connect(broker.url())) {
            return pending(telpher);
        }
    }

    @Test
    void shouldKeepAllButTheDamagedSubmitAndTheirIdsUpToIt() throws Exception {
        Path killed = killedAfterSubmits();
        Path file = journalFiles(killed).get(0);
        hurt(file, bytes -> bytes[find(bytes, "needle 0030", 0) + 3] ^= 4);
        String refusal =
                assertThrows(CorruptJournalException.class, () -> start(killed)).getMessage();
        assertTrue(String.valueOf(refusal).contains("tq journal salvage"), refusal);
        SalvageReport report = salvage(killed);
        assertEquals(1, report.damages().size(), report.damages().toString());
        assertEquals(
                TASKS - 31, report.count("submit", Outcome.KEPT), report.lines().toString());
        Map<String, Long> found = pendingIn(directory.resolve("saved"));
        assertEquals(TASKS - 1, found.size());
        long last = ids.values().stream().mapToLong(id -> id).max().orElseThrow();
        ids.forEach((payload, id) -> {
            int number = Integer.parseInt(payload.substring(7, 11));
            if (number < 30) {
                assertEquals(id, found.get(payload), payload);
            } else if (number > 30) {
                assertTrue(id(found, payload) > last, "an id that another task had");
            }
        });
        assertFalse(found.containsKey(payload(30)));
    }

    @Test
    void shouldKeepTheSubmitsOfABatchWhoseHeaderIsDamaged() throws Exception {
        Path killed = killedAfterSubmits();
        hurt(journalFiles(killed).get(0), bytes -> {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            bytes[text.lastIndexOf("BTEL", text.indexOf("needle 0030")) + 17] ^= 1;
        });
        assertThrows(CorruptJournalException.class, () -> start(killed));
        salvage(killed);
        assertEquals(ids.keySet(), pendingIn(directory.resolve("saved")).keySet());
    }

    @Test
    void shouldTakeWhatASnapshotKnowsAndCancelWhatItCanNotReadAnyMore() throws Exception {
        Path killed;
        try (Broker broker = start(directory.resolve("live"));
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < TASKS; i++) {
                submit(telpher, i);
                if (i == TASKS / 2) {
                    telpher.operations().snapshot();
                }
            }
            killed = copy(directory.resolve("live"), directory.resolve("killed"));
        }
        hurt(journalFiles(killed).get(0), bytes -> bytes[find(bytes, "needle 0010", 0) + 3] ^= 4);
        SalvageReport report = salvage(killed);
        long lost = id(ids, payload(10));
        assertTrue(
                report.lines().stream()
                        .anyMatch(line ->
                                line.what().equals("task") && line.tasks().equals(List.of(lost))),
                report.lines().toString());
        try (Broker broker = start(directory.resolve("saved"));
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(TaskState.CANCELLED, telpher.get(lost).state);
            Map<String, Long> expected = new HashMap<>(ids);
            expected.remove(payload(10));
            assertEquals(expected, pending(telpher), "all ids are certain");
        }
    }

    @Test
    void shouldBelieveAcksOfLeasesFromBeforeTheDamageAndDoTheOthersAgain() throws Exception {
        Path killed;
        Set<Long> before = new HashSet<>();
        Set<Long> heldBefore = new HashSet<>();
        Set<Long> behind = new HashSet<>();
        try (Broker broker = start(directory.resolve("live"));
                Telpher telpher = Telpher.connect(broker.url())) {
            RawWorker worker = new RawWorker(telpher);
            for (int i = 0; i < 20; i++) {
                submit(telpher, i);
            }
            ackAll(worker, worker.reserve("mail", 5, 1000), before);
            Map<Long, Long> leases = new HashMap<>();
            Delivery held = worker.reserve("mail", 5, 1000);
            while (held.next()) {
                leases.put(held.taskId(), held.leaseId());
            }
            submit(telpher, 20);
            leases.forEach(worker::ack);
            heldBefore.addAll(leases.keySet());
            ackAll(worker, worker.reserve("mail", 5, 1000), behind);
            killed = copy(directory.resolve("live"), directory.resolve("killed"));
        }
        hurt(journalFiles(killed).get(0), bytes -> bytes[find(bytes, "needle 0020", 0) + 3] ^= 4);
        SalvageReport report = salvage(killed);
        assertEquals(5, report.count("ack", Outcome.KEPT), report.lines().toString());
        assertEquals(5, report.count("ack", Outcome.DROPPED), report.lines().toString());
        try (Broker broker = start(directory.resolve("saved"));
                Telpher telpher = Telpher.connect(broker.url())) {
            before.forEach(id -> assertEquals(TaskState.COMPLETED, telpher.get(id).state));
            heldBefore.forEach(id -> assertEquals(TaskState.COMPLETED, telpher.get(id).state));
            behind.forEach(id -> assertEquals(TaskState.READY, telpher.get(id).state));
            assertEquals(10, pending(telpher).size());
        }
    }

    private static void ackAll(RawWorker worker, Delivery delivery, Set<Long> into) {
        Map<Long, Long> leases = new HashMap<>();
        while (delivery.next()) {
            leases.put(delivery.taskId(), delivery.leaseId());
        }
        leases.forEach(worker::ack);
        into.addAll(leases.keySet());
    }

    @Test
    void shouldNotRefuseWhatWasAcceptedOnce() throws Exception {
        Path killed;
        QueuePolicyFields ten = QueuePolicyFields.NOTHING.with(PolicyField.MAX_TASKS, 10);
        try (Broker broker = start(directory.resolve("live"));
                Telpher telpher = Telpher.connect(broker.url())) {
            RawWorker worker = new RawWorker(telpher);
            telpher.operations().putQueue("mail", ten);
            for (int i = 0; i < 30; i++) {
                submit(telpher, i);
                if (i % 10 == 9) {
                    ackAll(worker, worker.reserve("mail", 10, 1000), new HashSet<>());
                }
            }
            telpher.operations().pause("mail", true);
            killed = copy(directory.resolve("live"), directory.resolve("killed"));
        }
        hurt(journalFiles(killed).get(0), bytes -> bytes[find(bytes, "needle 0002", 0) + 3] ^= 4);
        salvage(killed);
        try (Broker broker = start(directory.resolve("saved"));
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(29, pending(telpher).size());
            assertEquals(10, telpher.operations().queue("mail").policy.maxTasks());
            assertTrue(telpher.operations().queue("mail").refusesSubmits);
        }
    }

    @Test
    void shouldFindSubmitsInAJournalWhoseBeginningAndSnapshotsAreGone() throws Exception {
        Path live = directory.resolve("live");
        try (Broker broker = start(live);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 0);
        }
        try (Broker broker = start(live);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, 1);
        }
        Files.delete(journalFiles(live).get(0));
        try (Stream<Path> snapshots = Files.list(live.resolve("snapshots"))) {
            for (Path snapshot : snapshots.toList()) {
                hurt(snapshot, bytes -> bytes[70] ^= 1);
            }
        }
        assertThrows(JournalException.class, () -> start(live));
        salvage(live);
        Map<String, Long> found = pendingIn(directory.resolve("saved"));
        assertEquals(Set.of(payload(1)), found.keySet());
        assertTrue(id(found, payload(1)) > id(ids, payload(1)));
    }

    @Test
    void shouldWriteOnlyIntoAnEmptyDirectoryAndLeaveARunningBrokerAlone() throws Exception {
        Path killed = killedAfterSubmits();
        Files.createDirectories(directory.resolve("saved"));
        Files.writeString(directory.resolve("saved/mine"), "precious");
        JournalException full = assertThrows(JournalException.class, () -> salvage(killed));
        assertTrue(String.valueOf(full.getMessage()).startsWith("TQ-2040"), full.getMessage());
        Files.delete(directory.resolve("saved/mine"));
        try (Broker broker = start(killed)) {
            assertTrue(broker.port() > 0);
            JournalException used =
                    assertThrows(JournalException.class, () -> Salvage.run(killed, directory.resolve("saved"), 0));
            assertTrue(String.valueOf(used.getMessage()).startsWith("TQ-2002"), used.getMessage());
        }
        // A whole one is copied too.
        salvage(killed);
        assertEquals(ids, pendingIn(directory.resolve("saved")));
    }

    /** Damage anywhere: every submit whose bytes are still there comes back, and nothing that nobody submitted. */
    @Test
    void shouldLoseNoIntactSubmitWhateverIsDamaged() throws Exception {
        Path killed = killedAfterSubmits();
        Random random = new Random(7);
        byte[] whole = Files.readAllBytes(journalFiles(killed).get(0));
        int end = find(whole, payload(TASKS - 1), 0);
        for (int round = 0; round < 8; round++) {
            byte[] hurt = whole.clone();
            List<String> damages = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                int at = find(whole, "BTEL", 0) + random.nextInt(end);
                int length = random.nextBoolean() ? 1 : 1 + random.nextInt(4096);
                for (int k = at; k < at + length; k++) {
                    hurt[k] = length == 1 ? (byte) (hurt[k] ^ 1 << random.nextInt(8)) : 0;
                }
                damages.add(length + " bytes at " + at);
            }
            Files.write(journalFiles(killed).get(0), hurt);
            Path saved = directory.resolve("saved-" + round);
            SalvageReport report = Salvage.run(killed, saved, System.currentTimeMillis());
            Map<String, Long> found = pendingIn(saved);
            assertTrue(ids.keySet().containsAll(found.keySet()), damages.toString());
            for (String payload : ids.keySet()) {
                int at = find(whole, payload, 0);
                // The record's header, the frame and what is before the payload in it.
                boolean isIntact = java.util.Arrays.equals(
                        hurt, at - 140, at + payload.length() + 8, whole, at - 140, at + payload.length() + 8);
                assertTrue(
                        !isIntact || found.containsKey(payload),
                        round + ": " + damages + ", without " + payload + ": " + report.lines());
            }
        }
    }
}
