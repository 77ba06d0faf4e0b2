package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Timeouts, callbacks, the window, and what closing waits for. */
@Timeout(60)
class CallsTest {
    private static final int LARGE = 1 << 20;
    private static final TaskSpec TASK = TaskSpec.type("t");
    private static final FakeBroker.Script MUTE = (type, frame) -> FakeBroker.SILENCE;

    private static byte[] submitted(ByteBuffer frame) {
        return Submitted.write(new FrameWriter(), Frame.requestId(frame, 0), TaskState.READY, 7, 1, null)
                .toBytes();
    }

    @Test
    void shouldLetACallbackBlock() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.connect(broker.url())) {
            List<CompletableFuture<Long>> chains = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                chains.add(telpher.submitAsync(TASK)
                        .thenApply(first -> telpher.submit(TASK).taskId())
                        .thenApply(second -> telpher.submitAsync(TASK).join().taskId()));
            }
            for (CompletableFuture<Long> chain : chains) {
                assertEquals(7, chain.get(30, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void shouldRunCallbacksWhereTheCallerSays() throws Exception {
        AtomicReference<@Nullable Thread> ran = new AtomicReference<>();
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.builder(broker.url())
                        .callbackExecutor(task -> new Thread(task, "of-the-application").start())
                        .connect()) {
            CountDownLatch asked = new CountDownLatch(1);
            CompletableFuture<Submission> reply = telpher.submitAsync(TASK);
            reply.thenRun(() -> {
                ran.set(Thread.currentThread());
                asked.countDown();
            });
            assertTrue(asked.await(30, TimeUnit.SECONDS));
        }
        String name = java.util.Objects.requireNonNull(ran.get()).getName();
        assertFalse(name.startsWith("telpher-client"), name);
    }

    /** The caller changes the task between the first try and the second: what is sent again is what was submitted. */
    @Test
    void shouldCompleteFuturesThoughTheCallbackExecutorFails() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.builder(broker.url())
                        .callbackExecutor(task -> {
                            throw new IllegalStateException("broken");
                        })
                        .connect()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        7, telpher.submitAsync(TASK).get(30, TimeUnit.SECONDS).taskId());
            }
        }
    }

    @Test
    @SuppressWarnings("NullAway") // the application's mistake
    void shouldRefuseNamesThatCannotBeSent() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE)) {
            TelpherBuilder builder = Telpher.builder(broker.url());
            assertThrows(NullPointerException.class, () -> builder.clientName(null));
            for (String name : List.of("\ud800", "x".repeat(256))) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Telpher.builder(broker.url()).clientName(name).connect());
                try (Telpher telpher = Telpher.connect(broker.url())) {
                    WorkerBuilder worker = telpher.worker("default").name(name);
                    assertThrows(IllegalArgumentException.class, () -> worker.start(task -> null));
                }
            }
        }
    }

    @Test
    void shouldStartNoWorkerOfAClientThatIsClosed() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE)) {
            Telpher telpher = Telpher.connect(broker.url());
            telpher.close();
            WorkerBuilder worker = telpher.worker("default");
            ConnectionException closed = assertThrows(ConnectionException.class, () -> worker.start(task -> null));
            assertEquals("the client is closed", closed.getMessage());
        }
    }

    @Test
    void shouldSendAgainWhatWasSubmitted() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        CountDownLatch changed = new CountDownLatch(1);
        FakeBroker.Script hangsUpOnce = (type, frame) -> {
            if (type != MessageType.SUBMIT) {
                return FakeBroker.SILENCE;
            }
            payloads.add(new Submit().wrap(frame, 0).idempotencyKey());
            if (payloads.size() == 1) {
                Interruptions.await(changed);
                return null;
            }
            return submitted(frame);
        };
        try (FakeBroker broker = new FakeBroker(LARGE, hangsUpOnce);
                Telpher telpher = Telpher.connect(broker.url())) {
            TaskSpec task = TaskSpec.type("t").idempotencyKey("first");
            CompletableFuture<Submission> reply = telpher.submitAsync(task);
            task.idempotencyKey("second");
            changed.countDown();
            assertEquals(7, reply.get(30, TimeUnit.SECONDS).taskId());
        }
        assertEquals(List.of("first", "first"), new ArrayList<>(payloads));
    }

    // ---- time

    @Test
    void shouldGiveUpAtTheTimeout() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE);
                Telpher telpher = Telpher.builder(broker.url())
                        .requestTimeout(Duration.ofMillis(300))
                        .connect()) {
            ConnectionException late = assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
            assertTrue(late.isOutcomeUnknown());
            ExecutionException failed = assertThrows(
                    ExecutionException.class, () -> telpher.submitAsync(TASK).get(30, TimeUnit.SECONDS));
            assertTrue(failed.getCause() instanceof ConnectionException, () -> String.valueOf(failed.getCause()));
            assertThrows(ConnectionException.class, () -> telpher.submit(TASK, Duration.ofMillis(1)));
            assertThrows(ConnectionException.class, () -> telpher.waitFor(7, Duration.ofMillis(1)));
        }
    }

    /** A broker that stops answers what waits, with the task as it is. */
    @Test
    void shouldWaitOnWhenTheBrokerAnswersBeforeTheTaskIsFinal() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        FakeBroker.Script stops = (type, frame) -> {
            TaskView view = new TaskView();
            view.taskId = 7;
            view.state = asked.incrementAndGet() < 3 ? TaskState.ACTIVE : TaskState.COMPLETED;
            return Task.write(new FrameWriter(), Frame.requestId(frame, 0), view)
                    .toBytes();
        };
        try (FakeBroker broker = new FakeBroker(LARGE, stops);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(TaskState.COMPLETED, telpher.waitFor(7, ChronoUnit.FOREVER.getDuration()).state);
            assertEquals(3, asked.get());
            asked.set(0);
            assertEquals(TaskState.ACTIVE, telpher.waitFor(7, Duration.ZERO).state);
            assertTrue(telpher.flush(ChronoUnit.FOREVER.getDuration()));
        }
    }

    @Test
    void shouldEndAWaitThatIsInterrupted() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE);
                Telpher telpher = Telpher.builder(broker.url())
                        .requestTimeout(Duration.ofSeconds(1))
                        .connect()) {
            Thread.currentThread().interrupt();
            ConnectionException ended = assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
            assertTrue(ended.isOutcomeUnknown());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void shouldStartLazilyWithoutABroker() throws Exception {
        String nowhere;
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE)) {
            nowhere = broker.url();
        }
        try (Telpher telpher = Telpher.builder(nowhere)
                        .lazy()
                        .requestTimeout(Duration.ofMillis(300))
                        .connect();
                Worker worker = telpher.worker("default").start(task -> Result.NONE)) {
            assertEquals(ConnectionState.CONNECTING, telpher.state());
            ConnectionException late = assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
            assertFalse(late.isOutcomeUnknown() && late.getMessage() == null);
            assertEquals(0, worker.inHand());
        }
        assertThrows(ConnectionException.class, () -> Telpher.builder(nowhere)
                .connectTimeout(Duration.ofMillis(200))
                .connect());
    }

    @Test
    void shouldGoOnToTheNextAddress() throws Exception {
        String nowhere;
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE)) {
            nowhere = broker.url();
        }
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.connect(nowhere + "," + broker.url().substring(5))) {
            assertEquals(7, telpher.submit(TASK).taskId());
            assertEquals(ConnectionState.CONNECTED, telpher.state());
        }
    }

    // ---- the window, flush and close

    @Test
    void shouldRefuseOrWaitWhenTheWindowIsFull() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, MUTE);
                Telpher waits = Telpher.builder(broker.url())
                        .window(2, 1000)
                        .requestTimeout(Duration.ofMillis(300))
                        .connect();
                Telpher fails = Telpher.builder(broker.url())
                        .window(2, 1000)
                        .failWhenFull()
                        .requestTimeout(Duration.ofSeconds(20))
                        .connect()) {
            List<CompletableFuture<Submission>> underWay = new ArrayList<>();
            underWay.add(fails.submitAsync(TASK));
            underWay.add(fails.submitAsync(TASK));
            TelpherException full = assertThrows(TelpherException.class, () -> fails.submit(TASK));
            assertEquals(ErrorCode.OVERLOADED, full.code());
            underWay.add(waits.submitAsync(TaskSpec.type("t").payload(new byte[5000])));
            assertThrows(TelpherException.class, () -> waits.submit(TASK));
            fails.close(Duration.ZERO);
            assertEquals(3, underWay.size());
        }
    }

    @Test
    void shouldWaitAtTheEndForWhatWasAccepted() throws Exception {
        int all = 2_000;
        AtomicInteger told = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        CountDownLatch heard = new CountDownLatch(all);
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame))) {
            Telpher telpher = Telpher.connect(broker.url());
            for (int i = 0; i < all; i++) {
                telpher.submitAsync(TASK).whenComplete((submission, failure) -> {
                    (failure == null ? told : failed).incrementAndGet();
                    heard.countDown();
                });
            }
            telpher.close();
        }
        assertTrue(heard.await(30, TimeUnit.SECONDS));
        assertEquals(0, failed.get());
        assertEquals(all, told.get());
    }

    @Test
    void shouldFlushWhatWasAskedForBefore() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        FakeBroker.Script late = (type, frame) -> {
            Interruptions.await(mayAnswer);
            return submitted(frame);
        };
        try (FakeBroker broker = new FakeBroker(LARGE, late);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertTrue(telpher.flush(Duration.ZERO));
            CompletableFuture<Submission> reply = telpher.submitAsync(TASK);
            assertFalse(telpher.flush(Duration.ofMillis(50)));
            mayAnswer.countDown();
            assertTrue(telpher.flush(Duration.ofSeconds(30)));
            assertEquals(7, reply.get(30, TimeUnit.SECONDS).taskId());
        }
    }

    @Test
    void shouldTellAListenerOfTheConnection() throws IOException, InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        ConnectionListener listener = new ConnectionListener() {
            @Override
            public void connected(String address) {
                heard.add("connected");
            }

            @Override
            public void disconnected(String reason) {
                heard.add(reason);
            }
        };
        AtomicBoolean hangsUp = new AtomicBoolean(true);
        FakeBroker.Script once = (type, frame) -> hangsUp.getAndSet(false) ? null : submitted(frame);
        try (FakeBroker broker = new FakeBroker(LARGE, once);
                Telpher telpher =
                        Telpher.builder(broker.url()).listener(listener).connect()) {
            assertEquals("connected", heard.poll(30, TimeUnit.SECONDS));
            assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
            assertEquals("the connection was lost", heard.poll(30, TimeUnit.SECONDS));
            assertEquals("connected", heard.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldTakeEveryHostThatMachinesHave() {
        assertEquals("tq://my_broker:8357", ClientUrl.parse("tq://my_broker").toString());
        assertEquals(
                "tq://a:8357,b:1,c:8357",
                ClientUrl.parse("tq://t0k%2Fen@a,b:1,c").toString());
        assertEquals("t0k/en", ClientUrl.parse("tq://t0k%2Fen@a,b:1,c").token());
        assertEquals("tqs://[::1]:9", ClientUrl.parse("tqs://[::1]:9/").toString());
        for (String wrong :
                List.of("tq://", "tq://a,,b", "tq://a:0", "tq://a:65536", "tq://a b", "http://a", "tq://a:x")) {
            assertThrows(IllegalArgumentException.class, () -> ClientUrl.parse(wrong), wrong);
        }
    }
}
