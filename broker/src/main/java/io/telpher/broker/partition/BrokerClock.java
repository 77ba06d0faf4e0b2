package io.telpher.broker.partition;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The only clock that counts: wall time when it started, monotonic from there, never below the last stamp of the journal. */
public final class BrokerClock implements LongSupplier {
    private final long baseMs;
    private final long baseNanos;

    /** @param lastStampMs of the journal, 0 when it is empty */
    public BrokerClock(long lastStampMs) {
        baseMs = Math.max(System.currentTimeMillis(), lastStampMs);
        baseNanos = System.nanoTime();
    }

    /** Milliseconds since 1970. Any thread. */
    @Override
    public long getAsLong() {
        return baseMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - baseNanos);
    }
}
