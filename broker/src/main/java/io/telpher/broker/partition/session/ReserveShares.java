package io.telpher.broker.partition.session;

import io.telpher.broker.core.state.WaiterListener;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.lease.Reserve;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many reserves wait, by connection and by principal. Judged before the record is journaled, where it is known who asks; the core only knows a limit of all. A
 * reserve counts from its admission on: until its record is applied because it may come to wait, and then while it does. Its connection's end takes effect by
 * a record too, and until then it counts.
 */
public final class ReserveShares implements WaiterListener {
    private final Shares shares;
    private final int perSessionMax;
    /** Sessions that have some. Their ids are given by the broker, so a client can't choose ids that collide. */
    private final Long2ObjectHashMap<Counted> sessions = new Long2ObjectHashMap<>();

    private boolean cameToWait;

    /** The waiting reserves of one session. */
    private static final class Counted {
        final String principal;
        int count;

        Counted(String principal) {
            this.principal = principal;
        }
    }

    public ReserveShares(Shares shares) {
        this.shares = shares;
        this.perSessionMax = Math.max(1, shares.perPrincipalMax() / 2);
    }

    public static boolean mayWait(Reserve reserve) {
        return reserve.waitMs() > 0;
    }

    /**
     * One more is to be journaled, which {@link #applied} must follow.
     *
     * @return why it is refused; null when it counts from here on
     */
    @Nullable
    public Problem take(Session session) {
        Counted its = sessions.get(session.id());
        if (its != null && its.count >= perSessionMax) {
            shares.refused();
            return refused(
                    "this connection has " + perSessionMax + " " + shares.what() + ", the most that one may have");
        }
        String tooMany = shares.take(session.principal());
        if (tooMany != null) {
            return refused(tooMany);
        }
        if (its == null) {
            its = new Counted(session.principal());
            sessions.put(session.id(), its);
        }
        its.count++;
        return null;
    }

    private static Problem refused(String why) {
        return new Problem(ErrorCode.OVERLOADED, why);
    }

    /** The record of one that was taken has been applied: it counts on only when it waits. */
    public void applied(long session) {
        if (!cameToWait) {
            giveBack(session);
        }
        cameToWait = false;
    }

    @Override
    public void waits(long session, boolean waits) {
        if (waits) {
            cameToWait = true;
        } else {
            giveBack(session);
        }
    }

    private void giveBack(long session) {
        Counted its = sessions.get(session);
        if (its == null) {
            return; // it waited when the last run of the broker ended
        }
        shares.giveBack(its.principal);
        its.count--;
        if (its.count == 0) {
            sessions.remove(session);
        }
    }
}
