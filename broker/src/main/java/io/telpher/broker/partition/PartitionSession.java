package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A connection as one of several partitions sees it: what one partition's thread keeps of a session, under the id of all. */
final class PartitionSession extends Session {
    private final Session connection;
    private final MultiPartitionSession spread;

    PartitionSession(Session connection, MultiPartitionSession spread) {
        super(connection);
        this.connection = connection;
        this.spread = spread;
    }

    @Override
    boolean isConnection() {
        return connection.isConnection();
    }

    @Override
    public String address() {
        return connection.address();
    }

    @Override
    public String principal() {
        return connection.principal();
    }

    @Override
    long lane() {
        return connection.lane();
    }

    @Override
    Rights rights() {
        return connection.rights();
    }

    @Override
    void reserved(String workerName) {
        super.reserved(workerName);
        connection.reserved(workerName);
    }

    /** The connection was told before its partitions were asked. */
    @Override
    void drain(boolean wanted) {}

    @Override
    boolean isDraining() {
        return connection.isDraining();
    }

    @Override
    public String clientName() {
        return connection.clientName();
    }

    @Override
    public String version() {
        return connection.version();
    }

    @Override
    public String host() {
        return connection.host();
    }

    @Override
    public long connectedAtMs() {
        return connection.connectedAtMs();
    }

    @Override
    protected void send(ByteBuf frames) {
        connection.send(frames);
    }

    @Override
    protected void sendDeliveries(ByteBuf frames) {
        connection.sendDeliveries(frames);
    }

    @Override
    protected boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    protected ByteBuf newBuffer() {
        return connection.newBuffer();
    }

    @Override
    protected void taken() {
        connection.taken();
    }

    @Override
    @Nullable
    MultiPartitionReserve spreadReserve(int requestId) {
        return spread.reserve(requestId);
    }
}
