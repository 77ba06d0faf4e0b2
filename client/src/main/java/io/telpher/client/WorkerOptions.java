package io.telpher.client;

import io.telpher.protocol.Limits;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Utf8;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How a worker was set up; a started worker keeps its own.
 *
 * @param visibilityTimeout of each lease; null = the task's own
 * @param maxRuntime of one attempt; null = any
 * @param interrupts whether a handler is interrupted when it should stop
 * @param executor runs handlers; null = threads of the worker's own
 * @param retries by type; those of "" count for types that have none
 */
record WorkerOptions(
        List<String> queues,
        String name,
        int concurrency,
        @Nullable Duration visibilityTimeout,
        @Nullable Duration maxRuntime,
        boolean interrupts,
        Runnable onDrained,
        @Nullable Executor executor,
        Map<String, RetryPolicy> retries) {
    /** Of all that a worker says. */
    static final String LOGGER = "io.telpher.client.Worker";

    static final int CONCURRENCY_MAX = 10_000;
    private static final int NAME_BYTES_MAX = 255;

    /** @throws IllegalArgumentException with the first option that is out of its range */
    void check() {
        require(
                !queues.isEmpty() && queues.size() <= Limits.RESERVE_QUEUES_MAX,
                "a worker needs 1 to " + Limits.RESERVE_QUEUES_MAX + " queues, not " + queues.size());
        for (String queue : queues) {
            require(QueueName.isValid(name(queue)), "\"" + queue + "\" is not a queue's name: 1-128 of [A-Za-z0-9._-]");
        }
        int nameBytes = Utf8.bytes(name).length;
        require(nameBytes <= NAME_BYTES_MAX, "the worker's name takes " + nameBytes + " bytes; the limit is 255");
        require(
                concurrency >= 1 && concurrency <= CONCURRENCY_MAX,
                "concurrency is " + concurrency + "; it must be 1 to " + CONCURRENCY_MAX);
        require(
                visibilityTimeout == null
                        || isWithin(
                                visibilityTimeout, Limits.VISIBILITY_TIMEOUT_MS_MIN, Limits.VISIBILITY_TIMEOUT_MS_MAX),
                "visibilityTimeout is " + visibilityTimeout + "; it must be 1 s to 12 h");
        require(
                maxRuntime == null || isWithin(maxRuntime, 1, Limits.DELAY_MS_MAX),
                "maxRuntime is " + maxRuntime + "; it must be 1 ms to 366 days");
    }

    private static boolean isWithin(Duration duration, long minMs, long maxMs) {
        return duration.compareTo(Duration.ofMillis(minMs)) >= 0 && duration.compareTo(Duration.ofMillis(maxMs)) <= 0;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** 0 = the task's own. */
    int visibilityTimeoutMs() {
        return visibilityTimeout == null ? 0 : (int) visibilityTimeout.toMillis();
    }

    long maxRuntimeNanos() {
        return maxRuntime == null ? Long.MAX_VALUE : maxRuntime.toNanos();
    }

    String maxRuntimeText() {
        return String.valueOf(maxRuntime);
    }

    /** Without its weight, as in {@code mail:3}; {@link Telpher#worker} has looked at that. */
    private static String name(String queue) {
        int colon = queue.indexOf(':');
        return colon < 0 ? queue : queue.substring(0, colon);
    }

    @Nullable
    RetryPolicy retryPolicy(String type) {
        RetryPolicy own = retries.get(type);
        return own == null ? retries.get("") : own;
    }
}
