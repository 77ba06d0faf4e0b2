package io.telpher.broker.partition;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The only clock that counts: wall time when it started, monotonic from there, never below the last stamp of the journal. */
public final class BrokerClock implements LongSupplier {
    private final LongSupplier nanoTime;
    private final long baseMs;
    private final long baseNanos;

    /** @param lastStampMs of the journal, 0 when it is empty */
    public BrokerClock(long lastStampMs) {
        this(lastStampMs, System.currentTimeMillis(), System::nanoTime);
    }

    /** @param wallMs what the machine's clock says now */
    public BrokerClock(long lastStampMs, long wallMs, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        baseMs = Math.max(wallMs, lastStampMs);
        baseNanos = nanoTime.getAsLong();
    }

    /** Milliseconds since 1970. Any thread. */
    @Override
    public long getAsLong() {
        return baseMs + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - baseNanos);
    }
}
