package io.telpher.broker.thread;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work of the broker's own that is tried again after every failure: it is logged when it begins to fail and when it succeeds again, and between the
 * two health and metrics show it. Thread-safe.
 */
public final class Chore {
    private static final Logger LOG = LoggerFactory.getLogger(Chore.class);
    private static final long RETRY_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long RETRY_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final String warning;
    private long failures;
    private long retryNanos = RETRY_NANOS_MIN;
    private @Nullable String trouble;

    /**
     * @param name a label in metrics, as in {@code deleting-files}
     * @param warning what the log says when it begins to fail, with a code: {@code TQ-2014 can't delete journal files}
     */
    public Chore(String name, String warning) {
        this.name = name;
        this.warning = warning;
    }

    public String name() {
        return name;
    }

    /**
     * It failed, and will be tried again.
     *
     * @return after how long
     */
    public synchronized long failed(Throwable cause) {
        failures++;
        if (trouble == null) {
            LOG.warn("{}; it is tried again until it succeeds", warning, cause);
            retryNanos = RETRY_NANOS_MIN;
        }
        trouble = warning + ": " + cause;
        long nanos = retryNanos;
        retryNanos = Math.min(2 * nanos, RETRY_NANOS_MAX);
        return nanos;
    }

    /** It was done, or there was nothing to do. */
    public synchronized void succeeded() {
        if (trouble != null) {
            trouble = null;
            LOG.info("{} goes on", name);
        }
    }

    /** For people: why it can't be done at present; null = it can. */
    public synchronized @Nullable String trouble() {
        return trouble;
    }

    /** Since the start. */
    public synchronized long failures() {
        return failures;
    }
}
