package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.TaskStateReply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does for the leases that it holds, with a broker that does just what a test says. */
@Timeout(120)
class ClientWorkerTest {
    private static final long TASK = 5;
    private static final long LEASE = 77;
    private static final int HOUR_MS = 3_600_000;

    private ServerSocket server;
    private Telpher telpher;
    private ClientLinkTest.Accepted idle;
    private CompletableFuture<Worker> starting;
    private final CountDownLatch handled = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(ClientLinkTest.SILENCE_MS_MAX);
        String url = "tq://127.0.0.1:" + server.getLocalPort();
        CompletableFuture<Telpher> connecting = CompletableFuture.supplyAsync(() -> Telpher.connect(url));
        idle = accept();
        telpher = connecting.join();
        starting = CompletableFuture.supplyAsync(
                () -> telpher.worker("q").concurrency(1).start(task -> {
                    handled.await();
                    return null;
                }));
    }

    @AfterEach
    void stop() throws IOException {
        handled.countDown();
        idle.close();
        server.close();
        telpher.close();
    }

    private ClientLinkTest.Accepted accept() throws IOException {
        ClientLinkTest.Accepted accepted = new ClientLinkTest.Accepted(server);
        accepted.welcome();
        return accepted;
    }

    private ClientLinkTest.Accepted delivered(int leaseMs) throws IOException {
        ClientLinkTest.Accepted accepted = accept();
        ByteBuffer reserve = accepted.next(MessageType.RESERVE);
        accepted.send(delivery(Frame.requestId(reserve, 0), leaseMs));
        starting.join();
        return accepted;
    }

    private static byte[] delivery(int requestId, int leaseMs) {
        byte[] submit = Submit.write(new FrameWriter(), 0, TaskSpec.type("t").payload("p"))
                .toBytes();
        int bytes = Delivery.HEADER_BYTES + submit.length;
        ByteBuffer out = ByteBuffer.allocate(Deliveries.PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(out, requestId, 1, false, bytes);
        TaskView task = new TaskView();
        task.taskId = TASK;
        task.leaseId = LEASE;
        Delivery.writeHeader(out, task, leaseMs);
        return out.put(submit).array();
    }

    private static void requireExtend(ClientLinkTest.Accepted accepted) throws IOException {
        ByteBuffer frame = accepted.next(MessageType.EXTEND);
        Extend extend = new Extend().wrap(frame, 0);
        assertEquals(TASK, extend.taskId());
        assertEquals(LEASE, extend.leaseId());
        FrameWriter reply = TaskStateReply.begin(new FrameWriter(), Frame.requestId(frame, 0), new TaskView());
        accepted.send(reply.endVar().end());
    }

    private static void requireAck(ClientLinkTest.Accepted accepted) throws IOException {
        Ack ack = new Ack().wrap(accepted.next(MessageType.ACK), 0);
        assertEquals(TASK, ack.taskId());
        assertEquals(LEASE, ack.leaseId());
    }

    @Test
    void shouldRenewALeaseWhileItsHandlerRuns() throws IOException {
        try (ClientLinkTest.Accepted accepted = delivered(3_000)) {
            requireExtend(accepted);
            requireExtend(accepted);
            handled.countDown();
            requireAck(accepted);
        }
    }

    @Test
    void shouldTakeItsLeasesOverOnTheNextConnection() throws IOException {
        delivered(HOUR_MS).close();
        try (ClientLinkTest.Accepted next = accept()) {
            requireExtend(next);
        }
    }

    @Test
    void shouldRepeatAnAckWhoseAnswerDidNotCome() throws IOException {
        try (ClientLinkTest.Accepted first = delivered(HOUR_MS)) {
            handled.countDown();
            requireAck(first);
        }
        try (ClientLinkTest.Accepted next = accept()) {
            requireAck(next);
        }
    }
}
