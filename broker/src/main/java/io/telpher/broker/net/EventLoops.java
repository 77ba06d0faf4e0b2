package io.telpher.broker.net;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The event loops of one port. Each port has its own, so that what one of them is busy with holds up no connection of the other. A loop that ends before
 * it was asked to would leave its connections open and never answered: that is told.
 */
public final class EventLoops {
    private final EventLoopGroup group;
    private volatile boolean stopping;

    /**
     * As many as there are cores.
     *
     * @param name of the threads
     * @param failed told when a loop has ended, on another thread
     */
    public EventLoops(String name, Consumer<Throwable> failed) {
        group = Transport.newGroup(name, Runtime.getRuntime().availableProcessors());
        for (EventExecutor each : group) {
            each.terminationFuture().addListener(ended -> {
                if (!stopping) {
                    failed.accept(new IllegalStateException("an event loop of " + name + " ended; the log says why"));
                }
            });
        }
    }

    public EventLoopGroup group() {
        return group;
    }

    /** Ends them, after what they are at, for which they have so much time. */
    public Future<?> stop(int seconds) {
        stopping = true;
        return group.shutdownGracefully(0, seconds, TimeUnit.SECONDS);
    }
}
