package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Sessions that reserved something, until they disconnect. Looked up only, never walked: the order of a map is not part of the state. */
public final class Sessions {
    /** Set in the ids of HTTP sessions: what they lease does not end with the connection. */
    public static final long HTTP_BIT = 1L << 62;

    private final Long2ObjectHashMap<SessionLeases> byId = new Long2ObjectHashMap<>();

    private static boolean isHttp(long id) {
        return (id & HTTP_BIT) != 0;
    }

    /** The holder of this session's leases; null for HTTP, whose leases belong to no connection. */
    public @Nullable SessionLeases holder(long id) {
        return isHttp(id) ? null : enter(id);
    }

    public @Nullable SessionLeases find(long id) {
        return byId.get(id);
    }

    public SessionLeases enter(long id) {
        SessionLeases session = byId.get(id);
        if (session == null) {
            session = new SessionLeases(id);
            byId.put(id, session);
        }
        return session;
    }

    public void leave(SessionLeases session) {
        Invariant.check(session.isIdle(), "a session that left still holds something");
        byId.remove(session.id());
    }

    /** An HTTP session is only remembered while it waits. */
    public void leaveIfIdleHttp(SessionLeases session) {
        if (isHttp(session.id()) && session.isIdle()) {
            byId.remove(session.id());
        }
    }

    int count() {
        return byId.size();
    }

    public void clear() {
        byId.clear();
    }
}
