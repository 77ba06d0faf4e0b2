package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Capabilities;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.Welcome;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The protocol's conformance vectors, sent to a broker: docs/PROTOCOL.md says what must come of each. */
class VectorsOverSocketTest {
    private static final int SLOW_BYTES_MAX = 128;
    private static final int WAIT_MS_OFFSET = 4;
    private static final Pattern REFUSED_BY_STATE =
            Pattern.compile("does not answer|expires_at is \\d+ ms in the past|run_at lies more than a year ahead");

    @TempDir
    static Path directory;

    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    /** After all that, it still does its work. */
    @AfterAll
    static void shouldBeHealthy() {
        try (Broker tested = broker;
                Telpher telpher = Telpher.connect(tested.url());
                Worker worker = telpher.worker("healthy").start(task -> Result.NONE)) {
            long taskId = telpher.submit(TaskSpec.type("t").queue("healthy")).taskId();
            assertEquals(TaskState.COMPLETED, telpher.waitFor(taskId, Duration.ofSeconds(60)).state);
            assertFalse(tested.failure().isDone());
        }
    }

    static List<HexVector> vectors() throws IOException {
        return HexVector.all();
    }

    static List<HexVector> shortVectors() throws IOException {
        return HexVector.all().stream()
                .filter(vector -> vector.bytes().length <= SLOW_BYTES_MAX)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void shouldAnswerEachVectorAsThePageSays(HexVector vector) throws IOException {
        try (RawConnection connection = connect(vector)) {
            connection.send(vector.bytes());
            check(vector, connection);
        }
    }

    @ParameterizedTest
    @MethodSource("shortVectors")
    void shouldNotCareHowTheNetworkCutsThem(HexVector vector) throws IOException {
        try (RawConnection connection = connect(vector)) {
            connection.sendSlowly(vector.bytes());
            check(vector, connection);
        }
    }

    @Test
    void shouldTellTheErrorAlsoToAClientThatGoesOnSending() throws IOException {
        byte[] muchTooLong = new byte[8 << 20];
        muchTooLong[3] = 1; // 16 MiB are announced
        try (RawConnection connection = RawConnection.welcomed(broker.port())) {
            connection.send(muchTooLong);
            ByteBuffer error = connection.next();
            assertNotNull(error, "the broker hung up");
            assertEquals(ErrorCode.PAYLOAD_TOO_LARGE, code(error));
            assertNull(connection.next(), "it should hang up after that");
        }
    }

    private static RawConnection connect(HexVector vector) throws IOException {
        return MessageType.of(vector.typeCode()) == MessageType.HELLO
                ? new RawConnection(broker.port())
                : RawConnection.welcomed(broker.port());
    }

    private static void check(HexVector vector, RawConnection connection) throws IOException {
        MessageType type = MessageType.of(vector.typeCode());
        if (vector.isMalformed() || type == null) {
            expectErrorAndClose(ErrorCode.BAD_REQUEST, vector, connection);
            return;
        }
        switch (type.kind()) {
            case REPLY, INTERNAL -> expectErrorAndClose(ErrorCode.BAD_REQUEST, vector, connection);
            case SESSION -> checkSessionMessage(type, vector, connection);
            case COMMAND, QUERY -> {
                if (!vector.isValid()) {
                    ByteBuffer error = replyTo(vector, connection);
                    assertEquals(ErrorCode.valueOf(vector.verdict()), code(error));
                } else if (type != MessageType.RESERVE || vector.intInBlock(WAIT_MS_OFFSET) == 0) {
                    ByteBuffer reply = replyTo(vector, connection);
                    assertTrue(
                            isAnswer(reply),
                            () -> "it is valid, not "
                                    + new ErrorReply().wrap(reply, 0).message());
                }
                expectPong(connection);
            }
        }
    }

    /** A frame may be well-formed and still ask for what this broker, now, must refuse. */
    private static boolean isAnswer(ByteBuffer reply) {
        return RawConnection.type(reply) != MessageType.ERROR
                || code(reply) != ErrorCode.BAD_REQUEST
                || REFUSED_BY_STATE
                        .matcher(new ErrorReply().wrap(reply, 0).message())
                        .find();
    }

    private static void checkSessionMessage(MessageType type, HexVector vector, RawConnection connection)
            throws IOException {
        boolean speaksOurs = type != MessageType.HELLO
                || vector.shortInBlock(0) <= Frame.VERSION && vector.shortInBlock(2) >= Frame.VERSION;
        if (!vector.isValid() || !speaksOurs) {
            expectErrorAndClose(ErrorCode.BAD_REQUEST, vector, connection);
            return;
        }
        switch (type) {
            case HELLO -> {
                ByteBuffer welcome = replyTo(vector, connection);
                assertEquals(MessageType.WELCOME, RawConnection.type(welcome));
                assertEquals(
                        vector.shortInBlock(4) & Capabilities.OWN,
                        new Welcome().wrap(welcome, 0).capabilities());
            }
            case PING -> assertEquals(MessageType.PONG, RawConnection.type(replyTo(vector, connection)));
            default -> assertEquals(MessageType.GOAWAY, type); // no reply
        }
        expectPong(connection);
    }

    private static ByteBuffer replyTo(HexVector vector, RawConnection connection) throws IOException {
        ByteBuffer reply = connection.next();
        assertNotNull(reply, "the broker hung up");
        assertEquals(vector.requestId(), Frame.requestId(reply, 0));
        return reply;
    }

    private static void expectErrorAndClose(ErrorCode code, HexVector vector, RawConnection connection)
            throws IOException {
        assertEquals(code, code(replyTo(vector, connection)));
        assertNull(connection.next(), "it should hang up after that");
    }

    private static @Nullable ErrorCode code(ByteBuffer frame) {
        assertEquals(MessageType.ERROR, RawConnection.type(frame));
        return new ErrorReply().wrap(frame, 0).code();
    }

    /** What the broker pushes to whoever holds a lease may come before. */
    private static void expectPong(RawConnection connection) throws IOException {
        connection.ping();
        ByteBuffer frame = connection.next();
        while (frame != null && Frame.requestId(frame, 0) != RawConnection.PING_ID) {
            frame = connection.next();
        }
        assertNotNull(frame, "the broker hung up");
        assertEquals(MessageType.PONG, RawConnection.type(frame));
    }
}
