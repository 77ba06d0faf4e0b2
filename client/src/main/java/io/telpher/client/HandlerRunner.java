package io.telpher.client;

/** Runs a worker's handlers. */
interface HandlerRunner {
    /**
     * Never on the thread that calls. Does nothing after {@link #shutdownNow}. Any exception says that it has no thread for it:
     * {@link java.util.concurrent.RejectedExecutionException}, or what else the application's executor throws.
     */
    void execute(Runnable task);

    /** Interrupts what runs where the threads are its own, and forgets what waits. */
    void shutdownNow();
}
