package io.telpher.broker;

import io.telpher.broker.http.HttpServer;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.net.EventLoops;
import io.telpher.broker.net.Listening;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.security.Security;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP port, open from the moment on when the data directory is this process's own: what asks there is told how far the start is. */
final class StartupHttp implements AutoCloseable {
    private final BrokerConfig config;
    private final Security security;
    private final EventLoops loops;
    private final StartProgress progress = new StartProgress(this::open);
    private final HealthAnswers health;
    private @Nullable HttpServer http;

    StartupHttp(
            BrokerConfig config,
            Security security,
            Supplier<List<HealthAnswers.Check>> checks,
            Consumer<Throwable> failed) {
        this.loops = new EventLoops("telpher-http", failed);
        this.config = config;
        this.security = security;
        this.health = new HealthAnswers(progress, checks);
    }

    private void open() {
        // That one opens at the end, when much was read; whether it can is known now.
        Listening.probe(config.listen(), "listen");
        http = HttpServer.open(new HttpServer.Early(config.http(), config.limits(), health, security), loops.group());
    }

    StartProgress progress() {
        return progress;
    }

    HealthAnswers health() {
        return health;
    }

    EventLoops loops() {
        return loops;
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
        loops.stop(0);
    }
}
