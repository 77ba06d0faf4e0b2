package io.telpher.broker.http.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Instants as requests write them: {@code 2026-11-24T12:00:00Z}, or milliseconds since 1970. */
public final class Times {
    private Times() {}

    /**
     * Milliseconds since 1970, never 0, which says "not given" further on. A part of a millisecond counts as a whole one: what is due then must not be
     * early.
     *
     * @param what for the refusal
     */
    public static long ms(String what, String text) throws Refusal {
        try {
            long ms = Words.isDigits(text, 0, text.length()) ? Long.parseLong(text) : roundedUp(Instant.parse(text));
            if (ms > 0) {
                return ms;
            }
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw Refusal.bad(what + " is a time like 2026-11-24T12:00:00Z, not \"" + text + "\"");
        }
        throw Refusal.bad(what + " must be after 1970");
    }

    private static long roundedUp(Instant time) {
        Instant whole = time.truncatedTo(ChronoUnit.MILLIS);
        return Math.addExact(whole.toEpochMilli(), whole.equals(time) ? 0 : 1);
    }
}
