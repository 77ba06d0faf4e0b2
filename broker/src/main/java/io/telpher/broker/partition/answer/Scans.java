package io.telpher.broker.partition.answer;

import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.query.ScanBudget;
import io.telpher.broker.partition.session.Session;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Questions under way that may take longer than a moment. In each duty cycle they get one {@link ScanBudget} together, whatever there are of them: those that
 * are begun take turns. Few are begun at a time, since each holds the page that it fills; the others wait, and of these the principals take turns, and of a
 * principal its sessions. So a client with a thousand questions delays its own, and another client's first one waits for few.
 */
public final class Scans {
    /** Each holds a page of a reply, some MiB at most. */
    static final int BEGUN_MAX = 8;

    static final int BEGUN_PER_PRINCIPAL_MAX = 2;

    /** Budget of all scans in one duty cycle. */
    private static final long NANOS_PER_CYCLE = 1_000_000;

    private static final long BYTES_PER_CYCLE = 1 << 20;

    private record Begun(Session asker, Scan scan) {}

    private final Consumer<Session> answered;
    private final ScanBudget budget;
    private final Deque<Begun> begun = new ArrayDeque<>();
    /** Sessions of each principal, and the questions of each; whose turn was last is at the end of both. */
    private final Map<String, Map<Session, Deque<Scan>>> waiting = new LinkedHashMap<>();

    private long looks;

    /** @param answered told whose question was answered, or is not wanted any more */
    Scans(Consumer<Session> answered, LongSupplier nanoTime) {
        this.answered = answered;
        this.budget = new ScanBudget(nanoTime, NANOS_PER_CYCLE, BYTES_PER_CYCLE);
    }

    void add(Session asker, Scan scan) {
        waiting.computeIfAbsent(asker.principal(), principal -> new LinkedHashMap<>())
                .computeIfAbsent(asker, session -> new ArrayDeque<>())
                .add(scan);
    }

    boolean isEmpty() {
        return begun.isEmpty() && waiting.isEmpty();
    }

    /** Goes on with one piece; returns 0 when there was nothing to do. */
    int step() {
        if (isEmpty()) {
            return 0;
        }
        budget.begin();
        begin();
        while (!begun.isEmpty() && !budget.isSpent()) {
            Begun next = begun.remove();
            if (next.scan.step(budget)) {
                answered.accept(next.asker);
                begin();
            } else {
                begun.add(next);
            }
        }
        return 1;
    }

    /** As many as there may be, of those whose turn it is. */
    private void begin() {
        Iterator<Map.Entry<String, Map<Session, Deque<Scan>>>> principals =
                waiting.entrySet().iterator();
        // Sessions that have their share of the begun scans, which are few, are passed over.
        while (begun.size() < BEGUN_MAX && principals.hasNext()) {
            looks++;
            Map.Entry<String, Map<Session, Deque<Scan>>> next = principals.next();
            if (begunBy(next.getKey()) < BEGUN_PER_PRINCIPAL_MAX) {
                principals.remove();
                begin(next.getKey(), next.getValue());
                principals = waiting.entrySet().iterator();
            }
        }
    }

    private void begin(String principal, Map<Session, Deque<Scan>> sessions) {
        Session asker = sessions.keySet().iterator().next();
        Deque<Scan> scans = Objects.requireNonNull(sessions.remove(asker), "a session without scans");
        begun.add(new Begun(asker, scans.remove()));
        if (!scans.isEmpty()) {
            sessions.put(asker, scans);
        }
        if (!sessions.isEmpty()) {
            waiting.put(principal, sessions);
        }
    }

    private int begunBy(String principal) {
        int count = 0;
        for (Begun each : begun) {
            count += each.asker.principal().equals(principal) ? 1 : 0;
        }
        return count;
    }

    /** The connection is gone. */
    void forget(Session session) {
        begun.removeIf(each -> {
            boolean isIts = each.asker == session;
            if (isIts) {
                answered.accept(session);
            }
            return isIts;
        });
        Map<Session, Deque<Scan>> sessions = waiting.get(session.principal());
        Deque<Scan> scans = sessions == null ? null : sessions.remove(session);
        if (sessions != null && sessions.isEmpty()) {
            waiting.remove(session.principal());
        }
        if (scans != null) {
            scans.forEach(scan -> answered.accept(session));
        }
    }

    /** Principals that were asked whose turn it is, ever: for tests of what it costs. */
    long looks() {
        return looks;
    }
}
