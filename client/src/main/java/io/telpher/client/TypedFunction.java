package io.telpher.client;

import org.jspecify.annotations.Nullable;

/**
 * A {@link TypedHandler} whose tasks have results.
 *
 * <pre>{@code
 * TypedFunction<Numbers> sum = (task, numbers) -> numbers.sum();
 * telpher.worker("math").answer("sum", Numbers.class, sum).start();
 * }</pre>
 */
@FunctionalInterface
public interface TypedFunction<T> {
    /** @return what is kept as the task's result, written by the codec that takes it; null = nothing, a {@link io.telpher.protocol.Result} is kept as it is */
    @Nullable
    Object handle(ReservedTask task, T payload) throws Exception;
}
