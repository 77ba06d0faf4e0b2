package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.PermanentFailure;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way, in one process: client, sockets, journal on the disk, core, and back. */
class BrokerTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Broker broker;
    private Telpher telpher;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        telpher = Telpher.connect(broker.url());
    }

    @AfterEach
    void stop() {
        telpher.close();
        broker.close();
    }

    private void restart() throws Exception {
        stop();
        start();
    }

    private static TaskSpec mail(String text) {
        return TaskSpec.type("mail").queue("mail").payload(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldRunATaskAndKeepItsResult() {
        Submission submission = telpher.submit(mail("hello"));
        try (Worker worker = telpher.worker("mail").start(task -> Result.of("text/plain", task.payload()))) {
            TaskView task = telpher.waitFor(submission.taskId(), LONG);
            assertEquals(TaskState.COMPLETED, task.state);
            assertEquals(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)), task.result.bytes());
            assertEquals(1, task.attempts);
        }
    }

    @Test
    void shouldRetryThenBuryWithTheError() {
        Submission submission = telpher.submit(mail("x").maxRetries(1).backoff(Backoff.FIXED, 10, 10, 1000, 0));
        try (Worker worker = telpher.worker("mail").start(task -> {
            throw new IllegalStateException("attempt " + task.attempt() + " failed");
        })) {
            TaskView task = telpher.waitFor(submission.taskId(), LONG);
            assertEquals(TaskState.DEAD, task.state);
            assertEquals(DeadReason.RETRIES_EXHAUSTED, task.deadReason);
            assertTrue(task.lastError.startsWith("java.lang.IllegalStateException: attempt 2 failed"), task.lastError);
        }
        List<TaskView> dead =
                telpher.operations().deadLetters(DlqFilter.queue("mail"), 0, 10).tasks();
        assertEquals(
                List.of(submission.taskId()),
                dead.stream().map(task -> task.taskId).toList());
    }

    @Test
    void shouldBuryAPermanentFailureAtOnceAndReplayIt() {
        Submission submission = telpher.submit(mail("x"));
        CompletableFuture<Boolean> repaired = new CompletableFuture<>();
        try (Worker worker = telpher.worker("mail").start(task -> {
            if (!repaired.isDone()) {
                throw new PermanentFailure("no such address");
            }
            return null;
        })) {
            assertEquals(DeadReason.PERMANENT, telpher.waitFor(submission.taskId(), LONG).deadReason);
            repaired.complete(true);
            assertEquals(1, telpher.operations().replay(submission.taskId()));
            TaskView task = telpher.waitFor(submission.taskId(), LONG);
            assertEquals(TaskState.COMPLETED, task.state);
            assertEquals(1, task.replays);
        }
    }

    @Test
    void shouldMakeOneTaskOfTwoSubmitsWithTheSameKey() {
        Submission first = telpher.submit(mail("x").idempotencyKey("order-1"));
        Submission again = telpher.submit(mail("x").idempotencyKey("order-1"));
        assertEquals(first.taskId(), again.taskId());
        assertTrue(again.duplicate());
        TelpherException refused = assertThrows(
                TelpherException.class, () -> telpher.submit(mail("other").idempotencyKey("order-1")));
        assertEquals(ErrorCode.IDEMPOTENCY_MISMATCH, refused.code());
    }

    @Test
    void shouldTellARunningHandlerThatItsTaskIsCancelled() {
        CountDownLatch started = new CountDownLatch(1);
        try (Worker worker = telpher.worker("mail").start(task -> {
            started.countDown();
            task.onCancel().join();
            throw new IllegalStateException("stopped");
        })) {
            Submission submission = telpher.submit(mail("x"));
            started.await();
            assertEquals(TaskState.ACTIVE, telpher.cancel(submission.taskId()));
            assertEquals(TaskState.CANCELLED, telpher.waitFor(submission.taskId(), LONG).state);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldRenewTheLeaseWhileTheHandlerRuns() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<@Nullable Result> outcome = new CompletableFuture<>();
        Submission submission = telpher.submit(mail("x"));
        try (Worker worker = telpher.worker("mail")
                .visibilityTimeout(Duration.ofSeconds(1))
                .start(task -> {
                    started.countDown();
                    return outcome.join();
                })) {
            started.await();
            long firstDeadlineMs = telpher.get(submission.taskId()).leaseDeadlineMs;
            TaskView task = telpher.get(submission.taskId());
            // Without a renewal the lease ends, and with it this loop.
            while (task.state == TaskState.ACTIVE && task.leaseDeadlineMs < firstDeadlineMs + 2000) {
                task = telpher.get(submission.taskId());
            }
            outcome.complete(null);
            task = telpher.waitFor(submission.taskId(), LONG);
            assertEquals(TaskState.COMPLETED, task.state);
            assertEquals(1, task.attempts);
            assertEquals(0, task.crashes);
        }
    }

    @Test
    void shouldRedeliverAtOnceWhenAWorkersConnectionCloses() {
        CountDownLatch started = new CountDownLatch(1);
        Submission submission = telpher.submit(mail("x"));
        Telpher other = Telpher.connect(broker.url());
        Worker stuck = other.worker("mail").start(task -> {
            started.countDown();
            task.onCancel().join();
            return null;
        });
        CompletableFuture<Integer> crashes = new CompletableFuture<>();
        try (Worker worker = telpher.worker("mail").start(task -> {
            crashes.complete(task.crashes());
            return null;
        })) {
            // One of the two got it; if it is the stuck one, cutting its connection hands the task to the other.
            if (!crashes.isDone() && awaits(started)) {
                stuck.cut();
                assertEquals(
                        1,
                        crashes.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS)
                                .join());
            }
            assertEquals(TaskState.COMPLETED, telpher.waitFor(submission.taskId(), LONG).state);
        }
        other.close();
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(1, java.util.concurrent.TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldKeepEverythingOverARestart() throws Exception {
        List<TaskSpec> batch = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            batch.add(mail("task " + i));
        }
        List<Submission> submissions = telpher.submitBatch(batch);
        Submission delayed = telpher.submit(mail("later").delayMs(3_600_000));
        restart();
        assertEquals(1000, telpher.operations().queue("mail").ready[1]);
        assertEquals(TaskState.SCHEDULED, telpher.get(delayed.taskId()).state);
        CountDownLatch done = new CountDownLatch(1000);
        try (Worker worker = telpher.worker("mail").concurrency(8).start(task -> {
            done.countDown();
            return null;
        })) {
            done.await();
        }
        restart();
        for (Submission submission : submissions) {
            assertEquals(TaskState.COMPLETED, telpher.get(submission.taskId()).state);
        }
    }
}
