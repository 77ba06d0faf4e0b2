package io.telpher.broker.partition.time;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Clock;

/**
 * Tells the core how the wall clock stands to the broker's: by a CLOCK record whenever that has changed, also while an earlier one is still on its way, so that
 * records behind it are judged by what holds when they are taken in. The partition's thread.
 */
public final class WallFollower {
    private final Partition partition;
    private final BrokerClock clock;
    private final FrameWriter out = new FrameWriter();
    private long toldSequence;
    private long toldMs;

    public WallFollower(Partition partition, BrokerClock clock) {
        this.partition = partition;
        this.clock = clock;
    }

    /**
     * Before anything is taken in that is judged by instants, such as a reserve beside a task that expires. At the latest a second after a change: the thread
     * never sleeps longer.
     */
    public void follow(long nowMs, Batch batch, long appendedSequence, long appliedSequence) {
        clock.lookAtTimes(nowMs);
        tell(nowMs, batch, appendedSequence, appliedSequence);
    }

    /** Before something fires: what was changed a moment ago counts. */
    public void followNow(long nowMs, Batch batch, long appendedSequence, long appliedSequence) {
        clock.look();
        tell(nowMs, batch, appendedSequence, appliedSequence);
    }

    /** How long until the broker's clock shows this: to the nanosecond, for a thread that waits for it. */
    public long nanosUntil(long ms) {
        return clock.nanosUntil(ms);
    }

    private void tell(long nowMs, Batch batch, long appendedSequence, long appliedSequence) {
        long offsetMs = clock.wallOffsetMs();
        long knownMs = toldSequence <= appliedSequence ? partition.wallOffsetMs() : toldMs;
        if (offsetMs != knownMs) {
            batch.add(nowMs, 0, Clock.write(out.clear(), 0, offsetMs).written(), false);
            toldMs = offsetMs;
            toldSequence = appendedSequence + batch.count();
        }
    }
}
