package io.telpher.client;

/**
 * Thrown by a handler that agrees to stop: the task, which was cancelled while it ran, is CANCELLED and not delivered again. Made by {@link ReservedTask#cancelled}.
 * Thrown although the task was not cancelled, it fails the attempt like any other exception.
 *
 * <pre>{@code
 * telpher.worker("report").start(task -> {
 *     for (Page page : pages) {
 *         if (task.isCancelled()) {
 *             throw task.cancelled();
 *         }
 *         render(page);
 *     }
 *     return Result.NONE;
 * });
 * }</pre>
 */
public final class TaskCancelled extends RuntimeException {
    private static final long serialVersionUID = 1;

    TaskCancelled(String message) {
        super(message);
    }
}
