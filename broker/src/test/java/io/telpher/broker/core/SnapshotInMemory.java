package io.telpher.broker.core;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotLoad;
import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.state.Placement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The blocks of a snapshot in a list. */
public final class SnapshotInMemory implements SnapshotSink {
    private final List<Block> blocks = new ArrayList<>();

    private record Block(BlockKind kind, ByteBuffer body) {}

    @Override
    public ByteBuffer buffer(int bytesMin) {
        return ByteBuffer.allocate(bytesMin).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void block(BlockKind kind, ByteBuffer body) {
        blocks.add(new Block(kind, body.flip()));
    }

    /** A partition in the state of the moment the copy was begun. */
    public Partition load(int partitionId, Outbox outbox) {
        return load(Placement.alone(partitionId), outbox);
    }

    Partition load(Placement placement, Outbox outbox) {
        Partition partition = new Partition(placement, outbox);
        SnapshotLoad load = partition.load();
        blocks.forEach(block -> load.block(block.kind, block.body.duplicate().order(ByteOrder.LITTLE_ENDIAN)));
        load.finish();
        return partition;
    }

    int size() {
        return blocks.size();
    }

    /** Of a block's body, to be damaged. */
    ByteBuffer body(int index) {
        return blocks.get(index).body;
    }
}
