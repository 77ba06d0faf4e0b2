package io.telpher.client;

/**
 * Does the work of one type of task, whose payload was read by a codec. Called on the worker's threads, for several tasks at once.
 *
 * <pre>{@code
 * TypedHandler<Mail> sending = (task, mail) -> send(mail);
 * telpher.worker("mail").on("mail", Mail.class, sending).start();
 * }</pre>
 */
@FunctionalInterface
public interface TypedHandler<T> {
    /** Returning acknowledges the task without a result; throwing fails this attempt as of {@link TaskHandler#handle}. */
    void handle(ReservedTask task, T payload) throws Exception;
}
