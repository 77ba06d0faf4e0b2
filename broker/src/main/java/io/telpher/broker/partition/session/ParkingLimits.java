package io.telpher.broker.partition.session;

import org.jspecify.annotations.Nullable;

/**
 * How many requests may be {@link Parked}, of whatever kind they are.
 *
 * @param shares in all and for each principal
 * @param perSessionMax of one connection
 */
public record ParkingLimits(Shares shares, int perSessionMax) {
    /** @return why this session can't have one more; null when it is taken */
    @Nullable
    String take(Session session) {
        if (session.parked() >= perSessionMax) {
            shares.refused();
            return "this connection has " + perSessionMax + " " + shares.what() + ", the most that one may have";
        }
        String problem = shares.take(session.principal());
        if (problem == null) {
            session.parked(session.parked() + 1);
        }
        return problem;
    }

    void giveBack(Session session) {
        session.parked(session.parked() - 1);
        shares.giveBack(session.principal());
    }
}
