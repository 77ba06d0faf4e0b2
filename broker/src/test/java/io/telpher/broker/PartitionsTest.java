package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.JournalException;
import io.telpher.client.Operations;
import io.telpher.client.PermanentFailure;
import io.telpher.client.RawWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker with three partitions behaves as one with a single one does, but for what docs/PROTOCOL.md says about order. */
class PartitionsTest {
    private static final int PARTITIONS = 3;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Broker broker;
    private Telpher telpher;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(config());
        telpher = Telpher.connect(broker.url());
    }

    private BrokerConfig config() {
        return BrokerConfig.of(directory).onFreePorts().withPartitions(PARTITIONS);
    }

    @AfterEach
    void stop() {
        telpher.close();
        broker.close();
    }

    /** The broker goes first: what a connection holds that ends before is given back. */
    private void restart() throws Exception {
        broker.close();
        telpher.close();
        start();
    }

    /** The nth queue that lives in this partition. */
    private static String queueIn(int partition, int n) {
        return QueueNames.in(partition, n, PARTITIONS);
    }

    private static String queueIn(int partition) {
        return queueIn(partition, 0);
    }

    private static TaskSpec task(int partition) {
        return TaskSpec.type("t").queue(queueIn(partition)).payload("p" + partition);
    }

    private static List<TaskSpec> oneForEach() {
        return List.of(task(0), task(1), task(2));
    }

    private static List<Long> ids(List<Submission> submissions) {
        return submissions.stream().map(Submission::taskId).toList();
    }

    @Test
    void shouldPutEachTaskIntoThePartitionOfItsQueue() {
        for (int i = 0; i < PARTITIONS; i++) {
            Submission submission = telpher.submit(task(i));
            assertEquals(i, TaskId.partition(submission.taskId()));
            assertEquals(
                    "p" + i,
                    new String(telpher.getAsync(submission.taskId(), true).join().payload, StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldServeAWorkerThatListensInAllPartitions() {
        List<Submission> submissions = new ArrayList<>();
        try (Worker worker = telpher.worker(queueIn(2), queueIn(0), queueIn(1))
                .concurrency(4)
                .start(task -> Result.of("text/plain", task.payload()))) {
            for (int i = 0; i < 60; i++) {
                submissions.add(telpher.submit(task(i % PARTITIONS)));
            }
            for (Submission submission : submissions) {
                assertEquals(TaskState.COMPLETED, telpher.waitFor(submission.taskId(), LONG).state);
            }
        }
        assertEquals(60, telpher.operations().stats().get(BrokerStats.Field.COMPLETED));
    }

    @Test
    void shouldNeverGiveAReserveMoreThanItAskedForWhenSeveralPartitionsHaveSomething() throws Exception {
        RawWorker worker = new RawWorker(telpher);
        for (int round = 0; round < 30; round++) {
            CompletableFuture<Delivery> reserve = CompletableFuture.supplyAsync(
                    () -> worker.reserve(List.of(queueIn(0), queueIn(1), queueIn(2)), 1, 30_000));
            List<CompletableFuture<Submission>> submits =
                    oneForEach().stream().map(telpher::submitAsync).toList();
            Delivery delivery = reserve.get();
            assertTrue(delivery.next());
            long first = delivery.taskId();
            worker.ack(first, delivery.leaseId());
            assertFalse(delivery.next());
            Set<Long> others = new HashSet<>();
            submits.forEach(submit -> others.add(submit.join().taskId()));
            others.remove(first);
            // What another partition had granted, too, is ready again, with its first attempt still to come.
            for (int i = 0; i < PARTITIONS - 1; i++) {
                Delivery next = worker.reserve(List.of(queueIn(1), queueIn(2), queueIn(0)), 1, 30_000);
                assertTrue(next.next());
                assertEquals(1, next.attempt());
                assertTrue(others.remove(next.taskId()));
                worker.ack(next.taskId(), next.leaseId());
            }
        }
        assertEquals(0, telpher.operations().stats().get(BrokerStats.Field.LIVE_TASKS));
    }

    @Test
    void shouldReserveInOrderOfPreferenceOverPartitions() {
        RawWorker worker = new RawWorker(telpher);
        List<String> preference = List.of(queueIn(1), queueIn(0), queueIn(1, 1));
        telpher.submit(TaskSpec.type("t").queue(preference.get(2)).payload("last"));
        telpher.submit(TaskSpec.type("t").queue(preference.get(1)).payload("second"));
        telpher.submit(TaskSpec.type("t").queue(preference.get(0)).payload("first"));
        for (String expected : List.of("first", "second", "last")) {
            Delivery delivery = worker.reserve(preference, 1, 0);
            assertTrue(delivery.next());
            assertEquals(expected, new String(delivery.submit().payload(), StandardCharsets.UTF_8));
        }
        assertFalse(worker.reserve(preference, 1, 50).next());
    }

    @Test
    void shouldSubmitABatchOverPartitionsAsAWhole() {
        List<Long> ids = ids(telpher.submitBatch(oneForEach()));
        for (int i = 0; i < PARTITIONS; i++) {
            assertEquals(i, TaskId.partition(ids.get(i)));
            assertEquals(TaskState.READY, telpher.get(ids.get(i)).state);
        }
        telpher.operations().pause(queueIn(2), true);
        TelpherException refused = assertThrows(TelpherException.class, () -> telpher.submitBatch(oneForEach()));
        assertEquals(ErrorCode.QUEUE_PAUSED, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("task 2"), refused::getMessage);
        assertEquals(3, telpher.operations().stats().get(BrokerStats.Field.SUBMITTED));
    }

    @Test
    void shouldFindTheTasksOfARepeatedBatch() {
        List<TaskSpec> keyed = List.of(task(0).idempotencyKey("a"), task(1).idempotencyKey("b"));
        List<Submission> first = telpher.submitBatch(keyed);
        List<Submission> again = telpher.submitBatch(keyed);
        assertEquals(ids(first), ids(again));
        assertTrue(again.stream().allMatch(Submission::duplicate));
        List<TaskSpec> other =
                List.of(task(0).idempotencyKey("c"), task(1).idempotencyKey("b").payload("other"));
        TelpherException refused = assertThrows(TelpherException.class, () -> telpher.submitBatch(other));
        assertEquals(ErrorCode.IDEMPOTENCY_MISMATCH, refused.code());
        assertEquals(2, telpher.operations().stats().get(BrokerStats.Field.SUBMITTED));
    }

    @Test
    void shouldMakeFollowUpsInOtherPartitionsWithTheirAck() {
        Submission first = telpher.submit(task(0));
        try (Worker worker = telpher.worker(queueIn(0)).start(task -> {
            task.followUp(task(1));
            task.followUp(task(2));
            return Result.NONE;
        })) {
            assertEquals(TaskState.COMPLETED, telpher.waitFor(first.taskId(), LONG).state);
        }
        RawWorker next = new RawWorker(telpher);
        assertTrue(next.reserve(queueIn(1), 1, 30_000).next());
        assertTrue(next.reserve(queueIn(2), 1, 30_000).next());
        assertEquals(3, telpher.operations().stats().get(BrokerStats.Field.SUBMITTED));
    }

    @Test
    void shouldKeepAllOfItOverARestart() throws Exception {
        List<Long> ids = ids(telpher.submitBatch(oneForEach()));
        Delivery held = new RawWorker(telpher).reserve(List.of(queueIn(1), queueIn(2)), 1, 0);
        assertTrue(held.next());
        long reserved = held.taskId();
        restart();
        for (long id : ids) {
            assertEquals(id == reserved ? TaskState.ACTIVE : TaskState.READY, telpher.get(id).state);
        }
        new RawWorker(telpher).ack(reserved, held.leaseId());
        assertEquals(TaskState.COMPLETED, telpher.get(reserved).state);
    }

    // ---- over all partitions

    @Test
    void shouldListEveryTaskOncePageByPage() {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            ids.add(telpher.submit(task(i % PARTITIONS)).taskId());
        }
        ids.sort(null);
        for (int limit : new int[] {1, 4, 7, 100}) {
            List<Long> listed = new ArrayList<>();
            Operations.Page page = telpher.operations().list(0, limit, 0, "", "");
            page.tasks().forEach(task -> listed.add(task.taskId));
            while (page.nextAfter() != 0) {
                page = telpher.operations().list(page.nextAfter(), limit, 0, "", "");
                page.tasks().forEach(task -> listed.add(task.taskId));
            }
            assertEquals(ids, listed, "pages of " + limit);
        }
    }

    @Test
    void shouldListEveryQueueOncePageByPage() {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 9; i++) {
            names.add(queueIn(i % PARTITIONS, i / PARTITIONS));
            telpher.submit(TaskSpec.type("t").queue(queueIn(i % PARTITIONS, i / PARTITIONS)));
        }
        telpher.operations().putQueue(QueueName.DEFAULT, QueuePolicyFields.DEFAULT);
        names.add(QueueName.DEFAULT);
        for (int limit : new int[] {1, 4, 100}) {
            List<String> listed = new ArrayList<>();
            List<QueueView> page = telpher.operations().queues(limit, "");
            while (!page.isEmpty()) {
                page.forEach(queue -> listed.add(queue.name));
                page = telpher.operations().queues(limit, page.get(page.size() - 1).name);
            }
            assertEquals(names.size(), listed.size(), "pages of " + limit);
            assertEquals(names, new HashSet<>(listed));
        }
        assertEquals(names.size(), telpher.operations().stats().get(BrokerStats.Field.QUEUES));
    }

    @Test
    void shouldFollowTheDefaultPolicyInEveryPartition() throws Exception {
        QueuePolicyFields once = QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 7);
        telpher.operations().putQueue(QueueName.DEFAULT, once);
        restart();
        for (Submission submission : telpher.submitBatch(oneForEach())) {
            assertEquals(7, telpher.get(submission.taskId()).maxRetries);
        }
    }

    @Test
    void shouldReplayTheDeadOfAllPartitions() {
        List<Long> ids = ids(telpher.submitBatch(oneForEach()));
        try (Worker worker = telpher.worker(queueIn(0), queueIn(1), queueIn(2)).start(task -> {
            throw new PermanentFailure("never");
        })) {
            for (long id : ids) {
                assertEquals(TaskState.DEAD, telpher.waitFor(id, LONG).state);
            }
        }
        Operations operations = telpher.operations();
        List<Long> dead = new ArrayList<>();
        Operations.Page page = operations.deadLetters(DlqFilter.ANY, 0, 2);
        page.tasks().forEach(task -> dead.add(task.taskId));
        operations.deadLetters(DlqFilter.ANY, page.nextAfter(), 2).tasks().forEach(task -> dead.add(task.taskId));
        assertEquals(ids, dead);
        assertEquals(3, operations.replay(DlqFilter.ANY, new DlqReplay.Options(0, 0, true)));
        assertEquals(2, operations.replay(ids.get(0), ids.get(2)));
        assertEquals(1, operations.discard(DlqFilter.ANY, DlqReplay.Options.ALL));
        assertEquals(TaskState.DISCARDED, telpher.get(ids.get(1)).state);
        assertEquals(2, operations.stats().get(BrokerStats.Field.READY));
    }

    @Test
    void shouldShareRetentionBytesBetweenThePartitions() throws Exception {
        broker.close();
        telpher.close();
        long bytesOfOne = 128;
        int keptInEach = 4;
        broker = Broker.start(
                config().withRetention(new Retention(Duration.ofHours(24), bytesOfOne * keptInEach * PARTITIONS)));
        telpher = Telpher.connect(broker.url());
        List<Long> ids = new ArrayList<>();
        try (Worker worker = telpher.worker(queueIn(1)).start(task -> Result.NONE)) {
            for (int i = 0; i < keptInEach * PARTITIONS; i++) {
                ids.add(telpher.submit(task(1)).taskId());
                telpher.waitFor(ids.get(i), LONG);
            }
        }
        // What is too much goes when the clock's next second begins.
        Overload.await("tasks over the share to go", () -> !isThere(ids.get(ids.size() - keptInEach - 1)));
        List<Long> kept = ids.subList(ids.size() - keptInEach, ids.size());
        assertEquals(kept, ids.stream().filter(this::isThere).toList());
    }

    private boolean isThere(long id) {
        try {
            return telpher.get(id).state == TaskState.COMPLETED;
        } catch (TelpherException e) {
            assertEquals(ErrorCode.TASK_PURGED, e.code());
            return false;
        }
    }

    @Test
    void shouldKnowTheWorkersOfAllPartitions() {
        try (Worker worker = telpher.worker(queueIn(0), queueIn(1))
                .name("ann")
                .concurrency(1)
                .start(task -> Result.NONE)) {
            TaskView done = telpher.waitFor(telpher.submit(task(1)).taskId(), LONG);
            assertEquals(TaskState.COMPLETED, done.state);
            assertEquals(
                    List.of("ann"),
                    telpher.operations().workers().stream()
                            .map(Operations.ConnectedWorker::worker)
                            .toList());
        }
        assertTrue(telpher.operations().snapshot() > 0);
    }

    @Test
    void shouldGiveTheLeasesOfALostConnectionBackInEveryPartition() {
        telpher.submitBatch(oneForEach());
        try (Telpher lost = Telpher.connect(broker.url())) {
            RawWorker worker = new RawWorker(lost);
            for (int i = 0; i < PARTITIONS; i++) {
                assertTrue(worker.reserve(queueIn(i), 1, 0).next());
            }
        }
        RawWorker next = new RawWorker(telpher);
        for (int i = 0; i < PARTITIONS; i++) {
            Delivery delivery = next.reserve(queueIn(i), 1, 30_000);
            assertTrue(delivery.next());
            assertEquals(1, delivery.attempt(), "its worker had not started it");
            assertEquals(1, delivery.crashes());
        }
    }

    @Test
    void shouldRefuseAnotherNumberOfPartitionsAndSayTheWayOut() throws Exception {
        telpher.submit(task(1));
        stop();
        JournalException refused = assertThrows(JournalException.class, () -> Broker.start(config().withPartitions(2)));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-2030 "), refused::getMessage);
        assertTrue(String.valueOf(refused.getMessage()).contains("Set broker.partitions = 3"), refused::getMessage);
        broker = Broker.start(config().withPartitions(0));
        telpher = Telpher.connect(broker.url());
        assertEquals(1, telpher.operations().stats().get(BrokerStats.Field.READY));
    }
}
