package io.telpher.broker.partition.history;

import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.thread.Threads;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How what this run does not remember of a task is looked up in the journal.
 *
 * @param directory of the partition
 * @param thread from {@link #newThread}, shared by all partitions
 * @param wakeUp called when the partition's thread has an answer to send
 */
public record HistoryReplayPlan(Path directory, SnapshotStore store, ExecutorService thread, Runnable wakeUp) {
    /** One under way, the others wait for it: more would wait for nothing but a busy thread. */
    public static final int LOOK_BACKS_MAX = 16;

    private static final long IDLE_SECONDS = 10;

    /**
     * One look-back at a time, the others waiting. The thread goes when it has nothing to do.
     *
     * @param failed told of what is thrown beside the look-backs, which answer for their own failures
     */
    public static ExecutorService newThread(Consumer<Throwable> failed) {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(LOOK_BACKS_MAX),
                Threads.daemons("telpher-history", failed));
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }
}
