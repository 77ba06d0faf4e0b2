package io.telpher.client;

import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import org.jspecify.annotations.Nullable;

/**
 * Stands around submits and handlers: for tracing, metrics, what every task should carry. Called by many threads at once.
 *
 * <pre>{@code
 * Telpher.builder(url).interceptor(new Interceptor() {
 *     public Ended submitting(TaskSpec task) {
 *         task.header("tenant", Tenant.current());
 *         return null;
 *     }
 *     public Result handling(ReservedTask task, TaskHandler next) throws Exception {
 *         return Tenant.with(task.headers().get("tenant"), () -> next.handle(task));
 *     }
 * }).connect();
 * }</pre>
 */
public interface Interceptor {
    /** Hears how a submit ended, once. */
    @FunctionalInterface
    interface Ended {
        /**
         * On the thread that waits for the submit, or on the callback executor; an exception is logged.
         *
         * @param submission null when it failed
         * @param failure null when the broker has the task
         */
        void ended(@Nullable Submission submission, @Nullable Throwable failure);
    }

    /**
     * Before a task is encoded and sent, on the thread that submits; of a batch once for each task. Sent again after a lost connection, a task is not seen again. An exception
     * refuses the submit and reaches its caller. Follow-up tasks of a handler are not seen: they are part of its outcome.
     *
     * @param task a copy, to be changed at will
     * @return what hears the outcome; null = nothing
     */
    default @Nullable Ended submitting(TaskSpec task) {
        return null;
    }

    /** Around a handler, on its thread; what it throws is the attempt's outcome as if the handler had thrown it. */
    default @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
        return next.handle(task);
    }
}
