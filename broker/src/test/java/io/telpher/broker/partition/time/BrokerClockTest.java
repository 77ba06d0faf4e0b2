package io.telpher.broker.partition.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker's clock over whatever is done to the machine's: by fake ones, to the nanosecond. */
class BrokerClockTest {
    private static final long START_MS = 1_700_000_000_000L;
    private static final long YEAR_MS = TimeUnit.DAYS.toMillis(365);

    private final Machine machine = new Machine();

    /** The wall clock shows the steady one plus what it was set to. */
    private static final class Machine implements BrokerClock.Source {
        private long nanos = 123_456_789_012_345L;
        private long wallAheadNanos = TimeUnit.MILLISECONDS.toNanos(START_MS) - nanos;
        private long nanosBetweenReadings;

        @Override
        public long wallMicros() {
            nanos += nanosBetweenReadings;
            return Math.floorDiv(nanos + wallAheadNanos, 1000);
        }

        @Override
        public long nanoTime() {
            nanos += nanosBetweenReadings;
            return nanos;
        }

        void pass(long more) {
            nanos += more;
        }

        void setWall(long byNanos) {
            wallAheadNanos += byNanos;
        }

        long wallNanos() {
            return nanos + wallAheadNanos;
        }
    }

    private BrokerClock first() {
        return BrokerClock.start(new BrokerClock.Start(0, 0, OptionalLong.empty()), machine);
    }

    private BrokerClock after(BrokerClock last, OptionalLong microsAtNanoZero) {
        return BrokerClock.start(
                new BrokerClock.Start(last.getAsLong(), last.wallOffsetMs(), microsAtNanoZero), machine);
    }

    private static OptionalLong known(BrokerClock clock) {
        return OptionalLong.of(clock.microsAtNanoZero());
    }

    /** Late by milliseconds at most, and never early. */
    private static void assertAbout(long expectedMs, long ms) {
        assertTrue(ms <= expectedMs && ms > expectedMs - 7, () -> ms + " instead of " + expectedMs);
    }

