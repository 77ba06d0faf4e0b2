package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.ConnectionException;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.NotLeader;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.Welcome;
import io.telpher.protocol.task.Submitted;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the client makes of a connection that breaks, with a broker that does just what a test says. */
@Timeout(120)
class ClientLinkTest {
    private static final int FRAME_BYTES_MAX = 20 << 20;
    static final int SILENCE_MS_MAX = 15_000;
    private static final byte[] LARGE = new byte[16 << 20];

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(SILENCE_MS_MAX);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** One connection as the broker sees it. */
    static final class Accepted implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;

        Accepted(ServerSocket server) throws IOException {
            socket = server.accept();
            socket.setSoTimeout(SILENCE_MS_MAX);
            in = new DataInputStream(socket.getInputStream());
        }

        ByteBuffer next() throws IOException {
            int length = Integer.reverseBytes(in.readInt());
            ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(0, length);
            in.readFully(frame.array(), Frame.LENGTH_BYTES, length);
            return frame;
        }

        /** The next of this type, whatever comes before it. */
        ByteBuffer next(MessageType type) throws IOException {
            ByteBuffer frame = next();
            while (Frame.typeCode(frame, 0) != type.code()) {
                frame = next();
            }
            return frame;
        }

        MessageType nextType() throws IOException {
            return MessageType.known(Frame.typeCode(next(), 0));
        }

        void welcome() throws IOException {
            assertEquals(MessageType.HELLO, nextType());
            send(Welcome.write(new FrameWriter(), 0, 0, FRAME_BYTES_MAX, 1, 1, "test"));
        }

        void send(FrameWriter frame) throws IOException {
            send(frame.toBytes());
        }

        void send(byte[] frame) throws IOException {
            socket.getOutputStream().write(frame);
        }

        void answerSubmit() throws IOException {
            int requestId = Frame.requestId(next(), 0);
            send(Submitted.write(new FrameWriter(), requestId, TaskState.READY, 1, 1, null));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private CompletableFuture<Telpher> connect() {
        String url = "tq://127.0.0.1:" + server.getLocalPort();
        return CompletableFuture.supplyAsync(() -> Telpher.connect(url));
    }

    private static TaskSpec task() {
        return TaskSpec.type("t").payload("p");
    }

    private static ConnectionException lost(CompletableFuture<Submission> submit) {
        Throwable cause = assertThrows(CompletionException.class, submit::join).getCause();
        return assertInstanceOf(ConnectionException.class, cause);
    }

    @Test
    void shouldSayThatARequestWhichWasCutOffMayHaveTakenEffect() throws Exception {
        CompletableFuture<Telpher> connecting = connect();
        try (Accepted first = new Accepted(server)) {
            first.welcome();
            try (Telpher telpher = connecting.join()) {
                CompletableFuture<Submission> submit = telpher.submitAsync(task());
                assertEquals(MessageType.SUBMIT, first.nextType());
                first.close();
                assertTrue(lost(submit).isOutcomeUnknown(), "the broker may have it");
                try (Accepted second = new Accepted(server)) {
                    second.welcome();
                    CompletableFuture<Submission> again = telpher.submitAsync(task());
                    second.answerSubmit();
                    assertEquals(1, again.join().taskId());
                }
            }
        }
    }

    /** What is under way may take 64 MiB: were its room lost with the connection, the client would stand still after the fourth. */
    @Test
    void shouldHaveRoomForRequestsAfterManyWereCutOff() throws Exception {
        CompletableFuture<Telpher> connecting = connect();
        Accepted connection = new Accepted(server);
        connection.welcome();
        try (Telpher telpher = connecting.join()) {
            for (int i = 0; i < 5; i++) {
                CompletableFuture<CompletableFuture<Submission>> submitting = CompletableFuture.supplyAsync(
                        () -> telpher.submitAsync(TaskSpec.type("t").payload(LARGE)));
                connection.next();
                connection.close();
                lost(submitting.join());
                connection = new Accepted(server);
                connection.welcome();
            }
        } finally {
            connection.close();
        }
    }

    @Test
    void shouldSendNothingBeforeItIsWelcomeAgain() throws Exception {
        CompletableFuture<Telpher> connecting = connect();
        try (Accepted first = new Accepted(server)) {
            first.welcome();
            try (Telpher telpher = connecting.join()) {
                first.close();
                try (Accepted second = new Accepted(server)) {
                    assertEquals(MessageType.HELLO, second.nextType());
                    CompletableFuture<Submission> submit = telpher.submitAsync(task());
                    second.send(Welcome.write(new FrameWriter(), 0, 0, FRAME_BYTES_MAX, 1, 1, "test"));
                    second.answerSubmit();
                    assertEquals(1, submit.join().taskId());
                }
            }
        }
    }

    /** A node of a cluster that does not lead: tells each client who does. */
    private static final class Follower implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final BlockingQueue<Integer> told = new LinkedBlockingQueue<>();
        private volatile int leaderPort;

        Follower(int leaderPort) throws IOException {
            this.leaderPort = leaderPort;
            new Thread(this::answer, "follower").start();
        }

        private void answer() {
            while (!server.isClosed()) {
                try (Accepted client = new Accepted(server)) {
                    client.next(MessageType.HELLO);
                    int port = leaderPort;
                    Problem refusal = new Problem(ErrorCode.NOT_LEADER, NotLeader.text("127.0.0.1:" + port));
                    client.send(ErrorReply.write(new FrameWriter(), 0, refusal, 0, ""));
                    told.add(port);
                } catch (IOException e) {
                    // This client has gone, or the test is over.
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private void shouldHaveNoOtherClient() throws IOException {
        server.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, server::accept);
        server.setSoTimeout(SILENCE_MS_MAX);
    }

    /** That would take 30 s with one address, and one that hangs would be waited for as long. */
    @Test
    void shouldLeaveASilentLeaderForTheOneThatAnotherNodeNames() throws Exception {
        try (ServerSocket next = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Follower follower = new Follower(server.getLocalPort())) {
            next.setSoTimeout(SILENCE_MS_MAX);
            String url = "tq://127.0.0.1:" + follower.server.getLocalPort() + ",127.0.0.1:" + server.getLocalPort();
            CompletableFuture<Telpher> connecting = CompletableFuture.supplyAsync(() -> Telpher.connect(url));
            try (Accepted silent = new Accepted(server)) {
                silent.welcome();
                try (Telpher telpher = connecting.join()) {
                    follower.told.clear();
                    assertEquals(MessageType.PING, silent.nextType());
                    assertEquals(server.getLocalPort(), follower.told.take());
                    follower.leaderPort = next.getLocalPort();
                    try (Accepted leader = new Accepted(next)) {
                        leader.welcome();
                        shouldHaveNoOtherClient();
                        follower.leaderPort = server.getLocalPort();
                    }
                    try (Accepted hung = new Accepted(server)) {
                        assertEquals(MessageType.HELLO, hung.nextType());
                        follower.leaderPort = next.getLocalPort();
                        try (Accepted leader = new Accepted(next)) {
                            leader.welcome();
                            CompletableFuture<Submission> submit = telpher.submitAsync(task());
                            leader.answerSubmit();
                            assertEquals(1, submit.join().taskId());
                        }
                    }
                }
            }
        }
    }
}
