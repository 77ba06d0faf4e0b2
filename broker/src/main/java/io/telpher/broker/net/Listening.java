package io.telpher.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Locale;

/** Opens a port, or says why it can't be. */
public final class Listening {
    private Listening() {}

    /**
     * Waits until it listens.
     *
     * @param section of the configuration that has the address: {@code listen}, {@code http}
     * @throws StartException when it can't
     */
    public static Channel at(ServerBootstrap bootstrap, InetSocketAddress address, String section) {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        Throwable failure = bound.cause();
        if (failure != null) {
            throw problem(address, section, failure);
        }
        return bound.channel();
    }

    /**
     * Whether it could be listened on.
     *
     * @throws StartException when it can't
     */
    public static void probe(InetSocketAddress address, String section) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            throw problem(address, section, e);
        }
    }

    private static StartException problem(InetSocketAddress address, String section, Throwable failure) {
        String where = address.getHostString() + ":" + address.getPort();
        String why = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (why.contains("address already in use")) {
            return new StartException(
                    StartException.Cure.BY_WAITING,
                    "TQ-1016 " + section + ".port: " + where + " is in use by " + PortHolder.describe(address.getPort())
                            + "; stop that, or set another " + section + ".port",
                    failure);
        }
        String advice = why.contains("permission denied")
                ? "ports below 1024 are root's; set a higher " + section + ".port"
                : "set " + section + ".bind to an address of this machine, such as 127.0.0.1";
        return new StartException(
                StartException.Cure.BY_HAND,
                "TQ-1017 can't listen on " + where + " (" + failure.getMessage() + "); " + advice,
                failure);
    }
}
