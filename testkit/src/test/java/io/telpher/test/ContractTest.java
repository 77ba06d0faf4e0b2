package io.telpher.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.PermanentFailure;
import io.telpher.client.ReservedTask;
import io.telpher.client.RetryAfter;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What applications may count on, of the forked broker and of the one in memory alike. */
abstract class ContractTest {
    private static final int HOUR_MS = 3_600_000;

    abstract TelpherExtension telpher();

    private Telpher client() {
        return telpher().client();
    }

    private static TaskSpec task(TestInfo test) {
        String queue = test.getTestMethod().orElseThrow().getName();
        return TaskSpec.type("a").queue(queue).backoff(Backoff.FIXED, HOUR_MS, HOUR_MS, 1_000, 0);
    }

    private static String queue(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void shouldKeepTheResult(TestInfo test) {
        long id = client().submit(task(test).payload("world")).taskId();
        try (Worker worker = client().worker(queue(test)).start(ContractTest::greet)) {
            TaskView done = telpher().awaitTask(id);
            assertEquals(TaskState.COMPLETED, done.state);
            assertEquals(1, done.attempts);
            assertEquals(
                    "hello world",
                    StandardCharsets.UTF_8.decode(done.result.bytes()).toString());
        }
    }

    private static Result greet(ReservedTask task) {
        task.progress(50, "half");
        return Result.of("text/plain", ("hello " + task.text()).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldServeByPriorityAndThenInOrder(TestInfo test) {
        client().submitBatch(List.of(
                task(test).payload("2"),
                task(test).payload("3"),
                task(test).payload("1").priority(Priority.HIGH)));
        client().submit(task(test).payload("4").priority(Priority.LOW));
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        try (Worker worker = client().worker(queue(test)).start(task -> {
            seen.add(task.text());
            return Result.NONE;
        })) {
            telpher().drain(queue(test));
        }
        assertEquals(List.of("1", "2", "3", "4"), List.copyOf(seen));
    }

    @Test
    void shouldMakeOneTaskOfAKey(TestInfo test) {
        Submission first = client().submit(task(test).idempotencyKey("k").payload("x"));
        Submission again = client().submit(task(test).idempotencyKey("k").payload("x"));
        assertFalse(first.duplicate());
        assertTrue(again.duplicate());
        assertEquals(first.taskId(), again.taskId());
        TaskSpec other = task(test).idempotencyKey("k").payload("y");
        TelpherException refused = assertThrows(TelpherException.class, () -> client().submit(other));
        assertEquals(ErrorCode.IDEMPOTENCY_MISMATCH, refused.code());
        client().cancel(first.taskId());
        assertFalse(client().submit(other).duplicate());
    }

    @Test
    void shouldRunLaterAndExpire(TestInfo test) {
        long later = client().submit(task(test).delayMs(HOUR_MS)).taskId();
        long lost = client().submit(task(test).delayMs(2L * HOUR_MS).expiresInMs(3L * HOUR_MS))
                .taskId();
        assertEquals(TaskState.SCHEDULED, client().get(later).state);
        telpher().advance(Duration.ofHours(1));
        try (Worker worker = client().worker(queue(test)).start(task -> Result.NONE)) {
            assertEquals(TaskState.COMPLETED, telpher().awaitTask(later).state);
        }
        telpher().advance(Duration.ofHours(2));
        assertEquals(TaskState.EXPIRED, telpher().awaitTask(lost).state);
    }

    @Test
    void shouldRetryUntilItIsDead(TestInfo test) {
        long id = client().submit(task(test).maxRetries(2)).taskId();
        long later = client().submit(task(test).payload("later")).taskId();
        long never = client().submit(task(test).payload("never")).taskId();
        try (Worker worker = client().worker(queue(test)).start(ContractTest::fail)) {
            telpher().drain(queue(test));
        }
        TaskView dead = client().get(id);
        assertEquals(TaskState.DEAD, dead.state);
        assertEquals(DeadReason.RETRIES_EXHAUSTED, dead.deadReason);
        assertEquals(3, dead.attempts);
        assertTrue(dead.lastError.contains("no"), dead.lastError);
        assertEquals(TaskState.COMPLETED, client().get(later).state);
        assertEquals(2, client().get(later).attempts);
        assertEquals(DeadReason.PERMANENT, client().get(never).deadReason);
    }

    private static Result fail(ReservedTask task) {
        switch (task.text()) {
            case "never":
                throw new PermanentFailure("never");
            case "later":
                if (task.attempt() == 1) {
                    throw new RetryAfter(Duration.ofMinutes(5), "later");
                }
                return Result.NONE;
            default:
                throw new IllegalStateException("no");
        }
    }

    @Test
    void shouldCancelWhatWaitsAtOnceAndWhatRunsWhenItsHandlerAgrees(TestInfo test) throws Exception {
        long waiting = client().submit(task(test).delayMs(HOUR_MS)).taskId();
        assertEquals(TaskState.CANCELLED, client().cancel(waiting));
        long running = client().submit(task(test)).taskId();
        CountDownLatch began = new CountDownLatch(1);
        try (Worker worker = client().worker(queue(test)).start(task -> {
            began.countDown();
            task.onCancel().get(1, TimeUnit.MINUTES);
            throw task.cancelled();
        })) {
            assertTrue(began.await(1, TimeUnit.MINUTES));
            assertEquals(TaskState.ACTIVE, client().cancel(running));
            assertEquals(TaskState.CANCELLED, telpher().awaitTask(running).state);
        }
        TelpherException refused = assertThrows(TelpherException.class, () -> client().get(1L << 40));
        assertEquals(ErrorCode.TASK_NOT_FOUND, refused.code());
    }

    @Test
    void shouldGiveAnotherWorkerWhatTheFirstLeft(TestInfo test) throws Exception {
        long id = client().submit(task(test)).taskId();
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Worker gone = client().worker(queue(test)).start(task -> {
            began.countDown();
            over.await();
            return Result.NONE;
        });
        assertTrue(began.await(1, TimeUnit.MINUTES));
        gone.cut();
        over.countDown();
        try (Worker worker = client().worker(queue(test)).start(task -> Result.NONE)) {
            telpher().drain(queue(test));
        }
        TaskView done = telpher().awaitTask(id);
        assertEquals(TaskState.COMPLETED, done.state);
        assertEquals(1, done.crashes);
    }

    @Test
    void shouldSubmitFollowUpsWithTheAck(TestInfo test) {
        client().submit(task(test).payload("first"));
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        try (Worker worker = client().worker(queue(test)).start(task -> {
            seen.add(task.text());
            if (task.text().equals("first")) {
                task.followUp(TaskSpec.type("a").queue(task.queue()).payload("second"));
            }
            return Result.NONE;
        })) {
            telpher().drain(queue(test));
        }
        assertEquals(List.of("first", "second"), List.copyOf(seen));
    }
}
