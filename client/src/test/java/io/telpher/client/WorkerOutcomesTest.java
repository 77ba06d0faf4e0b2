package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Progress;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How an attempt ends, whatever the handler, the lease and the broker do. */
@Timeout(60)
class WorkerOutcomesTest {
    private static final int LARGE = 1 << 20;
    private static final int LEASE_MS = 30_000;
    private static final int LONG_LEASE_MS = 3_600_000;
    private static final Duration LONG = Duration.ofSeconds(30);

    private interface Setup {
        WorkerBuilder of(WorkerBuilder worker);
    }

    /** The outcome that the broker hears of one task. */
    private static String outcome(WorkerScript script, Setup setup, TaskHandler handler) throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = setup.of(telpher.worker("default")).start(handler)) {
            assertNotNull(worker);
            return String.valueOf(script.outcomes.poll(30, TimeUnit.SECONDS));
        }
    }

    private static String outcome(TaskHandler handler) throws Exception {
        return outcome(new WorkerScript(1, LEASE_MS), worker -> worker, handler);
    }

    @Test
    void shouldAcknowledgeWhatReturns() throws Exception {
        assertEquals("ack", outcome(task -> Result.NONE));
        assertEquals("ack", outcome(task -> null));
    }

    @Test
    @SuppressWarnings("NullAway") // the application's mistake
    void shouldFailForGoodWhatCannotBeWritten() throws Exception {
        assertEquals("permanent: the result or a follow-up task can't be written", outcome(task -> {
            task.followUp(TaskSpec.type("next").header("name", null));
            return Result.NONE;
        }));
    }

    @Test
    void shouldFailForGoodWhatTheBrokerRefuses() throws Exception {
        String refused = outcome(
                new WorkerScript(1, LEASE_MS).refusingAcks(ErrorCode.PAYLOAD_TOO_LARGE),
                worker -> worker,
                task -> Result.NONE);
        assertTrue(refused.startsWith("permanent: the broker refused the outcome: PAYLOAD_TOO_LARGE"), refused);
        assertTrue(
                outcome(task -> Result.of("text/plain", new byte[2 * LARGE]))
                        .startsWith("permanent: the broker refused the outcome"),
                "a result that the client does not even send");
    }

    @Test
    void shouldFailAgainLaterWhatTheBrokerRefusesForNow() throws Exception {
        String paused = outcome(
                new WorkerScript(1, LEASE_MS).refusingAcks(ErrorCode.QUEUE_PAUSED),
                worker -> worker,
                task -> Result.NONE);
        assertTrue(paused.startsWith("nack: the broker refused the outcome: QUEUE_PAUSED"), paused);
    }

    @Test
    void shouldTellAnExceptionThatHasNoText() throws Exception {
        String failed = outcome(task -> {
            throw new IllegalStateException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                    throw new UnsupportedOperationException();
                }
            };
        });
        assertTrue(failed.startsWith("nack: io.telpher.client.WorkerOutcomesTest$"), failed);
        assertTrue(failed.endsWith("(it has no text: java.lang.UnsupportedOperationException)"), failed);
    }

    /** What the attempt had in hand is free again, whatever the application's exception does when it is looked at. */
    @Test
    void shouldTellAnExceptionThatHasNoCauseToAskFor() throws Exception {
        WorkerScript script = new WorkerScript(2, LEASE_MS);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").start(task -> {
                    throw new IllegalStateException("never read") {
                        private static final long serialVersionUID = 1;

                        @Override
                        public synchronized Throwable getCause() {
                            throw new UnsupportedOperationException();
                        }
                    };
                })) {
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        "permanent: the outcome can't be told: java.lang.UnsupportedOperationException",
                        script.outcomes.poll(30, TimeUnit.SECONDS));
            }
            while (worker.inHand() > 0) {
                Patience.look();
            }
        }
    }

    @Test
    void shouldTellAnErrorToo() throws Exception {
        assertEquals("nack: java.lang.StackOverflowError: deep", outcome(task -> {
            throw new StackOverflowError("deep");
        }));
    }

    @Test
    void shouldRefuseADelayThatIsNone() throws Exception {
        assertEquals("permanent: RetryAfter(PT-5S) is not from 0 to 366 days", outcome(task -> {
            throw new RetryAfter(Duration.ofSeconds(-5), "later");
        }));
        assertEquals("retry after 5000: io.telpher.client.RetryAfter: later", outcome(task -> {
            throw new RetryAfter(Duration.ofSeconds(5), "later");
        }));
    }

    @Test
    void shouldKnowAPermanentFailureInItsWrapping() throws Exception {
        String failed = outcome(task -> {
            throw new ExecutionException(new RuntimeException(new PermanentFailure("no such address")));
        });
        assertTrue(failed.startsWith("permanent: "), failed);
    }

    /** One bad task after the other on one thread: the thread survives them all. */
    @Test
    void shouldGoOnAfterEveryBadOutcome() throws Exception {
        WorkerScript script = new WorkerScript(20, LEASE_MS);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").start(task -> {
                    Thread.currentThread().interrupt(); // must not reach the next task
                    throw new OutOfMemoryError("as far as this handler goes");
                })) {
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        "nack: java.lang.OutOfMemoryError: as far as this handler goes",
                        script.outcomes.poll(30, TimeUnit.SECONDS));
            }
            assertNotNull(worker);
        }
    }

    // ---- the lease

    @Test
    void shouldAcknowledgeNothingAfterTheLeaseIsLost() throws Exception {
        WorkerScript script = new WorkerScript(1, 1_000).refusingExtends(ErrorCode.STALE_LEASE);
        CountDownLatch told = new CountDownLatch(1);
        AtomicBoolean isLost = new AtomicBoolean();
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").start(task -> {
                    task.onCancel().join();
                    isLost.set(task.isLeaseLost() && task.isCancelled());
                    told.countDown();
                    return Result.NONE;
                })) {
            assertTrue(told.await(30, TimeUnit.SECONDS));
            while (worker.inHand() > 0) {
                Patience.look();
            }
        }
        assertTrue(isLost.get());
        assertEquals(List.of(), new ArrayList<>(script.outcomes));
    }

    @Test
    void shouldTellTheHandlerWhenTheLeaseEndsUnrenewed() throws Exception {
        WorkerScript script = new WorkerScript(1, 1_000);
        script.silentToExtend = true;
        CountDownLatch interrupted = new CountDownLatch(1);
        AtomicReference<@Nullable ReservedTask> handled = new AtomicReference<>();
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").interruptOnCancel().start(task -> {
                    handled.set(task);
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return Result.NONE;
                })) {
            assertTrue(interrupted.await(30, TimeUnit.SECONDS));
            while (worker.inHand() > 0) {
                Patience.look();
            }
            assertTrue(java.util.Objects.requireNonNull(handled.get()).isLeaseLost());
        }
        assertEquals(List.of(), new ArrayList<>(script.outcomes));
    }

    @Test
    void shouldTellACancelApartFromALostLease() throws Exception {
        WorkerScript script = new WorkerScript(1, 1_000);
        script.cancels = true;
        AtomicBoolean isLost = new AtomicBoolean();
        String agreed = outcome(script, worker -> worker, task -> {
            task.onCancel().join();
            isLost.set(task.isLeaseLost());
            throw task.cancelled();
        });
        assertEquals("nack: io.telpher.client.TaskCancelled: the handler stopped as asked", agreed);
        assertFalse(isLost.get());
    }

    /** They are read together: the cancel comes when the task is still being taken. */
    @Test
    void shouldHearACancelThatComesRightBehindItsTask() throws Exception {
        AtomicBoolean delivered = new AtomicBoolean();
        FakeBroker.Script both = (type, frame) -> {
            if (type != MessageType.RESERVE || delivered.getAndSet(true)) {
                return FakeBroker.SILENCE;
            }
            byte[] task = WorkerScript.delivery(Frame.requestId(frame, 0), 7, LONG_LEASE_MS);
            byte[] cancel = CancelRequested.write(new FrameWriter(), 0, 7, 7).toBytes();
            return ByteBuffer.allocate(task.length + cancel.length)
                    .put(task)
                    .put(cancel)
                    .array();
        };
        CountDownLatch told = new CountDownLatch(1);
        try (FakeBroker broker = new FakeBroker(LARGE, both);
                Telpher telpher = Telpher.connect(broker.url())) {
            Worker worker = telpher.worker("default").start(task -> {
                task.onCancel().thenRun(told::countDown);
                new CountDownLatch(1).await(); // until it is interrupted
                return null;
            });
            assertTrue(
                    told.await(30, TimeUnit.SECONDS), "it would be told by the first renewal, if that were answered");
            worker.cut();
        }
    }

    @Test
    void shouldTakeAnyProgress() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        WorkerScript script = new WorkerScript(1, LEASE_MS);
        FakeBroker.Script noting = (type, frame) -> {
            if (type == MessageType.PROGRESS) {
                Progress progress = new Progress().wrap(frame, 0);
                seen.add(progress.percent() + " " + progress.noteLength());
            }
            return script.reply(type, frame);
        };
        try (FakeBroker broker = new FakeBroker(LARGE, noting);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").start(task -> {
                    task.progress(300, "x".repeat(Limits.NOTE_BYTES_MAX + 1));
                    task.progress(-1, "\ud800");
                    return null;
                })) {
            assertNotNull(worker);
            assertEquals("100 " + Limits.NOTE_BYTES_MAX, seen.poll(30, TimeUnit.SECONDS));
            assertEquals("0 1", seen.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldCountWhatIsDoneInSpiteOfACancel() throws Exception {
        WorkerScript script = new WorkerScript(1, 1_000);
        script.cancels = true;
        assertEquals("ack", outcome(script, worker -> worker, task -> {
            task.onCancel().join();
            return Result.NONE;
        }));
    }

    @Test
    void shouldEndAnAttemptThatRunsTooLong() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        String ended =
                outcome(new WorkerScript(1, LEASE_MS), worker -> worker.maxRuntime(Duration.ofMillis(50)), task -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return Result.NONE;
                });
        assertEquals("nack: the handler ran longer than its maxRuntime of PT0.05S", ended);
        assertTrue(interrupted.await(30, TimeUnit.SECONDS));
    }

    // ---- setting up and closing

    @Test
    void shouldKeepTheHandlersOfTwoWorkersApart() throws Exception {
        WorkerScript script = new WorkerScript(2, LEASE_MS);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url())) {
            WorkerBuilder builder = telpher.worker("default");
            try (Worker one = builder.name("one").start(task -> {
                        first.countDown();
                        second.await(); // takes no other task
                        return Result.NONE;
                    });
                    Worker two = builder.name("two").start(task -> {
                        second.countDown();
                        return Result.NONE;
                    })) {
                assertTrue(first.await(30, TimeUnit.SECONDS));
                assertTrue(second.await(30, TimeUnit.SECONDS));
                assertEquals("ack", script.outcomes.poll(30, TimeUnit.SECONDS));
                assertEquals("ack", script.outcomes.poll(30, TimeUnit.SECONDS));
                assertNotNull(one);
                assertNotNull(two);
            }
        }
    }

    @Test
    void shouldRefuseOptionsOutOfTheirRange() throws IOException {
        try (FakeBroker broker = new FakeBroker(LARGE, new WorkerScript(0, LEASE_MS));
                Telpher telpher = Telpher.connect(broker.url())) {
            TaskHandler handler = task -> Result.NONE;
            List<WorkerBuilder> wrong = List.of(
                    telpher.worker(),
                    telpher.worker("a b"),
                    telpher.worker("default").name("n".repeat(256)),
                    telpher.worker("default").concurrency(0),
                    telpher.worker("default").visibilityTimeout(Duration.ofMillis(999)),
                    telpher.worker("default").maxRuntime(Duration.ZERO));
            for (WorkerBuilder builder : wrong) {
                assertThrows(IllegalArgumentException.class, () -> builder.start(handler));
            }
        }
    }

    @Test
    void shouldFailToStartWhereItMayNotReserve() throws IOException {
        FakeBroker.Script forbids = (type, frame) -> WorkerScript.refused(frame, ErrorCode.FORBIDDEN);
        try (FakeBroker broker = new FakeBroker(LARGE, forbids);
                Telpher telpher = Telpher.connect(broker.url())) {
            TelpherException refused = assertThrows(
                    TelpherException.class, () -> telpher.worker("default").start(task -> Result.NONE));
            assertEquals(ErrorCode.FORBIDDEN, refused.code());
        }
    }

    @Test
    void shouldCloseFromWithinAHandler() throws Exception {
        WorkerScript script = new WorkerScript(1, LEASE_MS);
        AtomicReference<@Nullable Worker> own = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url())) {
            Worker worker = telpher.worker("default").start(task -> {
                known.await();
                java.util.Objects.requireNonNull(own.get()).close();
                return Result.NONE;
            });
            own.set(worker);
            known.countDown();
            assertEquals("ack", script.outcomes.poll(30, TimeUnit.SECONDS));
            assertTrue(worker.awaitDrained(LONG));
        }
    }
}
