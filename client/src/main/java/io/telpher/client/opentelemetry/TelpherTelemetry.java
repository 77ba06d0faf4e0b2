package io.telpher.client.opentelemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces from submit to handler, and the metrics {@code messaging.client.operation.duration} and {@code messaging.process.duration}, by OpenTelemetry's conventions for
 * messaging. The context travels in the task's headers ({@code traceparent} by default), so each attempt's span, also days and retries later, is a child of the submit's. Thread-safe.
 *
 * <pre>{@code
 * Telpher.builder(url).interceptor(new TelpherTelemetry(openTelemetry)).connect();
 * }</pre>
 */
public final class TelpherTelemetry implements Interceptor {
    private static final String SCOPE = "io.telpher.client";
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
    private static final AttributeKey<Long> BODY_SIZE = AttributeKey.longKey("messaging.message.body.size");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> TASK_TYPE = AttributeKey.stringKey("messaging.telpher.type");
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("messaging.telpher.attempt");

    private static final TextMapGetter<Map<String, String>> HEADERS = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> headers) {
            return headers.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    };

    private final Tracer tracer;
    private final TextMapPropagator propagator;
    private final DoubleHistogram submits;
    private final DoubleHistogram processes;

    /** Spans and histograms go to its tracer and meter provider, the context by its propagators. */
    public TelpherTelemetry(OpenTelemetry openTelemetry) {
        this.tracer = openTelemetry.getTracer(SCOPE);
        this.propagator = openTelemetry.getPropagators().getTextMapPropagator();
        Meter meter = openTelemetry.getMeter(SCOPE);
        this.submits =
                histogram(meter, "messaging.client.operation.duration", "Time from a submit to its confirmation");
        this.processes = histogram(meter, "messaging.process.duration", "Time that a handler took");
    }

    private static DoubleHistogram histogram(Meter meter, String name, String what) {
        return meter.histogramBuilder(name).setUnit("s").setDescription(what).build();
    }

    @Override
    public Ended submitting(TaskSpec task) {
        long startNanos = System.nanoTime();
        Attributes attributes = attributes("submit", "send", task.queue(), task.type());
        Span span = tracer.spanBuilder("submit " + task.queue())
                .setSpanKind(SpanKind.PRODUCER)
                .setAllAttributes(attributes)
                .setAttribute(BODY_SIZE, (long) task.payloadBytes())
                .startSpan();
        inject(Context.current().with(span), task);
        return (submission, failure) -> {
            if (submission != null) {
                span.setAttribute(MESSAGE_ID, submission.id());
            }
            end(span, submits, attributes, startNanos, failure);
        };
    }

    /** As far as the task has room for headers: a task is not refused for its trace. */
    private void inject(Context context, TaskSpec task) {
        Map<String, String> wanted = new LinkedHashMap<>();
        propagator.inject(context, wanted, (headers, name, value) -> {
            if (headers != null) {
                headers.put(name, value);
            }
        });
        Map<String, String> all = new LinkedHashMap<>(task.headers());
        all.putAll(wanted);
        if (all.size() <= Limits.HEADERS_MAX && bytes(all) <= Limits.HEADERS_BYTES_MAX) {
            wanted.forEach(task::header);
        }
    }

    private static int bytes(Map<String, String> headers) {
        int bytes = 0;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            bytes += 2 * Integer.BYTES
                    + header.getKey().getBytes(StandardCharsets.UTF_8).length
                    + header.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }

    @Override
    public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        long startNanos = System.nanoTime();
        Attributes attributes = attributes("process", "process", task.queue(), task.type());
        Span span = tracer.spanBuilder("process " + task.queue())
                .setParent(propagator.extract(Context.current(), task.headers(), HEADERS))
                .setSpanKind(SpanKind.CONSUMER)
                .setAllAttributes(attributes)
                .setAttribute(MESSAGE_ID, task.id())
                .setAttribute(ATTEMPT, (long) task.attempt())
                .startSpan();
        Throwable thrown = null;
        try (Scope scope = span.makeCurrent()) {
            return next.handle(task);
        } catch (Throwable e) {
            thrown = e;
            throw e;
        } finally {
            end(span, processes, attributes, startNanos, thrown);
        }
    }

    private static Attributes attributes(String operation, String kind, String queue, String type) {
        return Attributes.builder()
                .put(SYSTEM, "telpher")
                .put(OPERATION, operation)
                .put(OPERATION_TYPE, kind)
                .put(DESTINATION, queue)
                .put(TASK_TYPE, type)
                .build();
    }

    private static void end(
            Span span, DoubleHistogram durations, Attributes attributes, long startNanos, @Nullable Throwable failure) {
        Attributes told = attributes;
        if (failure != null) {
            String error = failure.getClass().getName();
            span.recordException(failure).setStatus(StatusCode.ERROR).setAttribute(ERROR_TYPE, error);
            told = attributes.toBuilder().put(ERROR_TYPE, error).build();
        }
        durations.record((System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1), told);
        span.end();
    }
}
