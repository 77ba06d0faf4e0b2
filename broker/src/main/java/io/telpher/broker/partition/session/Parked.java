package io.telpher.broker.partition.session;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.time.DeadlineWheel;
import io.telpher.broker.core.time.Timed;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that are answered later: when the thing they wait for has happened, or at their deadline at the latest. Each stands in three structures at once, a timing
 * wheel by deadline, the line of its session and the line of its key (the task, say). Lines are doubly linked and a request holds its links, so it leaves all three
 * in constant time.
 *
 * <p>Ending many requests costs no more than ending one: {@link #end} unhooks the whole line from its map and queues it as over; {@link #poll} takes it apart later, one
 * request a call, {@link #TURN} of each line in turn. A request that is over is still in the wheel and in its other line, and counts towards the limits, until
 * {@link #poll} takes it out. Requests that are over alternate with those whose time is up, so that neither delays the other. For the partition's thread.
 *
 * @param <K> what requests wait for; comparable, so that a map of keys chosen by an attacker is no list
 */
public final class Parked<K extends Comparable<K>, R extends Parked.Request<K>> {
    /** Taken of one line before the next has its turn. */
    private static final int TURN = 16;

    private final ParkingLimits limits;
    private final DeadlineWheel<Request<K>> byDeadline = new DeadlineWheel<>();
    private final Map<K, Line<K>> byKey = new HashMap<>();
    private final Map<Session, Line<K>> bySession = new HashMap<>();
    private final Deque<Line<K>> over = new ArrayDeque<>();
    private int turn;
    private boolean timeIsNext;
    private long serials;
    private long steps;

    public Parked(ParkingLimits limits) {
        this.limits = limits;
    }

    /** One of them. */
    public abstract static class Request<K> extends Timed {
        public final Session session;
        public final int requestId;
        public final K key;
        private final Place<K> ofKey = new Place<>(this);
        private final Place<K> ofSession = new Place<>(this);
        private long serial;

        public Request(Session session, int requestId, K key, long deadlineMs) {
            super(deadlineMs);
            this.session = session;
            this.requestId = requestId;
            this.key = key;
        }

        @Override
        protected long orderId() {
            return serial;
        }
    }

    /** A request's place in a line. */
    private static final class Place<K> {
        final Request<K> request;

        @Nullable
        Line<K> line;

        @Nullable
        Place<K> next;

        @Nullable
        Place<K> previous;

        Place(Request<K> request) {
            this.request = request;
        }
    }

    /** The oldest first. */
    private static final class Line<K> {
        @Nullable
        Place<K> first;

        @Nullable
        Place<K> last;

        int count;

        void add(Place<K> place) {
            place.line = this;
            place.previous = last;
            if (last == null) {
                first = place;
            } else {
                last.next = place;
            }
            last = place;
            count++;
        }

        void remove(Place<K> place) {
            Place<K> before = place.previous;
            Place<K> behind = place.next;
            if (before == null) {
                first = behind;
            } else {
                before.next = behind;
            }
            if (behind == null) {
                last = before;
            } else {
                behind.previous = before;
            }
            place.line = null;
            place.next = null;
            place.previous = null;
            count--;
        }
    }

    public int count() {
        return byDeadline.size();
    }

    /** How many requests were touched since the start, for tests of what a call costs. */
    long steps() {
        return steps;
    }

    /** See {@link DeadlineWheel#steps}. */
    long timerSteps() {
        return byDeadline.steps();
    }

    /** @return why it can't wait; null when it does */
    @Nullable
    public Problem park(R request) {
        String problem = limits.take(request.session);
        if (problem != null) {
            return new Problem(ErrorCode.OVERLOADED, problem);
        }
        Request<K> entered = request;
        entered.serial = ++serials;
        steps++;
        byDeadline.add(request);
        bySession.computeIfAbsent(request.session, any -> new Line<>()).add(entered.ofSession);
        byKey.computeIfAbsent(request.key, any -> new Line<>()).add(entered.ofKey);
        return null;
    }

    /** The oldest that waits for this; null when none does. */
    @Nullable
    public R find(K key) {
        Line<K> line = byKey.get(key);
        return line == null || line.first == null ? null : own(line.first.request);
    }

    /** The requests of this session, the oldest first; none when they were ended. */
    public List<R> of(Session session) {
        List<R> requests = new ArrayList<>();
        Line<K> line = bySession.get(session);
        for (Place<K> place = line == null ? null : line.first; place != null; place = place.next) {
            steps++;
            requests.add(own(place.request));
        }
        return requests;
    }

    /** It waits no more, and is the caller's to answer. */
    public void remove(R request) {
        leave(request);
    }

    private void leave(Request<K> request) {
        steps++;
        byDeadline.remove(request);
        leave(request.ofKey, request.key, byKey);
        leave(request.ofSession, request.session, bySession);
        limits.giveBack(request.session);
    }

    private <L> void leave(Place<K> place, L name, Map<L, Line<K>> lines) {
        Line<K> line = place.line;
        if (line != null) {
            line.remove(place);
            if (line.count == 0) {
                lines.remove(name, line);
            }
        }
    }

    /** Ends all requests that wait for this key. */
    public void end(K key) {
        endLine(byKey.remove(key));
    }

    /** Ends all requests of a session. */
    public void end(Session session) {
        endLine(bySession.remove(session));
    }

    private void endLine(@Nullable Line<K> line) {
        if (line != null) {
            over.add(line);
        }
    }

    /**
     * Takes out the next one that is over or whose time is up, for the caller to answer, unless its session is over itself.
     *
     * @return null when there is none
     */
    @Nullable
    public R poll(long nowMs) {
        Request<K> next = next(nowMs);
        if (next == null) {
            return null;
        }
        leave(next);
        return own(next);
    }

    /** From both by turns: many that are over must not keep the others from being answered in time. */
    private @Nullable Request<K> next(long nowMs) {
        boolean isDue = !byDeadline.isEmpty() && byDeadline.first().deadlineMs() <= nowMs;
        Request<K> next = isDue && timeIsNext ? null : nextOver();
        timeIsNext = next != null;
        return next == null && isDue ? byDeadline.first() : next;
    }

    private @Nullable Request<K> nextOver() {
        while (true) {
            Line<K> line = over.peek();
            if (line == null) {
                return null;
            }
            if (line.first == null) {
                over.remove();
                turn = 0;
            } else if (turn == TURN) {
                over.add(over.remove());
                turn = 0;
            } else {
                turn++;
                return line.first.request;
            }
        }
    }

    /** When {@link #poll} has one without anything else happening, ms since 1970; 0 = now. */
    public long nextDeadlineMs() {
        if (!over.isEmpty()) {
            return 0;
        }
        return byDeadline.isEmpty() ? Partition.NEVER : byDeadline.first().deadlineMs();
    }

    @SuppressWarnings("unchecked") // only such are parked
    private R own(Request<K> request) {
        return (R) request;
    }
}
