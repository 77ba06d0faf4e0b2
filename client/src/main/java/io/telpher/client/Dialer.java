package io.telpher.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.telpher.protocol.NotLeader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a link's connections, one after the other: which address is tried when, what is said about it, and who is asked whether another one
 * leads. The event loop's own, but for {@link #lastFailure}.
 */
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

    private static final HostNames NAMES = new HostNames(Callbacks.byDefault());

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
    /** Since a machine took it until it ends; with TLS it stands only later. */
    private @Nullable Channel taken;

    /** It was silent lately, so that it is not the next one that is tried. */
    private ClientUrl.@Nullable Address avoided;

    private @Nullable Question question;
    private int asked;
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

    /** What a node of a cluster says; null = it does not know. */
    void leaderIs(ClientUrl.@Nullable Address address) {
        told = address;
    }

    /** Any thread. */
    String lastFailure() {
        ClientUrl.Address mute = silent;
        return mute == null ? lastFailure : saysNothing(mute);
    }

    private static String saysNothing(ClientUrl.Address mute) {
        return mute + " took the connection and does not answer; is it the broker's binary port, 8357 by default?";
    }

    void dial() {
        if (link.isClosed()) {
            return;
        }
        ClientUrl.Address address = address();
        ChannelFuture connecting = connect(address, link);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                taken = connecting.channel();
                silent = address;
                link.onTaken();
            } else {
                failed(String.valueOf(done.cause().getMessage()));
                link.onUnreachable();
            }
        });
    }

    private ChannelFuture connect(ClientUrl.Address address, LinkHandler.Receiver receiver) {
        return new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .resolver(NAMES)
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
                        fresh.pipeline().addLast(new LinkHandler(receiver));
                    }
                })
                .connect(address.socket());
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
        turn += addresses.get(turn % addresses.size()).equals(avoided) ? 1 : 0;
        avoided = null;
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

    boolean hasConnection() {
        return taken != null;
    }

    /** Ends a connection that is silent: without TLS's farewell, which would wait behind what the other side does not read. */
    void cut() {
        if (taken != null) {
            avoided = address();
            ChannelHandlerContext farewell = taken.pipeline().context(SslHandler.class);
            if (farewell == null) {
                taken.close();
            } else {
                farewell.close();
            }
        }
    }

    /** The connection has ended. */
    void ended() {
        taken = null;
        if (question != null) {
            question.end();
            question = null;
        }
    }

    /** Called each second while the connection is silent: one node is asked at a time, each in turn. */
    void askWhoLeads() {
        if (question != null && question.mayYetBeAnswered()) {
            return;
        }
        if (question != null) {
            question.end();
        }
        ClientUrl.Address other = other();
        question = other == null ? null : new Question(other);
    }

    private ClientUrl.@Nullable Address other() {
        for (int i = 0; i < addresses.size(); i++) {
            asked = (asked + 1) % addresses.size();
            if (!addresses.get(asked).equals(address())) {
                return addresses.get(asked);
            }
        }
        return null;
    }

    /** Unless that is where the connection leads: the names may differ, as those that a cluster's nodes and its clients use. */
    private void isOther(ClientUrl.Address leader) {
        Channel silentOne = taken;
        if (silentOne == null || leader.equals(address())) {
            return;
        }
        Future<InetSocketAddress> lookup = NAMES.getResolver(loop).resolve(leader.socket());
        lookup.addListener(found -> {
            if (taken == silentOne && !silentOne.remoteAddress().equals(lookup.getNow())) {
                link.onOtherLeads(leader);
            }
        });
    }

    /**
     * Who leads, asked over a connection of its own: HELLO, and what is answered to it. That the others still name the node that is silent, or
     * don't answer, changes nothing.
     */
    private final class Question implements LinkHandler.Receiver {
        private static final int SECONDS_MAX = 2;

        private final ClientUrl.Address node;
        private final Channel channel;
        private int seconds;

        Question(ClientUrl.Address node) {
            this.node = node;
            this.channel = connect(node, this).channel();
        }

        boolean mayYetBeAnswered() {
            return channel.isOpen() && ++seconds < SECONDS_MAX;
        }

        void end() {
            channel.close();
        }

        private void isAnswered(ClientUrl.@Nullable Address leader) {
            end();
            if (question == this && leader != null) {
                isOther(leader);
            }
        }

        @Override
        public void onActive(Channel open) {
            link.sayHello(open);
        }

        @Override
        public void onWelcome(int brokersFrameBytesMax) {
            isAnswered(node);
        }

        @Override
        public void onNotLeader(String text) {
            isAnswered(ClientUrl.Address.parse(NotLeader.leader(text)));
        }

        @Override
        public void onRefused(TelpherException refusal) {
            saysNothing(String.valueOf(refusal.getMessage()));
        }

        @Override
        public void onNonsense(String what) {
            saysNothing(what);
        }

        @Override
        public void onTlsFailure(String what) {
            saysNothing(what);
        }

        @Override
        public void onHopeless(String why) {
            saysNothing(why);
        }

        private void saysNothing(String why) {
            LOG.log(System.Logger.Level.DEBUG, "{0} does not say who leads: {1}", node, why);
            end();
        }

        @Override
        public void onReply(int requestId, ByteBuffer frame) {
            end(); // nothing was requested
        }

        @Override
        public void onPush(ByteBuffer frame) {
            // of a session that ends already
        }

        @Override
        public void onRead() {
            // the link's own connection is what is silent
        }

        @Override
        public void onInactive() {
            // another node is asked in the next second
        }
    }

    /** @param reason in brackets, or empty */
    void lost(String reason) {
        silent = null;
        lastFailure = "the connection was lost" + reason;
        LOG.log(System.Logger.Level.INFO, "the connection to {0} was lost{1}; connecting anew", address(), reason);
    }

    /** The connection is given up before it stood. */
    void isMute() {
        failed(saysNothing(address()));
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
