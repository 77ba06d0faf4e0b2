package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.partition.session.Session;

/** A session that is a part of a connection's: who is there, what it may do and where its replies go is the connection's. */
abstract class ConnectionPart extends Session {
    private final Session connection;

    /** Under the connection's own id. */
    ConnectionPart(Session connection) {
        this(connection.id(), connection);
    }

    ConnectionPart(long id, Session connection) {
        super(id, connection);
        this.connection = connection;
    }

    final Session connection() {
        return connection;
    }

    @Override
    public final String address() {
        return connection.address();
    }

    @Override
    public final String principal() {
        return connection.principal();
    }

    /** Behind what the connection sent before. */
    @Override
    public final long lane() {
        return connection.lane();
    }

    @Override
    public final Rights rights() {
        return connection.rights();
    }

    @Override
    public final String clientName() {
        return connection.clientName();
    }

    @Override
    public final String version() {
        return connection.version();
    }

    @Override
    public final String host() {
        return connection.host();
    }

    @Override
    public final long connectedAtMs() {
        return connection.connectedAtMs();
    }

    @Override
    public final boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public final ByteBuf newBuffer() {
        return connection.newBuffer();
    }

    @Override
    public final void taken() {
        connection.taken();
    }
}
