package io.telpher.client.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.telpher.client.ConnectionState;
import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.client.WorkerCounters;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
    /** By the tags of a client or worker: a later one takes the meters over, which would go on showing the one before otherwise. */
    private final Map<Tags, List<Meter>> bound = new HashMap<>();

    /** @param registry of the application; meters are made in it as they are needed */
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

    /**
     * Adds what this client counts, and a gauge that is 1 while it is connected; returns it. They are one client's: those of a client that was bound before end. For several at a
     * time take a {@code TelpherMeters} and a registry each.
     */
    public Telpher bind(Telpher telpher) {
        Tags none = Tags.empty();
        replace(
                none,
                List.of(
                        gauge("telpher.client.connected", none, telpher, TelpherMeters::connected),
                        gauge("telpher.client.under.way", none, telpher, it -> it.counters()
                                .underWay()),
                        Gauge.builder("telpher.client.under.way.size", telpher, it -> it.counters()
                                        .bytesUnderWay())
                                .baseUnit("bytes")::register,
                        count("telpher.client.requests", none, telpher, it -> it.counters()
                                .requests()),
                        count("telpher.client.failed", none, telpher, it -> it.counters()
                                .failed()),
                        count("telpher.client.resent", none, telpher, it -> it.counters()
                                .resent()),
                        count("telpher.client.disconnects", none, telpher, it -> it.counters()
                                .disconnects())));
        return telpher;
    }

    private static double connected(Telpher telpher) {
        return telpher.state() == ConnectionState.CONNECTED ? 1 : 0;
    }

    /**
     * Adds what this worker counts; returns it. Another worker of this name, bound after it was closed, starts its counts from 0.
     *
     * @param name tells this worker's meters from those of others, as the tag {@code worker}
     */
    public Worker bind(String name, Worker worker) {
        Tags tags = Tags.of("worker", name);
        replace(
                tags,
                List.of(
                        gauge("telpher.worker.in.hand", tags, worker, Worker::inHand),
                        count("telpher.worker.delivered", tags, worker, it -> it.counters()
                                .delivered()),
                        outcomes("completed", tags, worker, WorkerCounters::completed),
                        outcomes("failed", tags, worker, WorkerCounters::failed),
                        outcomes("dead_lettered", tags, worker, WorkerCounters::deadLettered),
                        outcomes("released", tags, worker, WorkerCounters::released),
                        outcomes("uncounted", tags, worker, WorkerCounters::uncounted),
                        count("telpher.worker.disconnects", tags, worker, it -> it.counters()
                                .disconnects())));
        return worker;
    }

    private static Function<MeterRegistry, Meter> outcomes(
            String outcome, Tags tags, Worker worker, ToDoubleFunction<WorkerCounters> value) {
        return count(
                "telpher.worker.outcomes",
                tags.and("outcome", outcome),
                worker,
                it -> value.applyAsDouble(it.counters()));
    }

    private static <T> Function<MeterRegistry, Meter> gauge(String name, Tags tags, T of, ToDoubleFunction<T> value) {
        return Gauge.builder(name, of, value).tags(tags)::register;
    }

    private static <T> Function<MeterRegistry, Meter> count(String name, Tags tags, T of, ToDoubleFunction<T> value) {
        return FunctionCounter.builder(name, of, value).tags(tags)::register;
    }

    private void replace(Tags tags, List<Function<MeterRegistry, Meter>> meters) {
        synchronized (bound) {
            List<Meter> before = bound.getOrDefault(tags, List.of());
            before.forEach(registry::remove);
            bound.put(tags, meters.stream().map(meter -> meter.apply(registry)).toList());
        }
    }
}
