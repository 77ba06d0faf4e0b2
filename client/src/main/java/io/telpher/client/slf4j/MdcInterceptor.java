package io.telpher.client.slf4j;

import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Result;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Has each log line of a handler tell its task: {@code task.id}, {@code task.type}, {@code task.queue} and {@code task.attempt} in SLF4J's diagnostic context while the handler
 * runs. Thread-safe.
 *
 * <pre>{@code
 * Telpher.builder(url).interceptor(new MdcInterceptor()).connect();
 * }</pre>
 */
public final class MdcInterceptor implements Interceptor {
    @Override
    public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        try (MDC.MDCCloseable id = MDC.putCloseable("task.id", task.id());
                MDC.MDCCloseable type = MDC.putCloseable("task.type", task.type());
                MDC.MDCCloseable queue = MDC.putCloseable("task.queue", task.queue());
                MDC.MDCCloseable attempt = MDC.putCloseable("task.attempt", String.valueOf(task.attempt()))) {
            return next.handle(task);
        }
    }
}