    @Test
    void shouldBeginWithTheWallClockAndAgreeWithIt() {
        BrokerClock clock = first();
        assertEquals(START_MS, clock.getAsLong());
        assertEquals(0, clock.wallOffsetMs());
        machine.pass(TimeUnit.DAYS.toNanos(100) + 1);
        clock.look();
        assertEquals(0, clock.wallOffsetMs());
        assertEquals(START_MS + TimeUnit.DAYS.toMillis(100), clock.wallMs());
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 1000, 3_600_000, 31_536_000_000L, -1, -1000, -3_600_000, -31_536_000_000L})
    void shouldFollowTheWallClockAndNotGoByIt(long byMs) {
        BrokerClock clock = first();
        machine.setWall(TimeUnit.MILLISECONDS.toNanos(byMs));
        machine.pass(TimeUnit.SECONDS.toNanos(10));
        clock.look();
        assertEquals(START_MS + 10_000, clock.getAsLong());
        assertAbout(byMs, clock.wallOffsetMs());
        machine.setWall(-TimeUnit.MILLISECONDS.toNanos(byMs));
        clock.look();
        assertTrue(Math.abs(clock.wallOffsetMs()) <= 2, () -> "still " + clock.wallOffsetMs());
    }

    /** Whatever the fractions of milliseconds are, and however long the readings take. */
    @Test
    void shouldNeverShowMoreThanTheWallClockDoesAndHardlyLess() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            machine.nanosBetweenReadings = 0;
            BrokerClock clock = first();
            machine.nanosBetweenReadings = random.nextInt(4) == 0 ? random.nextInt(3_000_000) : random.nextInt(100);
            machine.setWall(random.nextLong(4_000_000_000L) - 2_000_000_000L);
            machine.pass(random.nextLong(5_000_000_000L));
            clock.look();
            machine.nanosBetweenReadings = 0;
            clock.look();
            long shown = TimeUnit.MILLISECONDS.toNanos(clock.wallMs());
            long really = machine.wallNanos();
            assertTrue(shown <= really, () -> "early by " + (shown - really) + " ns");
            assertTrue(really - shown < 4_100_000, () -> "late by " + (really - shown) + " ns");
        }
    }

    @Test
    void shouldNotTakeReadingsThatTookLongForAChange() {
        BrokerClock clock = first();
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            machine.nanosBetweenReadings = random.nextInt(50_000_000);
            clock.look();
            long slow = clock.wallOffsetMs();
            assertTrue(slow <= 0 && slow > -55, () -> "moved to " + slow);
        }
        machine.nanosBetweenReadings = 0;
        clock.look();
        assertTrue(clock.wallOffsetMs() >= -2);
    }

    @Test
    void shouldLookAgainAfterAMillisecondAndNotBefore() {
        BrokerClock clock = first();
        machine.setWall(TimeUnit.HOURS.toNanos(1));
        clock.lookAtTimes(clock.getAsLong());
        assertEquals(0, clock.wallOffsetMs());
        machine.pass(TimeUnit.MILLISECONDS.toNanos(1));
        clock.lookAtTimes(clock.getAsLong());
        assertAbout(TimeUnit.HOURS.toMillis(1), clock.wallOffsetMs());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3_600_000, -3_600_000, 31_536_000_000L, -31_536_000_000L})
    void shouldGoOnOverARestartOfTheProcessWhateverTheWallClockShows(long byMs) {
        BrokerClock before = first();
        machine.pass(TimeUnit.MINUTES.toNanos(7) + 345_678);
        BrokerClock last = before;
        machine.setWall(TimeUnit.MILLISECONDS.toNanos(byMs));
        machine.pass(TimeUnit.SECONDS.toNanos(30));
        BrokerClock clock = after(last, known(last));
        assertEquals(before.getAsLong(), clock.getAsLong());
        assertEquals(before.microsAtNanoZero(), clock.microsAtNanoZero());
        assertTrue(Math.abs(clock.wallOffsetMs() - byMs) <= 1);
    }

    @Test
    void shouldBelieveTheWallClockWhenTheMachineWasStartedAgain() {
        BrokerClock last = first();
        BrokerClock.Start start = new BrokerClock.Start(last.getAsLong(), 0, OptionalLong.empty());
        machine.pass(TimeUnit.HOURS.toNanos(2));
        BrokerClock clock = BrokerClock.start(start, machine);
        assertAbout(START_MS + TimeUnit.HOURS.toMillis(2), clock.getAsLong());
        assertAbout(START_MS + TimeUnit.HOURS.toMillis(2), clock.wallMs());
    }

    @Test
    void shouldStandWhereItWasWhenTheWallClockWasSetBack() {
        BrokerClock last = first();
        BrokerClock.Start start = new BrokerClock.Start(last.getAsLong(), 0, OptionalLong.empty());
        machine.setWall(-TimeUnit.HOURS.toNanos(5));
        BrokerClock clock = BrokerClock.start(start, machine);
        assertEquals(START_MS, clock.getAsLong());
        assertAbout(-TimeUnit.HOURS.toMillis(5), clock.wallOffsetMs());
    }

    @Test
    void shouldNotBelieveAWallClockThatIsAYearAhead() {
        BrokerClock last = first();
        BrokerClock.Start start = new BrokerClock.Start(last.getAsLong(), 0, OptionalLong.empty());
        machine.setWall(TimeUnit.MILLISECONDS.toNanos(YEAR_MS));
        BrokerClock clock = BrokerClock.start(start, machine);
        assertEquals(START_MS, clock.getAsLong());
        assertAbout(YEAR_MS, clock.wallOffsetMs());
    }

    /** A year ahead when it was first started, corrected, and the machine started again: ahead for good, which changes nothing for anybody. */
    @Test
    void shouldKeepItsLeadAndKnowTheWallClock() {
        machine.setWall(TimeUnit.MILLISECONDS.toNanos(YEAR_MS));
        BrokerClock last = first();
        machine.setWall(-TimeUnit.MILLISECONDS.toNanos(YEAR_MS));
        last.look();
        BrokerClock.Start start = new BrokerClock.Start(last.getAsLong(), last.wallOffsetMs(), OptionalLong.empty());
        machine.pass(TimeUnit.MINUTES.toNanos(3));
        BrokerClock clock = BrokerClock.start(start, machine);
        assertAbout(START_MS + YEAR_MS + TimeUnit.MINUTES.toMillis(3), clock.getAsLong());
        assertAbout(START_MS + TimeUnit.MINUTES.toMillis(3), clock.wallMs());
    }

    /** The steady clock began anew and nobody noticed, or the data are another broker's. */
    @Test
    void shouldNeverGoBelowTheLastStamp() {
        BrokerClock.Start start = new BrokerClock.Start(
                START_MS + 5_000, 0, OptionalLong.of(TimeUnit.MILLISECONDS.toMicros(START_MS) / 2));
        assertTrue(BrokerClock.start(start, machine).getAsLong() >= START_MS + 5_000);
    }

    @Test
    void shouldSayHowLongItIsUntilATime() {
        BrokerClock clock = first();
        machine.pass(700_000);
        assertEquals(300_000, clock.nanosUntil(START_MS + 1));
        assertEquals(0, clock.nanosUntil(START_MS));
    }
}
