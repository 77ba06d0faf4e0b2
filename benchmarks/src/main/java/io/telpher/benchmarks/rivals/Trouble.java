package io.telpher.benchmarks.rivals;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What went wrong first in a run; by many threads. From {@link #over} on connections close and nothing counts. */
final class Trouble {
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
    private volatile boolean over;

    void add(Throwable cause) {
        if (!over) {
            first.compareAndSet(null, cause);
        }
    }

    void over() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    /** @throws IllegalStateException when something did */
    void requireNone() {
        Throwable cause = first.get();
        if (cause != null) {
            throw new IllegalStateException("the run is not sound: " + cause, cause);
        }
    }
}
