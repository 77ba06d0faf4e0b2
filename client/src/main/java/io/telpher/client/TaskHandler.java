package io.telpher.client;

import io.telpher.protocol.Result;
import org.jspecify.annotations.Nullable;

/**
 * Does the work. Called on the worker's threads, for several tasks at once.
 *
 * <pre>{@code
 * TaskHandler handler = task -> {
 *     send(task.text());
 *     return Result.of("text/plain", "sent".getBytes(UTF_8));
 * };
 * telpher.worker("mail").start(handler);
 * }</pre>
 */
@FunctionalInterface
public interface TaskHandler {
    /**
     * Returning acknowledges the task; throwing fails this attempt. {@link PermanentFailure} sends it to the dead-letter queue,
     * {@link RetryAfter} says when to try again.
     *
     * @return what is kept as the task's result; null = nothing
     */
    @Nullable
    Result handle(ReservedTask task) throws Exception;
}
