package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.partition.salvage.Salvage;
import io.telpher.broker.partition.salvage.SalvageReport;
import io.telpher.broker.partition.salvage.SalvageReport.Outcome;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.HandedOver;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq journal salvage} of a partition that owes tasks to another, or may: what is there already is not made again, what is not is made. */
@Timeout(300)
class SalvagePartitionsTest {
    private static final int PARTITIONS = 2;
    private static final int BATCHES = 12;
    private static final String HERE = queueIn(0);
    private static final String THERE = queueIn(1);
    private static final String WHAT = "task of another partition's";

    @TempDir
    Path directory;

    private Path live;
    private Path killed;

    private static String queueIn(int partition) {
        return QueueNames.in(partition, 0, PARTITIONS);
    }

    private static Broker start(Path in) throws Exception {
        return Broker.start(BrokerConfig.of(in).onFreePorts().withPartitions(PARTITIONS));
    }

    private static Path second(Path of) {
        return of.resolve("partitions").resolve("0001");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                boolean isWanted = Stream.of("native", "zeroed").noneMatch(path.toString()::contains);
                if (isWanted) {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                }
            }
        }
    }

    @BeforeEach
    void handOver() throws Exception {
        live = directory.resolve("live");
        killed = directory.resolve("killed");
        try (Broker broker = start(live);
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < BATCHES - 1; i++) {
                batch(telpher, i);
            }
            copy(second(live), directory.resolve("before"));
            batch(telpher, BATCHES - 1);
            awaitHandedOver();
            // As kill -9 leaves it.
            copy(live, killed);
        }
    }

    private static void batch(Telpher telpher, int number) {
        telpher.submitBatch(List.of(
                TaskSpec.type("here-" + number).queue(HERE).payload("h" + number),
                TaskSpec.type("there-" + number).queue(THERE).payload("t" + number)));
    }

    /** The last confirmation has no reply that waits for it. */
    private void awaitHandedOver() throws IOException {
        while (handedOver(Files.readAllBytes(journalFile(live)), BATCHES - 1) < 0) {
            Patience.look();
        }
    }

    private static Path journalFile(Path of) throws IOException {
        try (Stream<Path> tree = Files.walk(of.resolve("journal"))) {
            return tree.filter(path -> path.toString().endsWith(".cq4"))
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    /** Where the record is that ends the debt of this batch; -1 when there is none. */
    private static int handedOver(byte[] file, int batch) {
        byte[] frame = HandedOver.write(new FrameWriter(), 0).toBytes();
        String wanted = new String(frame, 0, Long.BYTES, StandardCharsets.ISO_8859_1);
        String bytes = new String(file, StandardCharsets.ISO_8859_1);
        int at = -1;
        for (int i = 0; i <= batch; i++) {
            at = bytes.indexOf(wanted, at + 1);
            if (at < 0) {
                return -1;
            }
        }
        return at;
    }

    private void hurtHandedOver(int batch) throws IOException {
        Path file = journalFile(killed);
        byte[] bytes = Files.readAllBytes(file);
        bytes[handedOver(bytes, batch) + HandedOver.write(new FrameWriter(), 0).toBytes().length - 1] ^= 4;
        Files.write(file, bytes);
    }

    private SalvageReport salvage() throws IOException {
        return Salvage.run(killed, directory.resolve("saved"), System.currentTimeMillis());
    }

    /** How often each type of task is there, once nothing is on its way any more. */
    private static Map<String, Integer> tasks(Telpher telpher) {
        // A partition hands over in order: what it owes is there when this is.
        telpher.submitBatch(
                List.of(TaskSpec.type("last").queue(HERE), TaskSpec.type("last").queue(THERE)));
        Map<String, Integer> tasks = new TreeMap<>();
        long after = 0;
        do {
            Operations.Page page = telpher.operations().list(after, 500, 0, "", "");
            for (TaskView task : page.tasks()) {
                assertEquals(
                        task.queue,
                        task.type.startsWith("here") ? HERE : task.type.equals("last") ? task.queue : THERE);
                tasks.merge(task.type, 1, Integer::sum);
            }
            after = page.nextAfter();
        } while (after != 0);
        tasks.remove("last");
        return tasks;
    }

    private Map<String, Integer> tasksOfSaved() throws Exception {
        try (Broker broker = start(directory.resolve("saved"));
                Telpher telpher = Telpher.connect(broker.url())) {
            return tasks(telpher);
        }
    }

    private static Map<String, Integer> eachOnce() {
        Map<String, Integer> tasks = new TreeMap<>();
        IntStream.range(0, BATCHES).forEach(i -> {
            tasks.put("here-" + i, 1);
            tasks.put("there-" + i, 1);
        });
        return tasks;
    }

    @Test
    void shouldNotMakeAgainWhatTheOtherPartitionHas() throws Exception {
        hurtHandedOver(BATCHES - 1);
        SalvageReport report = salvage();
        assertEquals(0, report.count(WHAT, Outcome.KEPT));
        assertEquals(List.of(), report.unmatched());
        assertEquals(eachOnce(), tasksOfSaved());
    }

    @Test
    void shouldHandOverAgainWhatTheOtherPartitionHasNot() throws Exception {
        hurtHandedOver(BATCHES - 1);
        Files.move(second(killed), directory.resolve("newer"));
        Files.move(directory.resolve("before"), second(killed));
        SalvageReport report = salvage();
        assertEquals(1, report.count(WHAT, Outcome.KEPT));
        assertEquals(List.of(), report.unmatched());
        assertEquals(eachOnce(), tasksOfSaved());
    }

    /** Batches behind the damage are made anew, but not what the other partition has of them: it is known by its bytes. */
    @Test
    void shouldMakeBatchesBehindTheDamageOnce() throws Exception {
        hurtHandedOver(2);
        SalvageReport report = salvage();
        assertEquals(eachOnce(), tasksOfSaved());
        assertEquals(2 * (BATCHES - 3), report.count("submit", Outcome.KEPT), report.lines()::toString);
    }

    /** The acknowledgements' tasks are lost with their ids, so their follow-ups stand for themselves: in the other partition, and once. */
    @Test
    void shouldMakeFollowUpsBehindTheDamageOnceAndWhereTheyBelong() throws Exception {
        Files.move(killed, directory.resolve("without"));
        try (Broker broker = start(directory.resolve("without"));
                Telpher telpher = Telpher.connect(broker.url());
                Telpher workers = Telpher.connect(broker.url());
                Worker worker = workers.worker(HERE).start(task -> {
                    task.followUp(TaskSpec.type("after-" + task.type()).queue(THERE));
                    return Result.NONE;
                })) {
            while (telpher.operations()
                            .list(0, 500, TaskState.COMPLETED.mask(), "", "")
                            .tasks()
                            .size()
                    < BATCHES) {
                Patience.look();
            }
            batch(telpher, BATCHES);
            copy(directory.resolve("without"), killed);
        }
        hurtHandedOver(0);
        salvage();
        Map<String, Integer> tasks = tasksOfSaved();
        for (int i = 1; i < BATCHES; i++) {
            assertEquals(1, tasks.get("after-here-" + i), "follow-up of " + i);
            assertEquals(1, tasks.get("there-" + i), "other half of batch " + i);
        }
    }
}
