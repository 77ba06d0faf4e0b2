package io.telpher.broker.core.queue;

import io.telpher.broker.core.table.Invariant;
import org.agrona.collections.Long2LongHashMap;

/**
 * In whose name queues were made, and how many names each of them keeps: a share of what there can be. The shell tells who a session's client is, as a
 * hash, right before a record of that session that may make a queue; {@link #NOBODY} has no share and no limit (the broker itself, other partitions).
 */
public final class QueueMakers {
    public static final long NOBODY = 0;

    private final Long2LongHashMap names = new Long2LongHashMap(0);
    private long session;
    private long maker = NOBODY;

    /** Until it is told otherwise, this session makes queues in this name. */
    public void tell(long ofSession, long inNameOf) {
        session = ofSession;
        maker = inNameOf;
    }

    /** In whose name this session makes queues. */
    public long of(long ofSession) {
        return ofSession == session ? maker : NOBODY;
    }

    /** Names that this maker keeps. */
    public long names(long ofMaker) {
        return names.get(ofMaker);
    }

    public void took(long ofMaker) {
        if (ofMaker != NOBODY) {
            names.put(ofMaker, names.get(ofMaker) + 1);
        }
    }

    public void gaveBack(long ofMaker) {
        if (ofMaker == NOBODY) {
            return;
        }
        long left = names.get(ofMaker) - 1;
        Invariant.check(left >= 0, "a maker of queues gives back a name too many");
        if (left == 0) {
            names.remove(ofMaker);
        } else {
            names.put(ofMaker, left);
        }
    }

    public long session() {
        return session;
    }

    public long maker() {
        return maker;
    }
}
