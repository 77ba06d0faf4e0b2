package io.telpher.spring;

import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Result;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** What a handler logs tells of which task: {@code telpher.task}, {@code telpher.queue}, {@code telpher.type} and {@code telpher.attempt} in the MDC. */
public final class LoggingContext implements Interceptor {
    @Override
    public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        try (MDC.MDCCloseable id = MDC.putCloseable("telpher.task", task.id());
                MDC.MDCCloseable queue = MDC.putCloseable("telpher.queue", task.queue());
                MDC.MDCCloseable type = MDC.putCloseable("telpher.type", task.type());
                MDC.MDCCloseable attempt = MDC.putCloseable("telpher.attempt", String.valueOf(task.attempt()))) {
            return next.handle(task);
        }
    }
}
