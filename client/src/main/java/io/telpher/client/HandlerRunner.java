package io.telpher.client;

/** Runs a worker's handlers. */
interface HandlerRunner {
    /**
     * Any thread. Does nothing after {@link #shutdownNow}.
     *
     * @throws java.util.concurrent.RejectedExecutionException when it has no thread for it
     */
    void execute(Runnable task);

    /** Interrupts what runs where the threads are its own, and forgets what waits. */
    void shutdownNow();
}
