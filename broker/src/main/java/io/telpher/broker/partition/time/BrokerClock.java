package io.telpher.broker.partition.time;

import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's time, which measures durations: it goes on as the machine's steady clock does, whatever the wall clock is set to, and never below the
 * last stamp of the journal. Beside it, how far the wall clock is ahead, which instants go by. Thread-safe.
 *
 * <p>The offset is compared by bounds: the wall clock is read between two readings of the steady one, so the truth lies in between, and only what lies
 * outside is a change. It is rounded down: what goes by it is late by up to 2 ms, and never early.
 */
public final class BrokerClock implements LongSupplier {
    /** Between two looks at the wall clock of a thread that is busy: what it judges meanwhile goes by the first of them. A resting one looks each second. */
    static final long LOOK_MS = 1;

    /** Stamps are rounded down: a duration that is counted from one may be over so much early. */
    public static final int ROUNDING_MS = 1;

    /** Differences below it are not reported. */
    public static final long TOLD_MS = 1_000;

    /** Without a steady clock that went on, the wall clock says how long the broker was down, up to so long; beyond it the wall clock is not believed. */
    static final long DOWN_MS_MAX = TimeUnit.DAYS.toMillis(30);

    private static final long MICROS = 1_000;
    private static final long LATE_MICROS_MAX = 2 * MICROS;
    /** The offset that was recorded last may be that much too small: not to be taken for time that has passed. */
    private static final long UNSURE_MICROS = LATE_MICROS_MAX + 2 * MICROS;

    private static final Logger LOG = LoggerFactory.getLogger(BrokerClock.class);

    /** The machine's two clocks. */
    public interface Source {
        /** Microseconds since 1970, as right as the machine's clock is. */
        long wallMicros();

        /** Like {@link System#nanoTime}. */
        long nanoTime();
    }

    public static final Source MACHINE = new Source() {
        @Override
        public long wallMicros() {
            Instant now = Instant.now();
            return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.get(ChronoField.MICRO_OF_SECOND);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    };

    private final Source source;
    private volatile long baseMs;
    private final long baseNanos;
    private volatile long wallOffsetMs;
    private volatile long lookedAtMs;
    private long toldOffsetMs;

    private BrokerClock(Source source, long startMicros, long startNanos, long lastWallOffsetMs) {
        this.source = source;
        this.wallOffsetMs = lastWallOffsetMs;
        this.baseMs = Math.floorDiv(startMicros, MICROS);
        this.baseNanos = startNanos - Math.floorMod(startMicros, MICROS) * MICROS;
        look();
    }

    /** Follows the machine's clocks. */
    public static BrokerClock start(Start start) {
        return start(start, MACHINE);
    }

    public static BrokerClock start(Start start, Source source) {
        long wall = source.wallMicros();
        long nanos = source.nanoTime();
        return new BrokerClock(source, start.micros(wall, nanos), nanos, start.lastWallOffsetMs);
    }

    /**
     * Times of the run before, for a start.
     *
     * @param lastStampMs of the journal; 0 when it is empty
     * @param lastWallOffsetMs that held with the last record
     * @param microsAtNanoZero what this broker's clock shows at {@link System#nanoTime} 0, when that has gone on since: it is exact. Otherwise the wall
     *     clock says how long the broker was down, if that makes sense
     */
    public record Start(long lastStampMs, long lastWallOffsetMs, OptionalLong microsAtNanoZero) {
        long micros(long wallMicros, long nanoTime) {
            long lastMicros = lastStampMs * MICROS;
            long steady = microsAtNanoZero.orElse(0) + Math.floorDiv(nanoTime, MICROS);
            if (lastStampMs == 0) {
                return wallMicros;
            }
            if (microsAtNanoZero.isPresent() && steady >= lastMicros) {
                return steady;
            }
            long downMicros = wallMicros - (lastStampMs + lastWallOffsetMs) * MICROS;
            if (downMicros >= 0 && downMicros <= DOWN_MS_MAX * MICROS) {
                return lastMicros + Math.max(0, downMicros - UNSURE_MICROS);
            }
            LOG.warn(
                    "TQ-3031 how long the broker was down is not known: the wall clock shows {} s {} than at the last record. Delays, backoff and retention go"
                            + " on as if no time had passed",
                    TimeUnit.MICROSECONDS.toSeconds(Math.abs(downMicros)),
                    downMicros < 0 ? "less" : "more");
            return lastMicros;
        }
    }

    /** Milliseconds since 1970 as this broker counts them, rounded down: what record stamps, leases, delays and all other durations go by. */
    @Override
    public long getAsLong() {
        return baseMs + TimeUnit.NANOSECONDS.toMillis(source.nanoTime() - baseNanos);
    }

    /**
     * Goes on from a record that another machine stamped.
     *
     * @param elapsedNanos since it came; negative = not known: the clock is only not to be behind it
     */
    public synchronized void goOnFrom(long stampMs, long elapsedNanos) {
        long now = getAsLong();
        long wanted = elapsedNanos < 0
                ? Math.max(now, stampMs)
                : stampMs + TimeUnit.NANOSECONDS.toMillis(elapsedNanos) + ROUNDING_MS;
        baseMs += wanted - now;
        look();
    }

    /** How long until {@link #getAsLong} is that. */
    long nanosUntil(long ms) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(ms - baseMs) - (source.nanoTime() - baseNanos);
        return Math.max(0, nanos);
    }

