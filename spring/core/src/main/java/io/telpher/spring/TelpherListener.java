package io.telpher.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The method handles tasks of a type. Its parameters are the payload, read by the codec that takes its class, and a {@link io.telpher.client.ReservedTask}; both may be left
 * out. Returning acknowledges the task, and what is returned is its result; throwing fails the attempt, {@link io.telpher.client.PermanentFailure} and
 * {@link io.telpher.client.RetryAfter} as in any handler. A type that no method handles, and a payload that can't be read, are dead letters that say so.
 *
 * <pre>{@code
 * @TelpherListener(queue = "mail", type = "welcome")
 * void welcome(Welcome mail) {
 *     sender.send(mail.to());
 * }
 * }</pre>
 *
 * <p>Methods of the same queues share one worker. Called on the worker's threads, for several tasks at once. Placeholders are resolved in every text.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface TelpherListener {
    /** In order of preference, or with weights: {@code "mail:3", "sms:1"}. */
    String[] queue() default "default";

    /** Of the tasks. */
    String type();

    /** Tasks at once of the worker of these queues, 1 to 10,000; the most that one of its methods says. Empty = {@code telpher.listener.concurrency}. */
    String concurrency() default "";
}
