package io.telpher.broker.partition.session;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line in which principals take turns, within a principal its sessions, and within a session the oldest entry comes first: a principal with many entries
 * delays only its own. Three nested rings: the whole is a ring of principals, a principal is a ring of sessions, a session is a queue of entries. Taking an entry
 * moves its session and its principal to the end of their rings; an empty one leaves its ring. So each call costs the same whatever is in the line, and an
 * entry waits for at most one entry of each other principal for each of its own principal's before it.
 */
public final class FairLine<T> {
    /** Kept for who comes next: those that take turns come and go with each duty cycle. */
    private static final int SPARE_MAX = 64;

    private final Map<String, Share<T>> shares = new HashMap<>();
    private final Deque<Share<T>> turns = new ArrayDeque<>();
    private final Deque<Share<T>> spareShares = new ArrayDeque<>();
    private final Deque<Lane<T>> spareLanes = new ArrayDeque<>();

    /** Of one principal. */
    private static final class Share<T> {
        String principal = "";
        final Map<Long, Lane<T>> lanes = new HashMap<>();
        final Deque<Lane<T>> turns = new ArrayDeque<>();
        int lanesMost;
    }

    /** Of one session. */
    private static final class Lane<T> {
        long session;
        final Deque<T> items = new ArrayDeque<>();
        int itemsMost;
    }

    public boolean isEmpty() {
        return turns.isEmpty();
    }

    /** Behind all that its session has in the line. */
    public void add(Session session, T item) {
        Lane<T> lane = lane(session);
        lane.items.addLast(item);
        lane.itemsMost = Math.max(lane.itemsMost, lane.items.size());
    }

    /** Puts back an entry that is not done: it comes first in its session's next turn. */
    public void putBack(Session session, T item) {
        lane(session).items.addFirst(item);
    }

    private Lane<T> lane(Session session) {
        Share<T> share = shares.get(session.principal());
        if (share == null) {
            share = spareShares.isEmpty() ? new Share<>() : spareShares.pop();
            share.principal = session.principal();
            shares.put(share.principal, share);
            turns.add(share);
        }
        Lane<T> lane = share.lanes.get(session.lane());
        if (lane == null) {
            lane = spareLanes.isEmpty() ? new Lane<>() : spareLanes.pop();
            lane.session = session.lane();
            share.lanes.put(lane.session, lane);
            share.turns.add(lane);
            share.lanesMost = Math.max(share.lanesMost, share.turns.size());
        }
        return lane;
    }

    /** Takes out the next one; the turn goes on. Null when there is none. */
    @Nullable
    public T poll() {
        Share<T> share = turns.poll();
        Lane<T> lane = share == null ? null : share.turns.poll();
        if (share == null || lane == null) {
            return null;
        }
        T item = lane.items.poll();
        if (lane.items.isEmpty()) {
            share.lanes.remove(lane.session);
            keep(lane, lane.itemsMost, spareLanes);
        } else {
            share.turns.add(lane);
        }
        if (share.turns.isEmpty()) {
            shares.remove(share.principal);
            keep(share, share.lanesMost, spareShares);
        } else {
            turns.add(share);
        }
        return item;
    }

    /** What has held much keeps room for as much, and goes. */
    private static <S> void keep(S emptied, int heldMost, Deque<S> spare) {
        if (heldMost <= SPARE_MAX && spare.size() < SPARE_MAX) {
            spare.push(emptied);
        }
    }
}
