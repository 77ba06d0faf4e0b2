package io.telpher.broker;

import io.netty.channel.EventLoopGroup;
import io.telpher.broker.http.Health;
import io.telpher.broker.http.HttpServer;
import io.telpher.broker.net.Transport;
import io.telpher.broker.partition.StartProgress;
import io.telpher.broker.security.Security;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP port, open from the moment on when the data directory is this process's own: what asks there is told how far the start is. */
final class FirstDoor implements AutoCloseable {
    private final BrokerConfig config;
    private final Security security;
    private final EventLoopGroup group =
            Transport.newGroup("telpher-net", Runtime.getRuntime().availableProcessors());
    private final StartProgress progress = new StartProgress(this::open);
    private final Health health;
    private @Nullable HttpServer http;

    FirstDoor(BrokerConfig config, Security security, Supplier<List<Health.Check>> checks) {
        this.config = config;
        this.security = security;
        this.health = new Health(progress, checks);
    }

    private void open() {
        http = HttpServer.open(new HttpServer.Early(config.http(), config.limits(), health, security), group);
    }

    StartProgress progress() {
        return progress;
    }

    Health health() {
        return health;
    }

    EventLoopGroup group() {
        return group;
    }

    /** After the first partition was recovered. */
    HttpServer http() {
        if (http == null) {
            throw new IllegalStateException("nothing was recovered yet");
        }
        return http;
    }

    /** When the start failed. */
    @Override
    public void close() {
        if (http != null) {
            http.close();
        }
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
