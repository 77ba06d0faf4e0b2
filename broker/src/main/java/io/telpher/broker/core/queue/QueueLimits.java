package io.telpher.broker.core.queue;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many queues there may be.
 *
 * @param queuesMax of all together
 * @param perMakerMax names that one client keeps: of its queues, of deleted ones whose tasks are remembered, of those it waits for
 * @param idleTtlMs how long a queue stays that nothing needs; 0 = for ever
 */
public record QueueLimits(int queuesMax, int perMakerMax, long idleTtlMs) {
    /** Also a limit of the configuration: each queue takes about a KiB. */
    public static final int QUEUES_MAX = 10_000_000;

    public static final QueueLimits DEFAULT = new QueueLimits(200_000, 100_000, TimeUnit.HOURS.toMillis(24));

    /** The same for a reserve that waits for names without a queue, {@code unlisted} with it. */
    @Nullable
    public Problem awaitProblem(int unlisted, long namesOfMaker) {
        if (unlisted > queuesMax) {
            return new Problem(
                    ErrorCode.QUEUE_LIMIT,
                    "reserves wait for " + queuesMax + " queues that are not there, as many as can be");
        }
        return namesOfMaker > perMakerMax
                ? new Problem(
                        ErrorCode.QUEUE_LIMIT,
                        "this client keeps the names of " + perMakerMax
                                + " queues with its queues and its reserves, its share")
                : null;
    }

    /** The same for a deletion, which may leave a name that tasks are remembered by. */
    @Nullable
    public Problem deleteProblem(int unlisted) {
        return unlisted >= queuesMax
                ? new Problem(
                        ErrorCode.QUEUE_LIMIT,
                        "tasks of " + unlisted
                                + " deleted queues are remembered, as many as can be: wait for the retention")
                : null;
    }

    /** Why one more queue can't be made; null when it can. */
    @Nullable
    public Problem problem(int queues, long namesOfMaker) {
        if (queues >= queuesMax) {
            return new Problem(
                    ErrorCode.QUEUE_LIMIT,
                    "the limit of " + queuesMax + " queues is reached: delete some, or raise limits.max_queues");
        }
        return namesOfMaker >= perMakerMax
                ? new Problem(
                        ErrorCode.QUEUE_LIMIT,
                        "this client keeps the names of " + namesOfMaker
                                + " queues, its share: delete some, or raise limits.max_queues_per_client")
                : null;
    }
}
