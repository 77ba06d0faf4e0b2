package io.telpher.broker.cli.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.QueueNames;
import io.telpher.broker.cli.Main;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.testing.Patience;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq backup} of a broker with two partitions that hand tasks over to each other all the time, in both directions. */
@Timeout(300)
class PartitionsLiveBackupTest {
    private static final int PARTITIONS = 2;
    private static final int BACKUPS = 3;
    private static final int BATCHES_BETWEEN = 30;
    private static final int PRODUCERS = 4;

    @TempDir
    Path directory;

    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger confirmedCount = new AtomicInteger();
    private final List<Integer> confirmed = new ArrayList<>();
    private volatile boolean submitting = true;

    private static String queueIn(int partition) {
        return QueueNames.in(partition, 0, PARTITIONS);
    }

    private static BrokerConfig config(Path data) {
        return BrokerConfig.of(data).onFreePorts().withPartitions(PARTITIONS);
    }

    /** The first task of a batch is of either partition by turns, so both decide. */
    private void produce(Telpher telpher) {
        while (submitting) {
            int number = numbers.incrementAndGet();
            int first = number % PARTITIONS;
            telpher.submitBatch(List.of(
                    TaskSpec.type("first-" + number).queue(queueIn(first)),
                    TaskSpec.type("second-" + number).queue(queueIn(1 - first))));
            synchronized (confirmed) {
                confirmed.add(number);
            }
            confirmedCount.incrementAndGet();
        }
    }

    private void awaitBatches() {
        int until = confirmedCount.get() + BATCHES_BETWEEN;
        while (confirmedCount.get() < until) {
            Patience.look();
        }
    }

    @Test
    void shouldRestoreBatchesAndFollowUpsWholeOrNotAtAllAndAllThatWasConfirmed() throws Exception {
        Path data = directory.resolve("data");
        List<List<Integer>> before = new ArrayList<>();
        try (Broker broker = Broker.start(config(data));
                Telpher telpher = Telpher.connect(broker.url());
                Telpher workers = Telpher.connect(broker.url());
                Worker worker = workers.worker(queueIn(0)).concurrency(4).start(task -> {
                    if (task.type().startsWith("first-")) {
                        task.followUp(TaskSpec.type("after-" + task.type()).queue(queueIn(1)));
                    }
                    return Result.NONE;
                })) {
            List<Thread> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                Thread producer = new Thread(() -> produce(telpher));
                producer.start();
                producers.add(producer);
            }
            for (int i = 0; i < BACKUPS; i++) {
                awaitBatches();
                synchronized (confirmed) {
                    before.add(List.copyOf(confirmed));
                }
                backup(data, directory.resolve("copy" + i));
            }
            submitting = false;
            for (Thread producer : producers) {
                producer.join();
            }
        }
        for (int i = 0; i < BACKUPS; i++) {
            check(directory.resolve("copy" + i), before.get(i));
        }
    }

    private static void backup(Path data, Path copy) {
        StringWriter errors = new StringWriter();
        int exit = Main.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(errors))
                .execute("backup", data.toString(), copy.toString());
        assertEquals(0, exit, errors::toString);
    }

    private void check(Path copy, List<Integer> confirmedBefore) throws Exception {
        Map<String, Integer> tasks = new HashMap<>();
        Map<String, TaskState> states = new TreeMap<>();
        try (Broker broker = Broker.start(config(copy));
                Telpher telpher = Telpher.connect(broker.url())) {
            // A partition hands over in order: what it owes is there when these are.
            for (int first = 0; first < PARTITIONS; first++) {
                telpher.submitBatch(List.of(
                        TaskSpec.type("last").queue(queueIn(first)),
                        TaskSpec.type("last").queue(queueIn(1 - first))));
            }
            list(telpher, tasks, states);
        }
        for (int number = 1; number <= numbers.get(); number++) {
            String which = "batch " + number;
            int made = tasks.getOrDefault("first-" + number, 0);
            assertEquals(made, tasks.getOrDefault("second-" + number, 0), which);
            assertTrue(made <= 1, which);
            boolean isDone = states.get("first-" + number) == TaskState.COMPLETED;
            assertEquals(isDone ? 1 : 0, tasks.getOrDefault("after-first-" + number, 0), "follow-up of " + which);
        }
        for (int number : confirmedBefore) {
            assertEquals(1, tasks.get("first-" + number), () -> "confirmed before the backup: " + number);
        }
    }

    private static void list(Telpher telpher, Map<String, Integer> tasks, Map<String, TaskState> states) {
        long after = 0;
        do {
            Operations.Page page = telpher.operations().list(after, 500, 0, "", "");
            for (TaskView task : page.tasks()) {
                tasks.merge(task.type, 1, Integer::sum);
                states.put(task.type, task.state);
            }
            after = page.nextAfter();
        } while (after != 0);
    }
}
