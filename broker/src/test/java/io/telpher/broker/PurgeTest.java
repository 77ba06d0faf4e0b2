package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Operations;
import io.telpher.client.RawWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.session.Counted;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Purges of more tasks than one record takes: many records, the meaning of one. */
@Timeout(120)
class PurgeTest {
    private static final int TASKS = 30_000;
    private static final int BATCH = 1_000;

    @TempDir
    Path directory;

    private Broker broker;
    private Telpher telpher;

    @BeforeEach
    void submit() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(1));
        telpher = Telpher.connect(broker.url());
        for (int i = 0; i < TASKS / BATCH; i++) {
            List<TaskSpec> batch = new ArrayList<>();
            // A tenth of them in a queue that is not purged.
            IntStream.range(0, BATCH)
                    .mapToObj(n -> TaskSpec.type("t").queue(n % 10 == 0 ? "kept" : "purged"))
                    .forEach(batch::add);
            telpher.submitBatch(batch);
        }
    }

    @AfterEach
    void close() throws Exception {
        telpher.close();
        broker.close();
    }

    private CompletableFuture<Long> purge(String queue, int limit) {
        CompletableFuture<ByteBuffer> reply =
                new RawWorker(telpher).ask(id -> PurgeQueue.write(new FrameWriter(), id, queue, limit));
        return reply.thenApply(frame -> new Counted().wrap(frame, 0).count());
    }

    private List<TaskView> tasks(TaskState state, String queue) {
        List<TaskView> all = new ArrayList<>();
        long after = 0;
        do {
            Operations.Page page = telpher.operations().list(after, 1000, state.mask(), queue, "");
            all.addAll(page.tasks());
            after = page.nextAfter();
        } while (after != 0);
        return all;
    }

    @Test
    void shouldCancelAllThatIsPendingInTheQueueAndNothingElse() {
        assertEquals(TASKS * 9L / 10, purge("purged", 0).join());
        assertEquals(0, tasks(TaskState.READY, "purged").size());
        assertEquals(TASKS / 10, tasks(TaskState.READY, "kept").size());
    }

    @Test
    void shouldCancelTheOldestUpToTheLimit() {
        assertEquals(15_000, purge("purged", 15_000).join());
        List<TaskView> left = tasks(TaskState.READY, "purged");
        List<TaskView> gone = tasks(TaskState.CANCELLED, "purged");
        assertEquals(TASKS * 9 / 10 - 15_000, left.size());
        assertTrue(gone.get(gone.size() - 1).taskId < left.get(0).taskId);
    }

    /** Its place is where the connection sent it, though its pieces come later. */
    @Test
    void shouldNotTouchWhatWasSubmittedBehindIt() {
        List<CompletableFuture<Long>> purges = new ArrayList<>();
        List<CompletableFuture<Submission>> submits = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            purges.add(purge("purged", 0));
            for (int n = 0; n < 5; n++) {
                submits.add(telpher.submitAsync(TaskSpec.type("later").queue(i == 2 ? "purged" : "kept")));
            }
        }
        assertEquals(
                TASKS * 9L / 10,
                purges.stream().mapToLong(CompletableFuture::join).sum());
        submits.forEach(CompletableFuture::join);
        assertEquals(5, tasks(TaskState.READY, "purged").size());
        assertEquals(TASKS / 10 + 10, tasks(TaskState.READY, "kept").size());
    }

    /** The mark, and for a task that was found soon one piece: not one for every so many ids that others have. */
    @Test
    void shouldCostNothingForWhatOthersKeep() {
        telpher.submit(TaskSpec.type("t").queue("small"));
        telpher.operations().purge("small", 0);
        telpher.operations().purge("purged", 0);
        long before = journalSequence();
        for (int i = 0; i < 10; i++) {
            assertEquals(0, telpher.operations().purge("small", 0));
        }
        long records = journalSequence() - before;
        assertTrue(records < 20, records + " records");
    }

    /** Tasks that lie far apart: each is a piece, and no piece is for the ids between them. */
    @Test
    void shouldPurgeAndDeleteAQueueByItsOwnTasksHoweverManyLieBetween() {
        for (int round = 0; round < 3; round++) {
            List<TaskSpec> others =
                    Collections.nCopies(BATCH, TaskSpec.type("t").queue("kept"));
            telpher.submit(TaskSpec.type("t").queue("rare"));
            telpher.submit(TaskSpec.type("t").queue("rare").priority(Priority.LOW));
            for (int i = 0; i < 12; i++) {
                telpher.submitBatch(others);
            }
        }
        long before = journalSequence();
        assertEquals(3, telpher.operations().purge("rare", 3));
        assertEquals(3, tasks(TaskState.READY, "rare").size());
        telpher.submit(TaskSpec.type("t").queue("rare").delayMs(3_600_000));
        assertEquals(4, telpher.operations().purge("rare", 0), "one that waits for its time is found by a walk");
        telpher.submit(TaskSpec.type("t").queue("rare").maxRetries(0));
        RawWorker worker = new RawWorker(telpher);
        Delivery delivery = worker.reserve("rare", 1, 0);
        assertTrue(delivery.next());
        long taskId = delivery.taskId();
        long leaseId = delivery.leaseId();
        worker.ask(id -> Nack.write(new FrameWriter(), id, taskId, leaseId, -1, true, "error"))
                .join();
        assertEquals(1, tasks(TaskState.DEAD, "rare").size());
        telpher.submit(TaskSpec.type("t").queue("rare"));
        assertEquals(2, telpher.operations().deleteQueue("rare", true));
        long records = journalSequence() - before;
        assertTrue(records < 40, records + " records");
    }

    private long journalSequence() {
        return telpher.operations().stats().get(BrokerStats.Field.JOURNAL_SEQUENCE);
    }

    @Test
    void shouldRefuseAQueueThatIsNotThereAndGoOn() {
        TelpherException refused = Assertions.assertThrows(
                TelpherException.class, () -> telpher.operations().purge("nowhere", 0));
        assertEquals(ErrorCode.QUEUE_NOT_FOUND, refused.code());
        assertEquals(TASKS / 10, telpher.operations().purge("kept", 0));
    }

    @Test
    void shouldHaveDoneTheSameAfterAStart() throws Exception {
        purge("purged", 0).join();
        telpher.close();
        broker.close();
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(1));
        telpher = Telpher.connect(broker.url());
        assertEquals(0, tasks(TaskState.READY, "purged").size());
        assertEquals(TASKS / 10, tasks(TaskState.READY, "kept").size());
    }
}
