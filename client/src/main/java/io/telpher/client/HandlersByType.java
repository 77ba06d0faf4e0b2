package io.telpher.client;

import io.telpher.protocol.Result;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The handler of each type of task. A task of a type without a handler is a dead letter at once, since this worker would fail at each retry.
 *
 * @param otherwise handles the other types; null = nothing does
 */
record HandlersByType(
        Map<String, TaskHandler> byType, @Nullable TaskHandler otherwise) implements TaskHandler {
    HandlersByType {
        byType = Map.copyOf(byType);
    }

    @Override
    public @Nullable Result handle(ReservedTask task) throws Exception {
        TaskHandler handler = byType.getOrDefault(task.type(), otherwise);
        if (handler == null) {
            throw new PermanentFailure("no handler for the type \"" + task.type() + "\": this worker has "
                    + String.join(", ", new TreeSet<>(byType.keySet())));
        }
        return handler.handle(task);
    }
}
