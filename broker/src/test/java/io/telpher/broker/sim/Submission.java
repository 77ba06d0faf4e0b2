package io.telpher.broker.sim;

import io.telpher.protocol.TaskSpec;

/** Something a producer wants done, whatever became of it. */
final class Submission {
    final long marker;
    final String key;
    final TaskSpec spec;
    final Times times;
    /** Somebody asked for another time, so that these may not be the ones that hold. */
    boolean moved;

    /**
     * When it is to be done.
     *
     * @param sentNanos not before this moment of the steady clock was it sent first
     * @param delayMs at least so long after it; 0 = at once
     * @param runAtMs not before the wall clock shows this; 0 = at once
     * @param expiresAtMs and not after this; 0 = at any time
     */
    record Times(long sentNanos, long delayMs, long runAtMs, long expiresAtMs) {}

    Submission(long marker, String key, TaskSpec spec, Times times) {
        this.marker = marker;
        this.key = key;
        this.spec = spec;
        this.times = times;
    }

    boolean hasKey() {
        return !key.isEmpty();
    }
}
