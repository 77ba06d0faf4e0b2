package io.telpher.broker.core.snapshot;

/** Which snapshots this broker writes and reads. */
public final class SnapshotFormat {
    /**
     * Raised when a block's contents change; the reader then keeps reading the versions before it. 2: STATE ends with the limit of finished tasks. 3:
     * leases and queues come in any order, with their numbers.
     */
    public static final int VERSION = 3;

    public static final int OLDEST_VERSION = 1;

    /** No block's body is longer. */
    public static final int BLOCK_BYTES_MAX = 1 << 20;

    private SnapshotFormat() {}
}
