package io.telpher.broker.core.command;

import io.telpher.broker.core.state.TaskCursor;

/** Ready tasks to waiting workers. What one reserve was given is read by {@link #count} and {@link #task}. */
public final class Grants {
    public int count() {
        throw new UnsupportedOperationException();
    }
    /** The i-th task leased; moves one cursor, so take one after the other. */
    public TaskCursor task(int i) {
        throw new UnsupportedOperationException();
    }
}
