package io.telpher.broker.sim;

import io.telpher.protocol.TaskSpec;

/** Something a producer wants done, whatever became of it. */
final class Submission {
    final long marker;
    final String key;
    final TaskSpec spec;

    Submission(long marker, String key, TaskSpec spec) {
        this.marker = marker;
        this.key = key;
        this.spec = spec;
    }

    boolean hasKey() {
        return !key.isEmpty();
    }
}
