package io.telpher.broker.torture;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the checker found. */
final class Verdict {
    /** What must not happen. */
    enum Wrong {
        /** Confirmed, and not there any more, or not done when everything had come to rest. */
        LOST,
        /** There, and nobody submitted it; or done, and nobody did it. */
        PHANTOM,
        /** With another content or result than was sent. */
        MISMATCHED,
        /** Two tasks of one submission. */
        DOUBLED,
        /** Leased while another's lease went on, or under a lease id that had been given. */
        OVERLAPPING_LEASES,
        /** Delivered although its ack, or its cancel, had been confirmed before it was asked for. */
        FINISHED_THEN_DELIVERED,
        /** An ack counted although the task had been leased again. */
        STALE_ACK_COUNTED,
        /** Ended otherwise than a confirmed ack, failure or cancel said. */
        WRONG_END,
        /** A follow-up task without the ack it came with, or an ack without it. */
        FOLLOW_UP_APART,
        /** Some tasks of a batch exist, and others of it don't. */
        BATCH_TORN,
        /** Delivered before its time. */
        EARLY
    }

    /** What may happen and is counted. */
    enum Counted {
        SUBMITTED,
        BATCHES,
        ACCEPTED,
        REFUSED,
        UNKNOWN,
        DELIVERED,
        REDELIVERED,
        ACKED,
        FOLLOW_UPS,
        ORDER_INVERSIONS,
        /** Finished, and gone before their retention was over because the heap was full. */
        FORGOTTEN,
        POWER_CUTS,
        STARTS
    }

    private static final int DETAILS_MAX = 20;

    private final Map<Wrong, Integer> wrongs = new EnumMap<>(Wrong.class);
    private final Map<Counted, Integer> counts = new EnumMap<>(Counted.class);
    private final List<String> details = new ArrayList<>();

    void wrong(Wrong what, String detail) {
        if (wrongs.merge(what, 1, Integer::sum) <= DETAILS_MAX) {
            details.add(what + ": " + detail);
        }
    }

    void count(Counted what) {
        counts.merge(what, 1, Integer::sum);
    }

    int of(Wrong what) {
        return wrongs.getOrDefault(what, 0);
    }

    int of(Counted what) {
        return counts.getOrDefault(what, 0);
    }

    boolean isGood() {
        return wrongs.isEmpty();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Counted counted : Counted.values()) {
            text.append(words(counted)).append(' ').append(of(counted)).append(", ");
        }
        for (Wrong wrong : Wrong.values()) {
            text.append(words(wrong)).append(' ').append(of(wrong)).append(", ");
        }
        text.setLength(text.length() - 2);
        details.forEach(detail -> text.append("\n  ").append(detail));
        return text.toString();
    }

    private static String words(Enum<?> name) {
        return name.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
