package io.telpher.broker.partition.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.MemoryJournal;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What the core is told of the wall clock, record by record. */
class WallFollowerTest {
    private static final long HOUR_MS = 3_600_000;

    /** Steady, with a wall clock that is set. */
    private static final class Machine implements BrokerClock.Source {
        private long nanos = 1_000_000_000;
        private long wallMs = 1_700_000_000_000L;

        @Override
        public long wallMicros() {
            return wallMs * 1000 + nanos / 1000;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        void setWall(long byMs) {
            wallMs += byMs;
            nanos += 2_000_000;
        }
    }

    private final Machine machine = new Machine();
    private final BrokerClock clock = BrokerClock.start(new BrokerClock.Start(0, 0, OptionalLong.empty()), machine);
    private final WallFollower follower = new WallFollower(new Partition(Placement.alone(0), Outbox.DISCARD), clock);
    private final Batch batch = new MemoryJournal().newBatch();

    /** With nothing applied so far. */
    private int toldAfter(long byMs) {
        machine.setWall(byMs);
        follower.follow(clock.getAsLong(), batch, 0, 0);
        return batch.count();
    }

    @Test
    void shouldTellNothingWhileTheTwoGoOnTogether() {
        assertEquals(0, toldAfter(0));
    }

    @Test
    void shouldTellAChangeOnceThoughItIsNotAppliedYet() {
        assertEquals(1, toldAfter(HOUR_MS));
        assertEquals(1, toldAfter(0));
    }

    /** Records behind the first one are not to be judged by it when it does not hold any more. */
    @Test
    void shouldTellAChangeWhileAnEarlierOneIsOnItsWay() {
        assertEquals(1, toldAfter(HOUR_MS));
        assertEquals(2, toldAfter(-HOUR_MS));
        assertEquals(2, toldAfter(0));
    }
}
