package io.telpher.client;

import java.util.concurrent.TimeUnit;

/**
 * When the broker was last heard. A machine that loses power or its cable says no goodbye, and requests would wait for ever. The event
 * loop's own.
 */
final class Keepalive {
    private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private long heardNanos = System.nanoTime();

    void heard() {
        heardNanos = System.nanoTime();
    }

    /** Time to ask whether it is still there. */
    boolean isSilent() {
        return System.nanoTime() - heardNanos > SILENT_NANOS;
    }

    boolean isGone() {
        return System.nanoTime() - heardNanos > GONE_NANOS;
    }
}
