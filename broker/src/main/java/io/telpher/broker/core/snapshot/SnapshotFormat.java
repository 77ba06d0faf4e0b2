package io.telpher.broker.core.snapshot;

/** Which snapshots this broker writes and reads. */
public final class SnapshotFormat {
    /** Raised when a block's contents or the header's change. Versions before 6 were never released and are not read. */
    public static final int VERSION = 6;

    public static final int OLDEST_VERSION = 6;

    /** No block's body is longer. */
    public static final int BLOCK_BYTES_MAX = 1 << 20;

    private SnapshotFormat() {}
}
