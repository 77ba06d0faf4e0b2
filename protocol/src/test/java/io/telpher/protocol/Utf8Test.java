package io.telpher.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
    private static boolean isValid(byte[] bytes) {
        return Utf8.isValid(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void shouldJudgeBytesAsTheJdkDoes() {
        Random random = new Random(8);
        int[] interesting = {
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF,
            0xF0, 0xF1, 0xF4, 0xF5, 0xFF
        };
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(20)];
            for (int k = 0; k < bytes.length; k++) {
                bytes[k] = random.nextInt(3) > 0 ? 0x41 : (byte) interesting[random.nextInt(interesting.length)];
            }
            assertEquals(isValidToTheJdk(bytes), isValid(bytes), () -> java.util.Arrays.toString(bytes));
        }
    }

    private static boolean isValidToTheJdk(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Test
    void shouldRefuseTextsWithHalfOfASurrogatePair() {
        assertTrue(Utf8.unpairedSurrogate("a\uD83D\uDE00b") < 0);
        assertEquals(1, Utf8.unpairedSurrogate("a\uD83D"));
        assertEquals(0, Utf8.unpairedSurrogate("\uDE00\uD83D"));
        assertThrows(
                IllegalArgumentException.class,
                () -> Submit.write(new FrameWriter(), 1, TaskSpec.type("t").idempotencyKey("a\uD83D")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Submit.write(new FrameWriter(), 1, TaskSpec.type("t").header("a", "\uDE00")));
    }

    @Test
    void shouldCutBehindAWholeCharacter() {
        assertEquals("\u20ac\u20ac", Utf8.cut("\u20ac\u20ac", 6, "!"));
        assertEquals("\u20ac!", Utf8.cut("\u20ac\u20ac", 5, "!"));
        assertEquals("\u20ac!", Utf8.cut("\u20ac\uD83D\uDE00", 6, "!"));
        assertFalse(Utf8.cut("x".repeat(100), 10, "..").length() > 10);
    }

    @Test
    void shouldNotWrapNumbersThatAreTooLargeForTheirField() {
        FrameWriter out = new FrameWriter().begin(MessageType.SUBMIT, 1);
        assertThrows(IllegalArgumentException.class, () -> out.u8(256));
        assertThrows(IllegalArgumentException.class, () -> out.u8(-129));
        assertThrows(IllegalArgumentException.class, () -> out.u16(65_536));
    }
}
