package io.telpher.client.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.telpher.client.ConnectionState;
import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters of clients and workers, named as OpenTelemetry's conventions for messaging name them: timers {@code messaging.client.operation.duration} of submits and
 * {@code messaging.process.duration} of handlers, by queue, type of task and {@code error.type}; what {@link #bind} adds is called {@code telpher.client.*} and
 * {@code telpher.worker.*}. Thread-safe.
 *
 * <pre>{@code
 * TelpherMeters meters = new TelpherMeters(registry);
 * Telpher telpher = meters.bind(Telpher.builder(url).interceptor(meters).connect());
 * Worker worker = meters.bind("mail", telpher.worker("default").on("mail", Mail.class, this::send).start());
 * }</pre>
 */
public final class TelpherMeters implements Interceptor {
    private static final String NO_ERROR = "none";

    private final MeterRegistry registry;

    public TelpherMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Ended submitting(TaskSpec task) {
        long startNanos = System.nanoTime();
        Tags tags = tags("submit", task.queue(), task.type());
        return (submission, failure) -> record("messaging.client.operation.duration", tags, startNanos, failure);
    }

    @Override
    public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        long startNanos = System.nanoTime();
        Throwable thrown = null;
        try {
            return next.handle(task);
        } catch (Throwable e) {
            thrown = e;
            throw e;
        } finally {
            record("messaging.process.duration", tags("process", task.queue(), task.type()), startNanos, thrown);
        }
    }

    private static Tags tags(String operation, String queue, String type) {
        return Tags.of(
                "messaging.system", "telpher",
                "messaging.operation.name", operation,
                "messaging.destination.name", queue,
                "messaging.telpher.type", type);
    }

    private void record(String timer, Tags tags, long startNanos, @Nullable Throwable failure) {
        String error = failure == null ? NO_ERROR : failure.getClass().getSimpleName();
        Timer.builder(timer)
                .tags(tags.and("error.type", error))
                .register(registry)
                .record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
    }

    /** Adds what this client counts, and a gauge that is 1 while it is connected; returns it. */
    public Telpher bind(Telpher telpher) {
        Tags none = Tags.empty();
        Gauge.builder("telpher.client.connected", telpher, it -> it.state() == ConnectionState.CONNECTED ? 1 : 0)
                .register(registry);
        Gauge.builder("telpher.client.under.way", telpher, it -> it.counters().underWay())
                .register(registry);
        Gauge.builder("telpher.client.under.way.size", telpher, it -> it.counters()
                        .bytesUnderWay())
                .baseUnit("bytes")
                .register(registry);
        count("telpher.client.requests", none, telpher, it -> it.counters().requests());
        count("telpher.client.failed", none, telpher, it -> it.counters().failed());
        count("telpher.client.resent", none, telpher, it -> it.counters().resent());
        count("telpher.client.disconnects", none, telpher, it -> it.counters().disconnects());
        return telpher;
    }

    /**
     * Adds what this worker counts; returns it.
     *
     * @param name tells this worker's meters from those of others, as the tag {@code worker}
     */
    public Worker bind(String name, Worker worker) {
        Tags tags = Tags.of("worker", name);
        Gauge.builder("telpher.worker.in.hand", worker, Worker::inHand)
                .tags(tags)
                .register(registry);
        count("telpher.worker.delivered", tags, worker, it -> it.counters().delivered());
        count("telpher.worker.outcomes", tags.and("outcome", "completed"), worker, it -> it.counters()
                .completed());
        count("telpher.worker.outcomes", tags.and("outcome", "failed"), worker, it -> it.counters()
                .failed());
        count("telpher.worker.outcomes", tags.and("outcome", "dead_lettered"), worker, it -> it.counters()
                .deadLettered());
        count("telpher.worker.outcomes", tags.and("outcome", "released"), worker, it -> it.counters()
                .released());
        count("telpher.worker.outcomes", tags.and("outcome", "uncounted"), worker, it -> it.counters()
                .uncounted());
        count("telpher.worker.disconnects", tags, worker, it -> it.counters().disconnects());
        return worker;
    }

    private <T> void count(String name, Tags tags, T of, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, of, value).tags(tags).register(registry);
    }
}
