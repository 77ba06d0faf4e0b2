package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.partition.session.Session;

/** A connection as one of several partitions sees it: what one partition's thread keeps of a session, under the id of all. */
final class PartitionSession extends ConnectionPart {
    private final MultiPartitionSession spread;

    PartitionSession(Session connection, MultiPartitionSession spread) {
        super(connection);
        this.spread = spread;
    }

    @Override
    public boolean isConnection() {
        return connection().isConnection();
    }

    @Override
    public void reserved(String workerName) {
        super.reserved(workerName);
        connection().reserved(workerName);
    }

    /** The connection was told before its partitions were asked. */
    @Override
    public void drain(boolean wanted) {}

    @Override
    public boolean isDraining() {
        return connection().isDraining();
    }

    @Override
    public void send(ByteBuf frames) {
        connection().send(frames);
    }

    @Override
    public void sendDeliveries(ByteBuf frames) {
        connection().sendDeliveries(frames);
    }

    @Override
    public boolean granted(int requestId, int partition, int count, long nowMs) {
        MultiPartitionReserve reserve = spread.reserve(requestId);
        return reserve == null || reserve.granted(partition, count, nowMs);
    }

    @Override
    public boolean refused(int requestId, int partition) {
        MultiPartitionReserve reserve = spread.reserve(requestId);
        return reserve == null || reserve.refused(partition);
    }
}
