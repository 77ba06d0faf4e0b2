package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FingerprintTest {
    @Test
    void shouldLeaveOutNumbersIdsAndHex() {
        assertEquals("no host # after # ms", Fingerprint.of("no host 42 after 1500 ms"));
        assertEquals("task # is gone", Fingerprint.of("task t-7f3a2 is gone"));
        assertEquals("task # is gone", Fingerprint.of("task t-c is gone"));
        assertEquals("crash at #", Fingerprint.of("crash at 0xDEADbeef"));
        assertEquals("user # not found", Fingerprint.of("user 6f9619ff-8b86-d011-b42d-00cf4fc964ff not found"));
        assertEquals("connect to #:#", Fingerprint.of("connect to 10.0.0.1:5432"));
        assertEquals("bad token #", Fingerprint.of("bad token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"));
        assertEquals("ERR# in step#", Fingerprint.of("ERR12 in step3"));
    }

    /** One fault at many places is one kind. */
    @Test
    void shouldLeaveOutAddressesPathsAndWhatIsQuoted() {
        assertEquals("no route to #:#", Fingerprint.of("no route to db-7.eu.example.org:5432"));
        assertEquals("no route to #:#", Fingerprint.of("no route to cache.internal:6379"));
        assertEquals("refused by [#]:#", Fingerprint.of("refused by [2001:db8::1f]:443"));
        assertEquals("GET https://#: #", Fingerprint.of("GET https://api.example.org/v1/orders/17?x=y: 503"));
        assertEquals("no mailbox # here", Fingerprint.of("no mailbox ann.smith+news@example.org here"));
        assertEquals("/#: unexpected end", Fingerprint.of("/var/spool/mail/ann.json:12: unexpected end"));
        assertEquals("cannot open # (denied)", Fingerprint.of("cannot open C:\\spool\\in.json (denied)"));
        assertEquals("KeyError: '#'", Fingerprint.of("KeyError: 'customer'"));
        assertEquals("no field \"#\" in “#”", Fingerprint.of("no field \"zip code\" in “order, Smith's”"));
        assertEquals("no field \"#\" in “#”", Fingerprint.of("no field \"\" in “#”"));
        assertEquals("com.acme.Mailer@# is closed", Fingerprint.of("com.acme.Mailer@6d06d69c is closed"));
        assertEquals("charge # declined", Fingerprint.of("charge ch_3K9xQ declined"));
        assertEquals("late since #", Fingerprint.of("late since 10:20:30"));
    }

    @Test
    void shouldKeepWhatLooksAlike() {
        for (String error : List.of(
                "java.lang.IllegalStateException: can't read/write the workers' queue",
                "either/or: isn't it",
                "S#Exception: unclosed 'quote",
                "a. b",
                "no such thing: mail.send")) {
            assertEquals(error, Fingerprint.of(error));
        }
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
    void shouldBeItsOwnFingerprintWhateverIsInIt() {
        Random random = new Random(11);
        String letters = "t-0xXaf19gCz_ .:/\\@+#'\"`“”‘’«»\u00e9(é,D";
        for (int i = 0; i < 400_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(i % 10 == 0 ? 60 : 14);
            int few = 2 + random.nextInt(letters.length() - 1);
            int first = random.nextInt(letters.length());
            while (text.length() < length) {
                int from = random.nextBoolean() ? random.nextInt(few) + first : random.nextInt(letters.length());
                text.append(letters.charAt(from % letters.length()));
            }
            String error = text.toString();
            String once = Fingerprint.of(error);
            assertEquals(once, Fingerprint.of(once), error);
        }
    }

    /** Digits, ids and hex as they were found by first. It goes back, and so can take far longer than the text is. */
    @Test
    void shouldFindWhatTheRegularExpressionFound() {
        Pattern varying = Pattern.compile("\\bt-[0-9a-f]{1,16}\\b"
                + "|\\b0[xX][0-9a-fA-F]+"
                + "|\\b(?=[0-9a-fA-F-]*\\d)[0-9a-fA-F-]+\\b"
                + "|\\b(?=\\w*\\d)\\w{16,}\\b"
                + "|\\b(?=\\w{5})\\w*\\d[a-zA-Z_]+\\d\\w*\\b"
                + "|\\d+");
        Random random = new Random(7);
        String letters = "t-0xXaf19g_ ;zA\u00e9\u201c";
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(i % 10 == 0 ? 60 : 14);
            int few = 2 + random.nextInt(letters.length() - 1);
            while (text.length() < length) {
                int from = random.nextInt(letters.length());
                text.append(letters.charAt(random.nextBoolean() ? from : from % few));
            }
            String error = text.toString();
            assertEquals(varying.matcher(error).replaceAll("#"), Fingerprint.of(error), error);
        }
    }
}
