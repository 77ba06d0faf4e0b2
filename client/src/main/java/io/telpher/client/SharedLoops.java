package io.telpher.client;

import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that read and write the sockets of all clients of this process: one for each processor, started when it is first needed. A client keeps to one of them, with all its
 * workers. They end with the last client, and begin anew with the next.
 *
 * <p>Nothing may wait on such a thread: neither an application's code nor the search for a host's address, since other clients' leases are renewed on it too.
 */
final class SharedLoops {
    static final SharedLoops OF_PROCESS = new SharedLoops();

    private @Nullable NioEventLoopGroup group;
    private int clients;

    /** For a client that begins; {@link #giveBack} must follow once. */
    synchronized EventLoop take() {
        NioEventLoopGroup present = group;
        if (present == null) {
            present = new NioEventLoopGroup(
                    Runtime.getRuntime().availableProcessors(), new DefaultThreadFactory("telpher-client", true));
            group = present;
        }
        clients++;
        return present.next();
    }

    /** The client is closed, and so are its connections. */
    synchronized void giveBack() {
        clients--;
        NioEventLoopGroup present = group;
        if (clients == 0 && present != null) {
            group = null;
            present.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
