package io.telpher.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes a link's connections, one after the other: which address is tried when, and what is said about it. The event loop's own, but for {@link #lastFailure}. */
final class Dialer {
    private static final System.Logger LOG = System.getLogger(Link.class.getName());
    private static final long BACKOFF_MS_MIN = 50;
    private static final long BACKOFF_MS_MAX = 1_000;
    private static final int BACKOFF_DOUBLINGS_MAX = 10;
    private static final int CONNECT_MS_MAX = 5_000;
    /** Another machine may answer while this one is cut off. */
    private static final int CONNECT_OTHERS_MS_MAX = 1_000;

    /** Where one node after the other says that another one leads, they are electing. */
    private static final int HOPS_MAX = 3;

    /** Several machines elect another leader within seconds: until then they are asked often. */
    private static final long ELECTION_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long ELECTION_MS_MAX = 150;

    private final List<ClientUrl.Address> addresses;
    private final @Nullable SslContext tls;
    private final EventLoop loop;
    private final Link link;
    private int failures;
    private int turn;
    private int hops;
    private long failingSinceNanos;
    private ClientUrl.@Nullable Address leader;
    private ClientUrl.@Nullable Address told;
    private boolean wasReached;
    private volatile String lastFailure = "not connected yet";
    /** An address that took the connection and has said nothing yet: another server's port, or a broker that hangs. */
    private volatile ClientUrl.@Nullable Address silent;

    Dialer(List<ClientUrl.Address> addresses, @Nullable SslContext tls, EventLoop loop, Link link) {
        this.addresses = shuffled(addresses);
        this.tls = tls;
        this.loop = loop;
        this.link = link;
    }

    /** Each client begins elsewhere, so that a broker's machines share them. */
    private static List<ClientUrl.Address> shuffled(List<ClientUrl.Address> addresses) {
        List<ClientUrl.Address> shuffled = new ArrayList<>(addresses);
        Collections.shuffle(shuffled, ThreadLocalRandom.current());
        return shuffled;
    }

    private ClientUrl.Address address() {
        ClientUrl.Address known = leader;
        return known != null ? known : addresses.get(turn % addresses.size());
    }

    /** A node of a cluster says who leads, {@code host:port}; empty = it does not know. */
    void leaderIs(String address) {
        told = ClientUrl.Address.parse(address);
    }

    /** Any thread. */
    String lastFailure() {
        ClientUrl.Address mute = silent;
        return mute == null
                ? lastFailure
                : mute + " took the connection and does not answer; is it the broker's binary port, 8357 by default?";
    }

    void dial() {
        if (link.isClosed()) {
            return;
        }
        ClientUrl.Address address = address();
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        addresses.size() > 1 ? CONNECT_OTHERS_MS_MAX : CONNECT_MS_MAX)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel fresh) {
                        if (tls != null) {
                            fresh.pipeline().addLast(Tls.handler(tls, fresh.alloc(), address));
                        }
                        fresh.pipeline().addLast(new LinkHandler(link));
                    }
                })
                .connect(address.socket())
                .addListener(done -> {
                    if (done.isSuccess()) {
                        silent = address;
                    } else {
                        failed(String.valueOf(done.cause().getMessage()));
                        link.onUnreachable();
                    }
                });
    }

    /** After a while, which grows. All addresses are tried before the next wait is longer. */
    void dialLater() {
        leader = hops < HOPS_MAX ? told : null;
        told = null;
        if (leader != null) {
            hops++;
            loop.execute(this::dial);
            return;
        }
        hops = 0;
        failingSinceNanos = failures == 0 ? System.nanoTime() : failingSinceNanos;
        int rounds = failures / addresses.size();
        long ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << Math.min(rounds, BACKOFF_DOUBLINGS_MAX));
        boolean mayElect = addresses.size() > 1 && System.nanoTime() - failingSinceNanos < ELECTION_NANOS;
        ceiling = mayElect ? Math.min(ceiling, ELECTION_MS_MAX) : ceiling;
        failures++;
        turn++;
        long delay = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
        loop.schedule(this::dial, delay, TimeUnit.MILLISECONDS);
    }

    void reached() {
        failures = 0;
        silent = null;
        lastFailure = "the connection stands, but the broker does not answer";
        hops = 0;
        if (wasReached) {
            LOG.log(System.Logger.Level.INFO, "connected to {0} again", address());
        }
        wasReached = true;
    }

    /** @param reason in brackets, or empty */
    void lost(String reason) {
        silent = null;
        lastFailure = "the connection was lost" + reason;
        LOG.log(System.Logger.Level.INFO, "the connection to {0} was lost{1}; connecting anew", address(), reason);
    }

    /** One line for each reason, not for each try. */
    void failed(String why) {
        silent = null;
        if (!why.equals(lastFailure)) {
            LOG.log(System.Logger.Level.INFO, "no connection to {0}, and trying again: {1}", address(), why);
        }
        lastFailure = why;
    }
}
