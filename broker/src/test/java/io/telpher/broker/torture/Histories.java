package io.telpher.broker.torture;

import io.telpher.broker.torture.Event.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads histories as people write them: {@code submitted; delivered at 50; ack lease 101 at 60}. Each step is the name of an event, or of a pair that goes
 * together, and what differs from the usual: submission 1, task 10, lease 100. Times are in ms.
 */
final class Histories {
    static final long CRC = 77;
    private static final int LEASE_MS = 2_000;

    private final List<Event> events = new ArrayList<>();

    private Histories() {}

    static List<Event> of(String text) {
        Histories histories = new Histories();
        for (String step : text.split(";")) {
            histories.add(step.trim().split("\\s+"));
        }
        return histories.events;
    }

    private void add(String... words) {
        switch (words[0]) {
            case "submitted" -> {
                add(Kind.SUBMIT, words);
                Event accepted = add(Kind.ACCEPTED, words);
                accepted.sent(accepted.at).at(accepted.at + 5_000_000);
            }
            case "acknowledged" -> {
                add(Kind.ACK, words);
                Event acked = add(Kind.ACKED, words).extra(0);
                acked.sent(acked.at).at(acked.at + 5_000_000);
            }
            case "completed" -> add(Kind.FINAL, words).text("COMPLETED");
            // Of these neither content nor lease is kept.
            case "ended" -> add(Kind.FINAL, words).crc(0).lease(0);
            default -> add(Kind.valueOf(words[0].toUpperCase(Locale.ROOT)), words);
        }
    }

    private Event add(Kind kind, String... words) {
        Event event = usual(kind);
        for (int i = 1; i < words.length; i += 2) {
            set(event, words[i], words[i + 1]);
        }
        if (kind == Kind.DELIVERED && event.sent == 0) {
            event.sent(event.at - 5_000_000);
        }
        events.add(event);
        return event;
    }

    private static Event usual(Kind kind) {
        Event event =
                Event.of(kind).submission(1).task(10).lease(100).crc(CRC).at(kind == Kind.FINAL ? 100_000_000_000L : 0);
        return switch (kind) {
            case SUBMIT -> event.text("keep NORMAL");
            case DELIVERED -> event.extra(LEASE_MS).text("keep");
            case EXTENDED -> event.extra(LEASE_MS);
            default -> event;
        };
    }

    private static void set(Event event, String field, String value) {
        switch (field) {
            case "of" -> event.submission(Long.parseLong(value));
            case "task" -> event.task(Long.decode(value));
            case "lease" -> event.lease(Long.parseLong(value));
            case "crc" -> event.crc(Long.parseLong(value));
            case "at" -> event.at(Long.parseLong(value) * 1_000_000);
            case "sent" -> event.sent(Long.parseLong(value) * 1_000_000);
            case "run_at" -> event.sent(Long.parseLong(value));
            case "shows" -> event.sent(Long.parseLong(value));
            case "extra", "delay" -> event.extra(Long.parseLong(value));
            case "as" -> event.text(value);
            default -> throw new IllegalArgumentException("there is no field " + field);
        }
    }
}
