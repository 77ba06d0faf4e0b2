package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.Ping;
import io.telpher.protocol.session.Pong;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The protocol's conformance vectors, sent to a client by a broker that may have lost its mind. */
class VectorsToClientTest {
    static List<HexVector> malformed() throws IOException {
        return HexVector.all().stream().filter(HexVector::isMalformed).toList();
    }

    static List<HexVector> replies() throws IOException {
        return ofKind(MessageType.Kind.REPLY);
    }

    static List<HexVector> commands() throws IOException {
        return ofKind(MessageType.Kind.COMMAND);
    }

    private static List<HexVector> ofKind(MessageType.Kind kind) throws IOException {
        return HexVector.all().stream()
                .filter(vector -> vector.verdict().equals("ok") && kindOf(vector) == kind)
                .toList();
    }

    private static MessageType.@org.jspecify.annotations.Nullable Kind kindOf(HexVector vector) {
        MessageType type = MessageType.of(vector.typeCode());
        return type == null ? null : type.kind();
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void shouldHangUpAndSayWhyWhenAFrameIsMalformed(HexVector vector) throws IOException {
        try (FakeBroker broker = new FakeBroker(1 << 20, (type, frame) -> vector.bytes());
                Telpher telpher = Telpher.connect(broker.url())) {
            ConnectionException lost = assertThrows(ConnectionException.class, () -> telpher.await(ping(telpher)));
            assertTrue(lost.isOutcomeUnknown());
            assertTrue(
                    String.valueOf(lost.getMessage()).contains("the broker sent a malformed frame: "),
                    lost::getMessage);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldHangUpAndSayWhyWhenAFrameIsNotForIt(HexVector vector) throws IOException {
        try (FakeBroker broker = new FakeBroker(1 << 20, (type, frame) -> vector.bytes());
                Telpher telpher = Telpher.connect(broker.url())) {
            ConnectionException lost = assertThrows(ConnectionException.class, () -> telpher.await(ping(telpher)));
            assertTrue(
                    String.valueOf(lost.getMessage())
                            .contains(MessageType.of(vector.typeCode()) + ", which is not a reply"),
                    lost::getMessage);
        }
    }

    @ParameterizedTest
    @MethodSource("replies")
    void shouldTakeAReplyAsItIs(HexVector vector) throws IOException {
        boolean isReply = MessageType.of(vector.typeCode()) != MessageType.WELCOME
                && MessageType.of(vector.typeCode()) != MessageType.CANCEL_REQUESTED;
        FakeBroker.Script script = (type, frame) -> {
            int requestId = Frame.requestId(frame, 0);
            byte[] pong = Pong.write(new FrameWriter(), requestId).toBytes();
            return isReply ? vector.withRequestId(requestId) : joined(vector.withRequestId(0), pong);
        };
        try (FakeBroker broker = new FakeBroker(1 << 20, script);
                Telpher telpher = Telpher.connect(broker.url())) {
            if (MessageType.of(vector.typeCode()) == MessageType.ERROR) {
                ErrorReply error = new ErrorReply().wrap(view(vector.bytes()), 0);
                TelpherException refusal = assertThrows(TelpherException.class, () -> telpher.await(ping(telpher)));
                assertEquals(error.code(), refusal.code());
                assertEquals(error.retryAfterMs(), refusal.retryAfterMs());
                return;
            }
            ByteBuffer reply = telpher.await(ping(telpher));
            if (isReply) {
                assertEquals(view(vector.withRequestId(Frame.requestId(reply, 0))), reply);
            }
            assertEquals(
                    isReply ? MessageType.of(vector.typeCode()) : MessageType.PONG,
                    new MessageReader().read(reply, 0).type());
        }
    }

    private static CompletableFuture<ByteBuffer> ping(Telpher telpher) {
        return telpher.ask(id -> Ping.write(new FrameWriter(), id), false);
    }

    private static ByteBuffer view(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
