package io.telpher.broker.core.snapshot;

/** These bytes are no snapshot, or not the one that was written. What was read of it so far must not be used. */
public final class DamagedSnapshotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedSnapshotException(String what) {
        super(what);
    }

    public DamagedSnapshotException(String what, Throwable cause) {
        super(what, cause);
    }
}
