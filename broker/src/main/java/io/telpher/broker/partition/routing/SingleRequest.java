package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.partition.session.Session;
import java.util.function.Consumer;

/**
 * One request of a connection under a number of the broker's own, so that its reply is known for sure: the number that a client gives its requests may be that of
 * several at a time. Everything but the number is the connection's. Thread-safe.
 */
public final class SingleRequest extends ConnectionPart {
    private final PartitionRouter router;
    private final Consumer<ByteBuf> answered;
    private final boolean isAwaited;

    /** @param answered looks at the reply's frame before it goes to the connection, and leaves it as it is; on the partition's thread */
    public SingleRequest(Session connection, PartitionRouter router, Consumer<ByteBuf> answered) {
        this(connection, router, answered, true);
    }

    private SingleRequest(Session connection, PartitionRouter router, Consumer<ByteBuf> answered, boolean isAwaited) {
        super(SubQuery.nextId(), connection);
        this.router = router;
        this.answered = answered;
        this.isAwaited = isAwaited;
        connection.singles().add(this);
    }

    /** What the broker asks by itself for a connection, which hears nothing of the reply. */
    static SingleRequest unawaited(Session connection, PartitionRouter router) {
        return new SingleRequest(connection, router, reply -> {}, false);
    }

    /** Takes the request's frame; the buffer is the callee's to release. Once. */
    public void ask(ByteBuf frame) {
        router.receive(this, frame);
    }

    @Override
    public void send(ByteBuf frames) {
        if (isAwaited) {
            answered.accept(frames);
            connection().send(frames);
        } else {
            frames.release();
        }
        router.closed(connection(), this);
    }

    @Override
    public boolean isConnection() {
        return false;
    }
}
