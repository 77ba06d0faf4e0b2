package io.telpher.spring;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Observations {@code messaging.client.operation.duration} of submits and {@code messaging.process.duration} of handlers: timers by themselves, with the names and keys of
 * {@link io.telpher.client.micrometer.TelpherMeters}, and spans with a tracer, which goes with the task in its headers, so that every attempt is part of the trace of the submit.
 *
 * <pre>{@code
 * Telpher.builder(url).interceptor(new ObservedTasks(observationRegistry)).connect(); // the starters do it by themselves
 * }</pre>
 */
public final class ObservedTasks implements Interceptor {
    private static final KeyValue SYSTEM = KeyValue.of("messaging.system", "telpher");

    private final ObservationRegistry registry;

    /** @param registry of the application, with or without a tracer */
    public ObservedTasks(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Ended submitting(TaskSpec task) {
        SenderContext<TaskSpec> context = new SenderContext<>(
                (carrier, key, value) -> {
                    if (carrier != null) {
                        carrier.header(key, value);
                    }
                },
                Kind.PRODUCER);
        context.setCarrier(task);
        Observation observation =
                started("messaging.client.operation.duration", "submit", context, task.queue(), task.type());
        return (submission, failure) -> {
            if (submission != null) {
                context.addHighCardinalityKeyValue(KeyValue.of("messaging.message.id", submission.id()));
            }
            ended(observation, failure);
        };
    }

    @Override
    public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        ReceiverContext<Map<String, String>> context =
                new ReceiverContext<>((carrier, key) -> carrier.get(key), Kind.CONSUMER);
        context.setCarrier(task.headers());
        context.addHighCardinalityKeyValue(KeyValue.of("messaging.message.id", task.id()));
        context.addHighCardinalityKeyValue(KeyValue.of("messaging.telpher.attempt", String.valueOf(task.attempt())));
        Observation observation = started("messaging.process.duration", "process", context, task.queue(), task.type());
        Throwable failure = null;
        try (Observation.Scope scope = observation.openScope()) {
            return next.handle(task);
        } catch (Throwable e) {
            failure = e;
            throw e;
        } finally {
            ended(observation, failure);
        }
    }

    private Observation started(String name, String operation, Observation.Context context, String queue, String type) {
        return Observation.createNotStarted(name, () -> context, registry)
                .contextualName(operation + " " + queue)
                .lowCardinalityKeyValue(SYSTEM)
                .lowCardinalityKeyValue("messaging.operation.name", operation)
                .lowCardinalityKeyValue("messaging.destination.name", queue)
                .lowCardinalityKeyValue("messaging.telpher.type", type)
                .start();
    }

    private static void ended(Observation observation, @Nullable Throwable failure) {
        observation.lowCardinalityKeyValue(
                "error.type", failure == null ? "none" : failure.getClass().getSimpleName());
        if (failure != null) {
            observation.error(failure);
        }
        observation.stop();
    }
}
