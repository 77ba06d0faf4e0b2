package io.telpher.broker.partition.payload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergePatchTest {
    private static final int LARGE = 1 << 20;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String patched(String payload, String patch) throws MergePatch.Unpatchable {
        return new String(MergePatch.parse(bytes(patch)).apply(bytes(payload), LARGE), StandardCharsets.UTF_8);
    }

    /** Those of RFC 7396, appendix A, whose target and patch are objects. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":\"b\"} | {\"a\":\"c\"} | {\"a\":\"c\"}",
                "{\"a\":\"b\"} | {\"b\":\"c\"} | {\"a\":\"b\",\"b\":\"c\"}",
                "{\"a\":\"b\"} | {\"a\":null} | {}",
                "{\"a\":\"b\",\"b\":\"c\"} | {\"a\":null} | {\"b\":\"c\"}",
                "{\"a\":[\"b\"]} | {\"a\":\"c\"} | {\"a\":\"c\"}",
                "{\"a\":\"c\"} | {\"a\":[\"b\"]} | {\"a\":[\"b\"]}",
                "{\"a\":{\"b\":\"c\"}} | {\"a\":{\"b\":\"d\",\"c\":null}} | {\"a\":{\"b\":\"d\"}}",
                "{\"a\":[{\"b\":\"c\"}]} | {\"a\":[1]} | {\"a\":[1]}",
                "{\"e\":null} | {\"a\":1} | {\"e\":null,\"a\":1}",
                "{} | {\"a\":{\"bb\":{\"ccc\":null}}} | {\"a\":{\"bb\":{}}}"
            })
    void shouldMergeAsTheRfcSays(String payload, String patch, String expected) throws MergePatch.Unpatchable {
        assertEquals(expected, patched(payload, patch));
    }

    @Test
    void shouldLeaveNumbersAsTheyWereWritten() throws MergePatch.Unpatchable {
        String numbers = "{\"a\":123456789012345678901234567890,\"b\":0.1000,\"c\":1.5E+400";
        assertEquals(numbers + ",\"d\":1.0}", patched(numbers + "}", "{\"d\":1.0}"));
    }

    @Test
    void shouldNotCarryWhatItMergedIntoOnePayloadToTheNext() throws MergePatch.Unpatchable {
        MergePatch patch = MergePatch.parse(bytes("{\"a\":{\"b\":1}}"));
        assertEquals(
                "{\"a\":{\"x\":1,\"b\":1}}",
                new String(patch.apply(bytes("{\"a\":{\"x\":1}}"), LARGE), StandardCharsets.UTF_8));
        assertEquals("{\"a\":{\"b\":1}}", new String(patch.apply(bytes("{}"), LARGE), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "hello", "[1]", "5", "null", "\"text\"", "{\"a\":1", "{} {}", "{\"a\":NaN}", "\u0000\u0001"})
    void shouldRefuseAPayloadThatIsNoObject(String payload) {
        String why = assertThrows(MergePatch.Unpatchable.class, () -> patched(payload, "{\"a\":1}"))
                .toString();
        assertTrue(why.contains(": a payload must be a JSON object, and this is "), why);
        assertThrows(MergePatch.Unpatchable.class, () -> MergePatch.parse(bytes(payload)));
    }

    @Test
    void shouldRefuseWhatWouldBeTooLarge() throws MergePatch.Unpatchable {
        MergePatch patch = MergePatch.parse(bytes("{\"a\":1}"));
        assertEquals(7, patch.apply(bytes("{}"), 7).length);
        assertThrows(MergePatch.Unpatchable.class, () -> patch.apply(bytes("{}"), 6));
    }

    @Test
    void shouldRefuseWhatIsNestedTooDeep() {
        String deep = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);
        assertThrows(MergePatch.Unpatchable.class, () -> patched(deep, "{\"a\":1}"));
    }
}
