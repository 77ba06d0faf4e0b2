package io.telpher.broker.core.snapshot;

import java.nio.ByteBuffer;

/** Takes the blocks of a snapshot in the order they are made. */
public interface SnapshotSink {
    /** An empty little-endian buffer of at least {@code bytesMin}; it comes back with {@link #block}. */
    ByteBuffer buffer(int bytesMin);

    /** A block's body: what lies between 0 and the buffer's position. The buffer is the sink's from here on. */
    void block(BlockKind kind, ByteBuffer body);
}
