package io.telpher.broker.sim;

import io.telpher.broker.journal.Record;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Reserve;
import java.util.HashMap;
import java.util.Map;

/**
 * How many reserves wait, of all, of each client and of each session, as the journal's records and the model tell: one that was appended and not applied counts,
 * too. None may be taken beyond its share, and none refused within it.
 */
final class ReserveCounts {
    private static final int MAX = 12;
    private static final int PER_CLIENT = MAX / 2;
    private static final int PER_SESSION = PER_CLIENT / 2;

    private final Map<Long, Integer> underWay = new HashMap<>();
    /** Since replies were read last. */
    private final Map<String, Integer> highest = new HashMap<>();

    /** What the broker is given. */
    static ClientShares shares() {
        return new ClientShares(new ClientShares.Sizes(50, 1, 1, 1_000, MAX, 1));
    }

    static String client(long session) {
        return "client " + session % 3;
    }

    private static boolean mayWait(Record record) {
        boolean isReserve = Frame.typeCode(record.buffer(), record.frameOffset()) == MessageType.RESERVE.code();
        return isReserve
                && new Reserve().wrap(record.buffer(), record.frameOffset()).waitMs() > 0;
    }

    void appended(Record record, ReferenceState model) {
        if (mayWait(record)) {
            underWay.merge(record.session(), 1, Integer::sum);
            count(model).forEach((whose, count) -> highest.merge(whose, count, Math::max));
            long session = record.session();
            Rule.SHARES_ARE_KEPT.holds(
                    highest.getOrDefault("all", 0) <= MAX
                            && highest.getOrDefault(client(session), 0) <= PER_CLIENT
                            && highest.getOrDefault(name(session), 0) <= PER_SESSION,
                    () -> "a reserve of " + name(session) + " of " + client(session) + " beside " + highest);
        }
    }

    /** The model has applied it. */
    void applied(Record record) {
        if (mayWait(record)) {
            underWay.computeIfPresent(record.session(), (session, count) -> count == 1 ? null : count - 1);
        }
    }

    private Map<String, Integer> count(ReferenceState model) {
        Map<Long, Integer> counts = new HashMap<>(underWay);
        model.waiters.values().forEach(waiter -> counts.merge(waiter.session, 1, Integer::sum));
        Map<String, Integer> together = new HashMap<>();
        counts.forEach((session, count) -> {
            together.merge("all", count, Integer::sum);
            together.merge(client(session), count, Integer::sum);
            together.merge(name(session), count, Integer::sum);
        });
        return together;
    }

    private static String name(long session) {
        return "session " + Long.toHexString(session);
    }

    /** A session was told that there are too many. */
    void refused(long session) {
        boolean wasReached = highest.getOrDefault("all", 0) >= MAX
                || highest.getOrDefault(client(session), 0) >= PER_CLIENT
                || highest.getOrDefault(name(session), 0) >= PER_SESSION;
        Rule.SHARES_ARE_KEPT.holds(wasReached, () -> name(session) + " was refused a reserve beside " + highest);
    }

    /** All that was refused until now is judged. */
    void read(ReferenceState model) {
        highest.clear();
        highest.putAll(count(model));
    }

    void restarted() {
        underWay.clear();
        highest.clear();
    }
}
