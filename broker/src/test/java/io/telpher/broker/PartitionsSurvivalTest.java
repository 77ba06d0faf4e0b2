package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real process with three partitions, killed between the halves of what concerns several: batches, and follow-ups of acknowledgements. */
class PartitionsSurvivalTest {
    private static final int PARTITIONS = 3;
    private static final int KILLS = 6;
    private static final String SOURCE = queueIn(0);
    private static final String AFTER = queueIn(2);

    @TempDir
    Path directory;

    private final Set<Integer> confirmed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger batches = new AtomicInteger();
    private volatile boolean submitting = true;

    private static String queueIn(int partition) {
        return QueueNames.in(partition, 0, PARTITIONS);
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldMakeBatchesAndFollowUpsWholeOrNotAtAllHoweverOftenItIsKilled() throws Exception {
        Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(PARTITIONS))
                .close();
        BrokerProcess broker = BrokerProcess.start(directory, 0);
        int port = broker.port();
        try (Telpher producer = Telpher.connect(broker.url());
                Telpher workers = Telpher.connect(broker.url());
                Worker worker = workers.worker(SOURCE).concurrency(8).start(task -> {
                    task.followUp(TaskSpec.type("after-" + task.type()).queue(AFTER));
                    return Result.NONE;
                })) {
            Thread submits = new Thread(() -> produce(producer));
            submits.start();
            Random random = new Random(11);
            for (int kill = 0; kill < KILLS; kill++) {
                awaitBatches(batches.get() + 5 + random.nextInt(40));
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(5_000)));
                broker.kill();
                broker = BrokerProcess.start(directory, port);
            }
            submitting = false;
            submits.join();
            check(producer);
        } finally {
            broker.close();
        }
    }

    private void produce(Telpher producer) {
        while (submitting) {
            int number = batches.get() + 1;
            List<TaskSpec> batch = IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> TaskSpec.type("n" + number).queue(queueIn(partition)))
                    .toList();
            try {
                producer.submitBatch(batch);
                confirmed.add(number);
            } catch (TelpherException e) {
                // Whole or absent; which of them, the check finds out.
            }
            batches.incrementAndGet();
        }
    }

    private void awaitBatches(int count) {
        while (batches.get() < count) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private void check(Telpher client) {
        Map<String, Integer> tasks = new HashMap<>();
        Map<String, TaskState> sources = new HashMap<>();
        int left = 1;
        while (left > 0) {
            tasks.clear();
            sources.clear();
            list(client, tasks, sources);
            left = (int) sources.values().stream()
                    .filter(state -> state != TaskState.COMPLETED)
                    .count();
            // An acknowledgement's other half may still be on its way when it shows as completed.
            int after = (int) tasks.keySet().stream()
                    .filter(type -> type.startsWith("after-"))
                    .count();
            left += sources.size() - after;
        }
        assertTrue(confirmed.size() > KILLS, () -> "only " + confirmed.size() + " batches were confirmed");
        for (int n = 1; n <= batches.get(); n++) {
            int made = tasks.getOrDefault("n" + n, 0);
            int number = n;
            assertTrue(made == 0 || made == PARTITIONS, () -> "of batch " + number + " there are " + made);
            assertTrue(made > 0 || !confirmed.contains(n), () -> "batch " + number + " was confirmed and is gone");
            assertEquals(made > 0 ? 1 : 0, tasks.getOrDefault("after-n" + n, 0), "follow-ups of batch " + n);
        }
        assertEquals(0, client.operations().stats().get(BrokerStats.Field.DEAD));
    }

    private static void list(Telpher client, Map<String, Integer> tasks, Map<String, TaskState> sources) {
        long after = 0;
        do {
            Operations.Page page = client.operations().list(after, 500, 0, "", "");
            for (TaskView task : page.tasks()) {
                tasks.merge(task.type, 1, Integer::sum);
                if (task.queue.equals(SOURCE)) {
                    sources.put(task.type, task.state);
                }
            }
            after = page.nextAfter();
        } while (after != 0);
    }
}
