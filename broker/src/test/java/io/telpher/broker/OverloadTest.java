package io.telpher.broker;

import static io.telpher.broker.Overload.await;
import static io.telpher.broker.Overload.size;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.http.RawHttp;
import io.telpher.broker.net.RawConnection;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Get;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More than it can take of one thing, in a process with little memory: what then happens, and that everybody else is served. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class OverloadTest {
    private static final String QUEUE = "overload";

    @TempDir
    Path directory;

    private BrokerProcess broker;
    private Telpher bystander;

    @BeforeEach
    void start() throws IOException {
        broker = BrokerProcess.start(directory, 0);
        bystander = Telpher.connect(broker.url());
    }

    @AfterEach
    void shouldStillWork() throws InterruptedException {
        try (BrokerProcess tested = broker;
                Telpher telpher = bystander) {
            runOne(telpher, "afterwards");
        }
    }

    private static void runOne(Telpher telpher, String queue) {
        long taskId = telpher.submit(TaskSpec.type("t").queue(queue)).taskId();
        RawWorker worker = new RawWorker(telpher);
        Delivery delivery = worker.reserve(queue, 1, 60_000);
        assertTrue(delivery.next());
        worker.ack(delivery.taskId(), delivery.leaseId());
        assertEquals(TaskState.COMPLETED, telpher.get(taskId).state);
    }

    private long stat(BrokerStats.Field field) {
        return bystander.operations().stats().get(field);
    }

    @Test
    void shouldServeTheBusyBesideTheIdle() throws Exception {
        int idle = size(1_000, 10_000);
        int busy = size(20, 100);
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < idle; i++) {
                connections.add(RawConnection.welcomed(broker.port()));
            }
            List<CompletableFuture<Void>> work = new ArrayList<>();
            for (int i = 0; i < busy; i++) {
                String queue = "busy-" + i;
                work.add(CompletableFuture.runAsync(() -> {
                    try (Telpher telpher = Telpher.connect(broker.url())) {
                        for (int n = 0; n < 20; n++) {
                            runOne(telpher, queue);
                        }
                    }
                }));
            }
            CompletableFuture.allOf(work.toArray(CompletableFuture[]::new)).join();
            assertEquals(20L * busy, stat(BrokerStats.Field.COMPLETED));
            for (RawConnection connection : connections) {
                connection.ping();
                assertEquals(MessageType.PONG, RawConnection.type(Objects.requireNonNull(connection.next())));
            }
        } finally {
            for (RawConnection connection : connections) {
                connection.close();
            }
        }
    }

    /** Each asks for more than the broker may use memory in all. */
    @Test
    void shouldCloseClientsThatDontReadTheirReplies() throws Exception {
        long taskId = bystander
                .submit(TaskSpec.type("t").queue(QUEUE).payload(new byte[1 << 20]))
                .taskId();
        int slow = size(4, 40);
        FrameWriter gets = new FrameWriter();
        for (int i = 1; i <= 400; i++) {
            Get.write(gets, i, taskId, true);
        }
        List<RawConnection> readers = new ArrayList<>();
        try {
            for (int i = 0; i < slow; i++) {
                RawConnection reader = RawConnection.welcomed(broker.port());
                readers.add(reader);
                reader.send(gets.toBytes());
            }
            for (RawConnection reader : readers) {
                await("a slow reader is closed", () -> {
                    runOne(bystander, "meanwhile");
                    return isClosed(reader);
                });
            }
        } finally {
            for (RawConnection reader : readers) {
                reader.close();
            }
        }
    }

    /** The socket of a client that reads nothing tells by what becomes of writing to it. */
    private static boolean isClosed(RawConnection reader) {
        try {
            reader.ping();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void shouldAllocateNothingForAFrameThatClaimsTwoGibibytes() throws Exception {
        byte[] claim = {-1, -1, -1, 127, 1, 1, 0, 0};
        for (int i = 0; i < 50; i++) {
            boolean hasSaidHello = i % 2 == 0;
            try (RawConnection connection =
                    hasSaidHello ? RawConnection.welcomed(broker.port()) : new RawConnection(broker.port())) {
                connection.send(claim);
                ByteBuffer error = connection.next();
                assertNotNull(error);
                assertEquals(
                        hasSaidHello ? ErrorCode.PAYLOAD_TOO_LARGE : ErrorCode.BAD_REQUEST,
                        new ErrorReply().wrap(error, 0).code());
                assertNull(connection.next(), "it should hang up");
            }
        }
    }

    /** What can't be taken in yet stays in the sockets. */
    @Test
    void shouldHoldBackAStormOfSubmits() throws Exception {
        int each = size(20_000, 200_000);
        Storm storm = Storm.ofFrames(broker.port(), 4, new Storm.Submits(QUEUE, each, 4 << 10));
        assertEquals(4L * each, storm.confirmed() + storm.refused());
        assertEquals(storm.confirmed(), stat(BrokerStats.Field.READY));
    }

    /** Of large requests not all can be held until their end has come: those that can't are refused. */
    @Test
    void shouldRefuseLargeSubmitsThatItHasNoMemoryFor() throws Exception {
        int each = size(5, 50);
        Storm storm = Storm.ofFrames(broker.port(), 100, new Storm.Submits(QUEUE, each, 1 << 20));
        assertEquals(100L * each, storm.confirmed() + storm.refused());
        assertEquals(storm.confirmed(), stat(BrokerStats.Field.READY));
    }

    @Test
    void shouldHoldBackAStormOverHttp() {
        int each = size(1_000, 20_000);
        Storm storm = Storm.ofRequests(broker.httpPort(), 20, new Storm.Submits(QUEUE, each, 4 << 10));
        assertEquals(20L * each, storm.confirmed() + storm.refused());
        assertEquals(storm.confirmed(), stat(BrokerStats.Field.READY));
    }

    private static QueuePolicyFields policy(int maxRetries, long maxTasks) {
        return QueuePolicyFields.DEFAULT
                .with(PolicyField.VISIBILITY_TIMEOUT, 60_000)
                .with(PolicyField.MAX_RETRIES, maxRetries)
                .with(PolicyField.BASE, 1)
                .with(PolicyField.CAP, 1)
                .with(PolicyField.FACTOR, 1000)
                .with(PolicyField.JITTER, 0)
                .with(Backoff.FIXED)
                .with(OnDisconnect.RELEASE)
                .with(PolicyField.MAX_TASKS, maxTasks);
    }

    /** It takes its workers with it, each time, before they can say that they have started; it is put aside when its crashes are used up. */
    @Test
    void shouldBuryATaskThatKillsItsWorkers() throws Exception {
        QueuePolicyFields threeCrashes =
                policy(2, 0).with(PolicyField.MAX_CRASHES, 3).with(PolicyField.DISCONNECT_GRACE, 0);
        bystander.operations().putQueue(QUEUE, threeCrashes);
        long poison = bystander.submit(TaskSpec.type("poison").queue(QUEUE)).taskId();
        Reserve.Wants one = new Reserve.Wants(1, 60_000, 0, "victim");
        for (int i = 0; i < 3; i++) {
            try (RawConnection victim = RawConnection.welcomed(broker.port())) {
                victim.send(
                        Reserve.write(new FrameWriter(), 1, one, List.of(QUEUE)).toBytes());
                ByteBuffer delivery = victim.next();
                assertNotNull(delivery);
                assertEquals(MessageType.DELIVERIES, RawConnection.type(delivery));
            }
        }
        await("the task is dead", () -> bystander.get(poison).state == TaskState.DEAD);
        TaskView dead = bystander.get(poison);
        assertEquals(DeadReason.POISON, dead.deadReason);
        assertEquals(3, dead.crashes);
    }

    @Test
    void shouldRefuseWhatIsBeyondTheConfiguredBacklog() throws Exception {
        bystander.operations().putQueue(QUEUE, policy(2, 100));
        TaskSpec task = TaskSpec.type("t").queue(QUEUE);
        for (int i = 0; i < 100; i++) {
            bystander.submit(task);
        }
        TelpherException refused = assertThrows(TelpherException.class, () -> bystander.submit(task));
        assertEquals(ErrorCode.QUEUE_FULL, refused.code());
        assertTrue(refused.retryAfterMs() > 0);
        try (RawHttp connection = new RawHttp(broker.httpPort())) {
            RawHttp.Response response = connection
                    .send("POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 43\r\n\r\n{\"type\":\"t\",\"queue\":\"overload\",\"payload\":1}")
                    .response();
            assertEquals(429, response.status(), response.body());
            assertEquals("1", response.field("retry-after"));
        }
        runOne(bystander, "another-queue");
        RawWorker worker = new RawWorker(bystander);
        Delivery delivery = worker.reserve(QUEUE, 1, 0);
        assertTrue(delivery.next());
        worker.ack(delivery.taskId(), delivery.leaseId());
        assertFalse(bystander.submit(task).duplicate());
    }
}
