package io.telpher.client;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The application's own threads. */
final class ExecutorRunner implements HandlerRunner {
    private final Executor executor;
    private volatile boolean stopped;

    ExecutorRunner(Executor executor) {
        this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
        if (!stopped) {
            Thread caller = Thread.currentThread();
            executor.execute(() -> run(task, caller));
        }
    }

    private void run(Runnable task, Thread caller) {
        if (Thread.currentThread() == caller) {
            // It would stop the worker's connection: no lease would be renewed until the handler is done.
            throw new RejectedExecutionException(
                    "it runs handlers on the thread that gives them to it; take one with threads of its own, that rejects or queues what is too much");
        }
        if (!stopped) {
            task.run();
        }
    }

    @Override
    public void shutdownNow() {
        stopped = true;
    }
}
