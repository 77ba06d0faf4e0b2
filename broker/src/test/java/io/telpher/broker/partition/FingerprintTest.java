package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintTest {
    @Test
    void shouldLeaveOutNumbersIdsAndHex() {
        assertEquals("no host # after # ms", Fingerprint.of("no host 42 after 1500 ms"));
        assertEquals("task # is gone", Fingerprint.of("task t-7f3a2 is gone"));
        assertEquals("task # is gone", Fingerprint.of("task t-c is gone"));
        assertEquals("crash at #", Fingerprint.of("crash at 0xDEADbeef"));
        assertEquals("user # not found", Fingerprint.of("user 6f9619ff-8b86-d011-b42d-00cf4fc964ff not found"));
        assertEquals("connect to #.#.#.#:#", Fingerprint.of("connect to 10.0.0.1:5432"));
        assertEquals("bad token #", Fingerprint.of("bad token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"));
        assertEquals("ERR# in step#", Fingerprint.of("ERR12 in step3"));
    }

    @Test
    void shouldKeepWordsApart() {
        assertNotEquals(Fingerprint.of("no route to a"), Fingerprint.of("no route to b"));
        assertEquals("a bad cafe, facade of a decade", Fingerprint.of("a bad cafe, facade of a decade"));
    }

    @Test
    void shouldLookAtTheFirstLineOnly() {
        assertEquals("boom", Fingerprint.of("boom\n\tat Main.java:12"));
        assertEquals("", Fingerprint.of(""));
    }

    /** So people can paste either. */
    @Test
    void shouldBeItsOwnFingerprint() {
        for (String error : List.of("no host 42", "t-1 0x1f 10.0.0.1", "x".repeat(300) + "9", "1".repeat(9000))) {
            String once = Fingerprint.of(error);
            assertEquals(once, Fingerprint.of(once));
        }
    }

    @Test
    void shouldNotBeHeldUpByAHostileError() {
        assertTimeout(Duration.ofSeconds(20), () -> {
            for (int i = 0; i < 1_000; i++) {
                Fingerprint.of("a-".repeat(4_000));
                Fingerprint.of("a".repeat(8_000));
            }
        });
    }
}
