package io.telpher.broker.torture;

import io.telpher.protocol.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The broker as one client asks it, over TCP or over HTTP. One thread at a time. */
interface Api {
    /** How long an answer is waited for. */
    int ANSWER_MS_MAX = 8_000;

    /** The broker said no and changed nothing. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final String code;

        /**
         * @param code of {@link io.telpher.protocol.ErrorCode}, or the HTTP status
         * @param why the broker's words
         */
        Refused(String code, String why) {
            super(code + ": " + why);
            this.code = code;
        }

        String code() {
            return code;
        }
    }

    /** There was no answer; the request may have taken effect, or may yet. */
    final class NoAnswer extends Exception {
        private static final long serialVersionUID = 1;

        NoAnswer(Throwable cause) {
            super(cause);
        }
    }

    /**
     * What is to be done.
     *
     * @param delayMs 0 = at once
     * @param runAtMs by the broker's wall clock; 0 = at once
     * @param key empty for none
     */
    record Task(String queue, byte[] payload, Priority priority, long delayMs, long runAtMs, String key) {}

    record Held(long taskId, long leaseId, int leaseMs, int attempt, String queue, byte[] payload) {}

    /** The task's id. */
    long submit(Task task) throws Refused, NoAnswer;

    /** The tasks' ids, in their order: all of them, or the whole batch was refused. */
    List<Long> submitBatch(List<Task> tasks) throws Refused, NoAnswer;

    /** @param queues in order of preference; over HTTP it can only be one */
    List<Held> reserve(List<String> queues, int max, int waitMs) throws Refused, NoAnswer;

    void ack(Held held, byte[] result, @Nullable Task followUp) throws Refused, NoAnswer;

    void nack(Held held, boolean permanent) throws Refused, NoAnswer;

    void release(Held held) throws Refused, NoAnswer;

    void extend(Held held) throws Refused, NoAnswer;

    /** The task's state afterwards. */
    String cancel(long taskId) throws Refused, NoAnswer;
}