    /** How far the wall clock is ahead of this one, as of the last {@link #look}; negative when it is behind. */
    public long wallOffsetMs() {
        return wallOffsetMs;
    }

    /** What the wall clock shows, as of the last {@link #look}: milliseconds since 1970 for people and for what they sent. */
    public long wallMs() {
        return getAsLong() + wallOffsetMs;
    }

    /** See {@link Start}: for the next start, as long as the machine runs. */
    public long microsAtNanoZero() {
        return baseMs * MICROS - Math.floorDiv(baseNanos, MICROS);
    }

    /** Compares with the wall clock, when that was not done this millisecond. */
    void lookAtTimes(long nowMs) {
        if (nowMs - lookedAtMs >= LOOK_MS) {
            look();
        }
    }

    /** Compares with the wall clock. Takes less than a microsecond. */
    synchronized void look() {
        long before = steadyNanos();
        long wall = source.wallMicros();
        long after = steadyNanos();
        long atLeast = wall - baseMs * MICROS - Math.floorDiv(after, MICROS) - 1;
        long atMost = wall - baseMs * MICROS - Math.floorDiv(before, MICROS) + 1;
        long held = wallOffsetMs * MICROS;
        if (held > atMost || held < atLeast - LATE_MICROS_MAX) {
            wallOffsetMs = Math.floorDiv(atLeast, MICROS);
        }
        lookedAtMs = baseMs + TimeUnit.NANOSECONDS.toMillis(after);
        tell(wallOffsetMs);
    }

    private void tell(long offsetMs) {
        if (Math.abs(offsetMs - toldOffsetMs) < TOLD_MS) {
            return;
        }
        toldOffsetMs = offsetMs;
        if (Math.abs(offsetMs) > TOLD_MS) {
            LOG.warn(
                    "TQ-3030 {}. run_at and expires_at go by the wall clock, leases, delays and backoff by the broker's; if the wall clock is right now,"
                            + " nothing has to be done",
                    comparison(offsetMs));
        } else {
            LOG.info("the wall clock and the broker's clock agree again");
        }
    }

    /** How the two stand to each other, for people: {@code the wall clock is 3600.000 s behind the broker's clock}. */
    public static String comparison(long offsetMs) {
        return String.format(
                Locale.ROOT,
                "the wall clock is %.3f s %s the broker's clock",
                Math.abs(offsetMs) / 1000.0,
                offsetMs < 0 ? "behind" : "ahead of");
    }

    private long steadyNanos() {
        return source.nanoTime() - baseNanos;
    }
}
