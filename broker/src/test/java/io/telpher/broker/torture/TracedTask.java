package io.telpher.broker.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the history says about one task id. */
final class TracedTask {
    /** A delivery, as far as clients can know it. Times in ns; the broker granted it between {@code grantedAfter} and {@code receivedAt}. */
    static final class Lease {
        final long id;
        final long sent;
        final long grantedAfter;
        final long receivedAt;
        final boolean keptOnDisconnect;
        long expiresAfter;
        /** When its first ack, nack or release was sent; -1 while there is none. */
        long givenBackAt = -1;

        Lease(Event delivered, long grantedAfter, boolean keptOnDisconnect) {
            this.id = delivered.lease;
            this.sent = delivered.sent;
            this.grantedAfter = grantedAfter;
            this.receivedAt = delivered.at;
            this.keptOnDisconnect = keptOnDisconnect;
            extended(grantedAfter, delivered.extra);
        }

        void extended(long sentAt, long ms) {
            expiresAfter = Math.max(expiresAfter, sentAt + ms * 1_000_000);
        }
    }

    final long id;
    final List<Lease> leases = new ArrayList<>();
    /** Submission of the follow-up that each ack sent carries, 0 for none; by lease. */
    final Map<Long, Long> acks = new HashMap<>();

    long submission;
    long acceptedAt = -1;

    @Nullable
    Long ackedLease;

    long ackedAt;
    boolean permanentSent;
    boolean permanentConfirmed;
    boolean cancelSent;
    /** When what may have finished it was sent first; -1 while nothing was. */
    long finishSentAt = -1;
    /** When a cancel was answered OK: from then on it is never delivered again, although a worker may still be at it. */
    long cancelAnsweredAt = -1;

    boolean cancelled;

    @Nullable
    Event end;

    TracedTask(long id) {
        this.id = id;
    }

    void finishSent(long at) {
        finishSentAt = finishSentAt < 0 ? at : finishSentAt;
    }

    @Nullable
    Lease lease(long leaseId) {
        for (Lease lease : leases) {
            if (lease.id == leaseId) {
                return lease;
            }
        }
        return null;
    }
}
