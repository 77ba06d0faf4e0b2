package io.telpher.client;

import java.util.concurrent.Executor;

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
            executor.execute(() -> {
                if (!stopped) {
                    task.run();
                }
            });
        }
    }

    @Override
    public void shutdownNow() {
        stopped = true;
    }
}
