package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.net.RawConnection;
import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.GoAway;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An operator has one worker finish what it runs and leave. */
@Timeout(120)
@SuppressWarnings("NullAway.Init") // before each
class DrainWorkerTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WAIT_MS = 60_000;
    private static final int CLOSES = 20;

    @TempDir
    Path directory;

    private Broker broker;
    private Telpher telpher;

    private void start(int partitions) throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(partitions));
        telpher = Telpher.connect(broker.url());
    }

    @AfterEach
    void stop() {
        telpher.close();
        broker.close();
    }

    /** One queue of each partition. */
    private static List<String> queues(int partitions) {
        return QueueNames.ofEach(partitions);
    }

    private long submit(String queue) {
        return telpher.submit(TaskSpec.type("t").queue(queue).payload("p")).taskId();
    }

    private ConnectedWorker seen(Predicate<ConnectedWorker> wanted) throws InterruptedException {
        while (true) {
            for (ConnectedWorker worker : telpher.operations().workers()) {
                if (wanted.test(worker)) {
                    return worker;
                }
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private void untilGone(long session) throws InterruptedException {
        while (telpher.operations().workers().stream().anyMatch(worker -> worker.sessionId() == session)) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private TaskState state(long task) {
        return telpher.get(task).state;
    }

    // ---- a client that knows

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldFinishWhatItRunsTakeNoMoreAndLeave(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        CountDownLatch finish = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        Worker worker = telpher.worker(queues.toArray(String[]::new))
                .name("mailer")
                .concurrency(2)
                .onDrained(told::countDown)
                .start(task -> {
                    finish.await();
                    return Result.NONE;
                });
        long running = submit(queues.get(0));
        ConnectedWorker busy = seen(each -> each.leases() == 1 && each.waiting() > 0);

        ConnectedWorker drained = telpher.operations().drainWorker(busy.sessionId());
        assertTrue(drained.draining());
        assertEquals("mailer", drained.worker());
        List<Long> later = queues.stream().map(this::submit).toList();
        assertEquals(1, telpher.operations().workers().get(0).leases(), "it was given another one");
        assertFalse(worker.awaitDrained(Duration.ZERO), "it left a task behind");

        finish.countDown();
        assertTrue(worker.awaitDrained(LONG));
        assertTrue(told.await(60, TimeUnit.SECONDS));
        untilGone(busy.sessionId());
        assertEquals(TaskState.COMPLETED, state(running));
        later.forEach(task -> assertEquals(TaskState.READY, state(task)));
        later.forEach(task -> assertEquals(0, telpher.get(task).attempts));
        worker.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldGoOnWhenItIsUndone(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        Semaphore finish = new Semaphore(0);
        try (Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> {
            finish.acquire();
            return Result.NONE;
        })) {
            long first = submit(queues.get(0));
            long session = seen(each -> each.leases() == 1).sessionId();
            assertTrue(telpher.operations().drainWorker(session).draining());
            assertFalse(telpher.operations().resumeWorker(session).draining());
            List<Long> others = queues.stream().map(this::submit).toList();
            finish.release(1 + others.size());
            assertEquals(TaskState.COMPLETED, telpher.waitFor(first, LONG).state);
            others.forEach(task -> assertEquals(TaskState.COMPLETED, telpher.waitFor(task, LONG).state));
            assertFalse(worker.isDraining());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldStillDrainWhenItsConnectionBreaksMeanwhile(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        CountDownLatch finish = new CountDownLatch(1);
        Worker worker = telpher.worker(queues.toArray(String[]::new))
                .name("mailer")
                .start(task -> {
                    finish.await();
                    return Result.NONE;
                });
        long running = submit(queues.get(0));
        long session = seen(each -> each.leases() == 1).sessionId();
        telpher.operations().drainWorker(session);

        InetSocketAddress port = new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port());
        broker.close();
        BrokerConfig before = BrokerConfig.of(directory).onFreePorts().withPartitions(partitions);
        broker = Broker.start(new BrokerConfig(
                port,
                before.http(),
                before.directory(),
                before.sync(),
                before.limits(),
                before.connectionsMax(),
                before.retention(),
                before.queueLimits(),
                before.partitions(),
                before.queues(),
                before.security(),
                null));
        ConnectedWorker back = seen(each -> each.draining());
        assertEquals("mailer", back.worker());
        long later = submit(queues.get(0));
        finish.countDown();
        assertTrue(worker.awaitDrained(LONG));
        assertEquals(TaskState.COMPLETED, telpher.waitFor(running, LONG).state);
        assertEquals(TaskState.READY, state(later));
    }

    // ---- a client that does not

    private static byte[] reserve(int requestId, int waitMs, List<String> queues) {
        return Reserve.write(new FrameWriter(), requestId, new Reserve.Wants(1, waitMs, 0, "old"), queues)
                .toBytes();
    }

    private static ByteBuffer next(RawConnection connection, MessageType wanted) throws IOException {
        ByteBuffer frame = connection.next();
        assertNotNull(frame, "the broker hung up");
        assertEquals(wanted, RawConnection.type(frame));
        return frame;
    }

    private static Deliveries deliveries(RawConnection connection) throws IOException {
        return new Deliveries().wrap(next(connection, MessageType.DELIVERIES), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldGiveNothingToAClientThatGoesOnAsking(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        try (RawConnection old = RawConnection.welcomed(broker.port())) {
            old.send(reserve(1, WAIT_MS, queues));
            long session = seen(each -> each.worker().equals("old") && each.waiting() > 0)
                    .sessionId();
            assertEquals(0, telpher.operations().drainWorker(session).waiting(), "a reserve waits on");
            assertEquals(
                    GoAway.Drain.BEGINS,
                    new GoAway().wrap(next(old, MessageType.GOAWAY), 0).drain());
            Deliveries withdrawn = deliveries(old);
            assertEquals(1, withdrawn.requestId());
            assertEquals(0, withdrawn.count());
            assertTrue(withdrawn.draining());

            queues.forEach(this::submit);
            old.send(reserve(2, 0, queues));
            Deliveries none = deliveries(old);
            assertEquals(2, none.requestId());
            assertEquals(0, none.count());
            old.send(reserve(3, WAIT_MS, queues));
            old.ping();
            next(old, MessageType.PONG);

            assertFalse(telpher.operations().resumeWorker(session).draining());
            assertEquals(
                    GoAway.Drain.UNDONE,
                    new GoAway().wrap(next(old, MessageType.GOAWAY), 0).drain());
            Deliveries at = deliveries(old);
            assertEquals(3, at.requestId());
            assertEquals(1, at.count(), "what it asked for meanwhile is forgotten");
        }
    }

    // ---- a worker that closes

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldAnswerTheReserveOfAWorkerThatTakesNoMore(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        try (RawConnection worker = RawConnection.welcomed(broker.port())) {
            worker.send(reserve(1, 0, queues));
            assertFalse(deliveries(worker).draining());
            worker.send(reserve(2, WAIT_MS, queues));
            worker.send(GoAway.write(new FrameWriter(), GoAway.Drain.BEGINS, "the worker closes")
                    .toBytes());
            Deliveries withdrawn = deliveries(worker);
            assertEquals(2, withdrawn.requestId());
            assertEquals(0, withdrawn.count());
            assertTrue(withdrawn.draining());
            List<Long> tasks = queues.stream().map(this::submit).toList();
            tasks.forEach(task -> assertEquals(TaskState.READY, state(task)));
            worker.send(GoAway.write(new FrameWriter(), GoAway.Drain.BEGINS, "again")
                    .toBytes());
            worker.ping();
            next(worker, MessageType.PONG);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldLeaveNoTaskWithAWorkerThatHasClosed(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        for (int i = 0; i < CLOSES; i++) {
            Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> {
                new CountDownLatch(1).await(); // until it is interrupted
                return Result.NONE;
            });
            List<CompletableFuture<Submission>> submits = queues.stream()
                    .map(queue ->
                            telpher.submitAsync(TaskSpec.type("t").queue(queue).payload("p")))
                    .toList();
            worker.close(Duration.ZERO);
            for (CompletableFuture<Submission> submit : submits) {
                TaskView task = telpher.get(submit.get(60, TimeUnit.SECONDS).taskId());
                // Of several partitions, one that was not the first to deliver gives its tasks back a moment later.
                while (partitions > 1 && task.state == TaskState.ACTIVE) {
                    Patience.look();
                    task = telpher.get(task.taskId);
                }
                assertEquals(TaskState.READY, task.state, "the worker left it to the broker's grace");
                assertEquals(0, task.attempts);
                assertEquals(0, task.crashes);
                telpher.cancel(task.taskId);
            }
        }
    }

    /** The end of a connection takes what it asked for along. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldForgetTheReservesOfAConnectionThatIsGone(int partitions) throws Exception {
        start(partitions);
        List<String> queues = queues(partitions);
        long session;
        try (RawConnection old = RawConnection.welcomed(broker.port())) {
            old.send(reserve(1, WAIT_MS, queues));
            session = seen(each -> each.waiting() > 0).sessionId();
            telpher.operations().drainWorker(session);
            old.send(reserve(2, WAIT_MS, queues));
        }
        untilGone(session);
        for (boolean undo : new boolean[] {false, true}) {
            TelpherException gone = assertThrows(TelpherException.class, () -> {
                if (undo) {
                    telpher.operations().resumeWorker(session);
                } else {
                    telpher.operations().drainWorker(session);
                }
            });
            assertEquals(ErrorCode.WORKER_NOT_FOUND, gone.code());
        }
        try (RawConnection fresh = RawConnection.welcomed(broker.port())) {
            long task = submit(queues.get(0));
            fresh.send(reserve(1, WAIT_MS, queues));
            assertEquals(1, deliveries(fresh).count(), "the same name on a new connection works");
            assertEquals(TaskState.ACTIVE, state(task));
        }
    }

    // ---- over HTTP

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldTellAWorkerAtHttpThatItDrains(int partitions) throws Exception {
        start(partitions);
        String queue = queues(partitions).get(0);
        HttpCaller operator = new HttpCaller(broker);
        HttpCaller worker = new HttpCaller(broker);
        String reserve = "/api/v1/queues/" + queue + "/reserve";
        assertNull(json(worker, reserve, "{\"worker\":\"curl\"}").get("draining"));
        String session =
                Long.toHexString(seen(each -> each.worker().equals("curl")).sessionId());
        String path = "/api/v1/workers/" + session;
        assertTrue(json(operator, path + "/drain", "{}").get("draining").asBoolean());

        submit(queue);
        JsonNode none = json(worker, reserve, "{\"worker\":\"curl\"}");
        assertEquals(0, none.get("tasks").size());
        assertTrue(none.get("draining").asBoolean());

        assertFalse(json(operator, path + "/resume", "{}").get("draining").asBoolean());
        assertEquals(
                1, json(worker, reserve, "{\"worker\":\"curl\"}").get("tasks").size());
        assertEquals(
                404, operator.send("POST", "/api/v1/workers/7fff/drain", "{}").statusCode());
        assertEquals(
                400, operator.send("POST", "/api/v1/workers/mailer/drain", "{}").statusCode());
    }

    private static JsonNode json(HttpCaller caller, String path, String body) throws Exception {
        return HttpCaller.json(caller.send("POST", path, body));
    }
}
