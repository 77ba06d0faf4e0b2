package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.Channel;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.session.Hello;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection's session: replies go to its channel, and its socket is read only while both directions keep up. */
final class ConnectionSession extends Session {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionSession.class);

    /** Received and not yet journaled; beyond it the socket is left unread. */
    private static final long UNREAD_BYTES_MAX = 8 << 20;

    private static final long UNREAD_BYTES_RESUME = 2 << 20;

    /** Replies that the client does not read; beyond it the connection is closed. */
    private static final long UNSENT_BYTES_MAX = 64 << 20;

    /** The same when buffers altogether are short. */
    private static final long UNSENT_BYTES_WHEN_SHORT = 1 << 20;

    /** What Netty answers for a channel that was closed: its replies are dropped, so none are unread. */
    private static final long CLOSED = Long.MAX_VALUE;

    private final Channel channel;
    private final String principal;
    private final Client client;
    private final long connectedAtMs;
    private final Consumer<ByteBuf> undelivered;
    private volatile boolean behind;
    /** Since the event loop's last {@link #inTurn}. */
    private volatile boolean othersWrote;
    /** Writes of the event loop that wait behind those; its own. */
    private int deferred;

    private boolean waitsForRoom;

    /** What the client says of itself, in HELLO. */
    record Client(String name, String version, String host) {
        static Client of(Hello hello) {
            return new Client(hello.clientName(), hello.version(), hello.host());
        }
    }

    /**
     * @param principal see {@link #principal}
     * @param undelivered takes replies that lease tasks and could not be sent, and leaves them as they are
     */
    ConnectionSession(
            long id,
            Channel channel,
            String principal,
            Client client,
            long connectedAtMs,
            Consumer<ByteBuf> undelivered) {
        super(id);
        this.channel = channel;
        this.principal = principal;
        this.client = client;
        this.connectedAtMs = connectedAtMs;
        this.undelivered = undelivered;
    }

    @Override
    public String address() {
        return String.valueOf(channel.remoteAddress());
    }

    @Override
    public String principal() {
        return principal;
    }

    @Override
    public String clientName() {
        return client.name();
    }

    @Override
    public String version() {
        return client.version();
    }

    @Override
    public String host() {
        return client.host();
    }

    @Override
    public long connectedAtMs() {
        return connectedAtMs;
    }

    @Override
    public void send(ByteBuf frames) {
        inTurn(() -> channel.writeAndFlush(frames, channel.voidPromise()));
        closeIfUnread();
    }

    /**
     * What another thread sends waits for the event loop. The event loop itself, when it does the partition's work, may not overtake that: it goes behind, and so does all that it sends
     * until that was written.
     */
    private void inTurn(Runnable write) {
        if (!channel.eventLoop().inEventLoop()) {
            write.run();
            othersWrote = true;
        } else if (othersWrote || deferred > 0) {
            othersWrote = false; // all of it is ahead of this task
            deferred++;
            channel.eventLoop().execute(() -> {
                deferred--;
                write.run();
            });
        } else {
            write.run();
        }
    }

    @Override
    public void sendDeliveries(ByteBuf frames) {
        ByteBuf copy = frames.retainedDuplicate();
        inTurn(() -> channel.writeAndFlush(frames).addListener(sent -> {
            if (!sent.isSuccess()) {
                undelivered.accept(copy);
            }
            copy.release();
        }));
        closeIfUnread();
    }

    private void closeIfUnread() {
        long unsent = channel.bytesBeforeWritable();
        boolean isTooMuch = unsent > UNSENT_BYTES_MAX || unsent > UNSENT_BYTES_WHEN_SHORT && areBuffersShort();
        if (isTooMuch && unsent != CLOSED) {
            LOG.warn("TQ-3002 closing the connection of {}: it leaves {} bytes of replies unread", address(), unsent);
            channel.close();
        }
    }

    private static boolean areBuffersShort() {
        return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
                && provider.metric().usedDirectMemory() > BufferBudget.SHORT_BYTES;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Leaves the socket unread while too much of this connection, or of all, was received and not taken in. On the channel's event loop. */
    void pauseIfBehind(PartitionRouter router) {
        if (unreadBytes() > UNREAD_BYTES_MAX) {
            behind = true;
            readOrNot();
            if (unreadBytes() <= UNREAD_BYTES_RESUME) {
                resume(); // it was taken in the meantime
            }
        }
        if (router.isCrowded() && !waitsForRoom) {
            waitsForRoom = true;
            readOrNot();
            router.onceRoomy(() -> channel.eventLoop().execute(this::hasRoom));
        }
    }

    @Override
    public void taken() {
        if (behind && unreadBytes() <= UNREAD_BYTES_RESUME) {
            channel.eventLoop().execute(this::resume);
        }
    }

    private void resume() {
        behind = false;
        readOrNot();
    }

    private void hasRoom() {
        waitsForRoom = false;
        readOrNot();
    }

    /** Nor is a client that does not read its replies asked for more requests. On the channel's event loop. */
    void readOrNot() {
        channel.config().setAutoRead(channel.isWritable() && !behind && !waitsForRoom);
    }
}
