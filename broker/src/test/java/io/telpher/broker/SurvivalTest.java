package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.ConnectionException;
import io.telpher.client.RawWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real process, killed again and again at random moments under traffic; then every confirmed task is accounted for. {@code -Dsurvival.kills=100} for
 * more.
 */
class SurvivalTest {
    private static final int KILLS = Integer.getInteger("survival.kills", 8);
    private static final int PRODUCERS = 3;
    private static final int WORKERS = 3;
    private static final String QUEUE = "survive";
    private static final QueuePolicyFields SHORT_LEASES = QueuePolicyFields.DEFAULT
            .with(PolicyField.VISIBILITY_TIMEOUT, 1_000)
            .with(PolicyField.MAX_RETRIES, 1000)
            .with(PolicyField.BASE, 10)
            .with(PolicyField.CAP, 10)
            .with(PolicyField.FACTOR, 1000)
            .with(PolicyField.JITTER, 0)
            .with(Backoff.FIXED)
            .with(OnDisconnect.RELEASE)
            .with(PolicyField.MAX_TASKS, 0);

    @TempDir
    Path directory;

    private final Map<Long, Integer> confirmed = new ConcurrentHashMap<>();
    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
    private final List<String> violations = java.util.Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger unknown = new AtomicInteger();
    private volatile boolean submitting = true;
    private volatile boolean working = true;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldLoseNothingThatWasConfirmedHoweverOftenItIsKilled() throws Exception {
        BrokerProcess broker = BrokerProcess.start(directory, 0);
        List<Telpher> clients = new ArrayList<>();
        List<Thread> producers = new ArrayList<>();
        List<Thread> workers = new ArrayList<>();
        try {
            for (int i = 0; i < PRODUCERS + WORKERS; i++) {
                clients.add(Telpher.connect(broker.url()));
            }
            clients.get(0).operations().putQueue(QUEUE, SHORT_LEASES);
            for (int i = 0; i < PRODUCERS; i++) {
                int number = i;
                producers.add(started(() -> produce(clients.get(number), number)));
            }
            for (int i = 0; i < WORKERS; i++) {
                int number = i;
                workers.add(started(() -> work(clients.get(PRODUCERS + number))));
            }
            broker = killAndRestart(broker);
            submitting = false;
            join(producers);
            account(clients.get(0));
            working = false;
            join(workers);
        } finally {
            submitting = false;
            working = false;
            broker.kill();
            clients.forEach(Telpher::close);
        }
        System.out.printf(
                "survival: %d kills, %d tasks confirmed, %d outcomes unknown, %d acks confirmed, lost 0%n",
                KILLS, confirmed.size(), unknown.get(), acknowledged.size());
    }

    private BrokerProcess killAndRestart(BrokerProcess first) throws Exception {
        Random random = new Random();
        BrokerProcess broker = first;
        for (int i = 0; i < KILLS; i++) {
            int before = confirmed.size();
            awaitProgress(before);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(700)));
            broker.kill();
            broker = BrokerProcess.start(directory, broker.port());
        }
        return broker;
    }

    /** Each kill should hit live traffic, however slow the machine is. */
    private void awaitProgress(int before) {
        while (confirmed.size() < before + 50) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void produce(Telpher telpher, int number) {
        Random random = new Random(number);
        for (int i = 0; submitting; i++) {
            byte[] payload = new byte[8 + random.nextInt(4000)];
            random.nextBytes(payload);
            TaskSpec task = TaskSpec.type("check").queue(QUEUE).payload(payload);
            if (i % 2 == 0) {
                task.idempotencyKey(number + "-" + i);
            }
            try {
                Submission submission = telpher.submit(task);
                confirmed.put(submission.taskId(), crc(payload));
            } catch (ConnectionException e) {
                unknown.incrementAndGet();
            }
        }
    }

    private void work(Telpher telpher) {
        RawWorker worker = new RawWorker(telpher);
        while (working) {
            try {
                Delivery delivery = worker.reserve(QUEUE, 8, 500);
                while (delivery.next()) {
                    run(worker, delivery);
                }
            } catch (TelpherException e) {
                // Cut off, or the lease was lost over a long restart: both are part of the game, the accounts are made
                // at the end.
                unknown.incrementAndGet();
            }
        }
    }

    private void run(RawWorker worker, Delivery delivery) {
        long taskId = delivery.taskId();
        if (acknowledged.contains(taskId)) {
            violations.add("task " + taskId + " was delivered again after its ack was confirmed");
        }
        Integer expected = confirmed.get(taskId);
        if (expected != null && expected != crc(delivery.submit().payload())) {
            violations.add("task " + taskId + " came with another payload");
        }
        worker.ack(taskId, delivery.leaseId());
        acknowledged.add(taskId);
    }

    private void account(Telpher telpher) {
        int lost = 0;
        for (Map.Entry<Long, Integer> task : confirmed.entrySet()) {
            try {
                TaskState state = telpher.waitFor(task.getKey(), Duration.ofMinutes(2)).state;
                assertEquals(TaskState.COMPLETED, state, "task " + task.getKey());
                byte[] kept = telpher.getAsync(task.getKey(), true).join().payload;
                assertEquals(task.getValue(), crc(kept), "payload of task " + task.getKey());
            } catch (TelpherException e) {
                lost++;
            }
        }
        assertEquals(0, lost, "confirmed tasks that are gone");
        assertEquals(List.of(), violations);
        assertTrue(confirmed.size() > KILLS * 50, "too little traffic: " + confirmed.size());
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(ByteBuffer.wrap(bytes));
        return (int) crc.getValue();
    }

    private static Thread started(Runnable body) {
        Thread thread = new Thread(body);
        thread.start();
        return thread;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
