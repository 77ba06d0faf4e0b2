package io.telpher.protocol.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NackTest {
    private static final int CHARS = 8;

    /** Units of one to three bytes, pairs of four, and any of them across the cut. */
    static List<String> errors() {
        return List.of(
                "",
                "short",
                "12345678",
                "a".repeat(8192),
                "\u00e9".repeat(20),
                "\u20ac".repeat(20),
                "\ud83d\ude00".repeat(20),
                "x" + "\ud83d\ude00".repeat(20),
                "xx" + "\u20ac".repeat(5) + "\ud83d\ude00".repeat(9));
    }

    private static Nack nack(String error, boolean isDirect) {
        byte[] frame = Nack.write(new FrameWriter(), 1, 2, 3, 4, false, error).toBytes();
        ByteBuffer buffer = isDirect ? ByteBuffer.allocateDirect(frame.length) : ByteBuffer.allocate(frame.length);
        return new Nack().wrap(buffer.order(ByteOrder.LITTLE_ENDIAN).put(0, frame), 0);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void shouldTellHowItsErrorBegins(String error) {
        String start = error.substring(0, Math.min(CHARS, error.length()));
        assertEquals(start, nack(error, false).errorStart(CHARS));
        assertEquals(start, nack(error, true).errorStart(CHARS));
    }
}
