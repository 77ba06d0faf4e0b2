package io.telpher.spring.boot;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code telpher.*}.
 *
 * <pre>
 * telpher.url=tqs://token@broker-1,broker-2
 * telpher.listener.concurrency=16
 * telpher.listener.max-runtime=5m
 * </pre>
 *
 * @param url Where the broker is: tq://[token@]host[:8357][,host...], tqs:// with TLS.
 * @param clientName What operators see of this application; its name by default.
 * @param version Of this application, which operators see beside each worker; that of its jar by default.
 * @param requestTimeout How long a call waits for its answer, a connection included.
 * @param maxPayload Size of a task's payload, beyond which it is refused before it is sent.
 * @param autoKeys Whether each submit without an idempotency key gets one, so that it is sent again after a lost connection.
 * @param listener What methods with @TelpherListener run by.
 */
@ConfigurationProperties("telpher")
public record TelpherProperties(
        @DefaultValue("tq://127.0.0.1:8357") String url,
        @Nullable String clientName,
        @Nullable String version,
        @DefaultValue("30s") Duration requestTimeout,
        @DefaultValue("1MB") DataSize maxPayload,
        @DefaultValue("true") boolean autoKeys,
        @DefaultValue Listener listener) {
    /**
     * Of listeners.
     *
     * @param autoStartup Whether listeners start with the application.
     * @param concurrency Tasks at once, of the worker of each combination of queues.
     * @param maxRuntime How long one attempt may run; a handler that runs longer is interrupted and has failed. Without it, any time.
     * @param visibilityTimeout Length of each lease, instead of the task's own.
     * @param interruptOnCancel Whether a handler is interrupted when its task is cancelled or its lease is lost.
     * @param shutdownTimeout How long a stop waits for handlers, before their tasks are given back.
     */
    public record Listener(
            @DefaultValue("true") boolean autoStartup,
            @DefaultValue("4") int concurrency,
            @Nullable Duration maxRuntime,
            @Nullable Duration visibilityTimeout,
            @DefaultValue("true") boolean interruptOnCancel,
            @DefaultValue("20s") Duration shutdownTimeout) {}
}
