package io.telpher.broker.cli.bench;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.queue.QueueView;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A bench that is interrupted (Ctrl-C, SIGTERM) leaves nothing that waits or runs in a queue that had no task before; within a bounded time. */
final class BenchCleanUp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BenchCleanUp.class.getName());
    private static final Duration WORKERS = Duration.ofSeconds(2);
    private static final long ALL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_MS = 50;

    private final BenchRun run;
    private final Supplier<Telpher> connect;
    private final String queue;
    private final boolean purges;
    private final PrintWriter err;
    private final Thread hook = new Thread(this::cleanUp, "tq-bench-clean-up");

    /** @param purges the queue was empty, so all that is there is the bench's own */
    BenchCleanUp(BenchRun run, Supplier<Telpher> connect, String queue, boolean purges, PrintWriter err) {
        this.run = run;
        this.connect = connect;
        this.queue = queue;
        this.purges = purges;
        this.err = err;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void cleanUp() {
        try {
            run.stop(WORKERS);
            purge(System.nanoTime() + ALL_NANOS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            err.flush();
        }
    }

    private void purge(long untilNanos) throws InterruptedException {
        if (!purges) {
            err.println(
                    "interrupted: what the bench submitted to " + queue + " may still be there, among tasks of others");
            return;
        }
        try (Telpher telpher = connect.get()) {
            long cancelled = 0;
            long left;
            do {
                cancelled += telpher.operations().purge(queue, 0);
                left = left(telpher.operations());
                if (left > 0) {
                    // Leases of the workers end when their connections are gone.
                    TimeUnit.MILLISECONDS.sleep(LOOK_MS);
                }
            } while (left > 0 && System.nanoTime() - untilNanos < 0);
            err.println("interrupted: " + cancelled + " tasks that were not done yet are cancelled, " + left
                    + " are left in " + queue);
        }
    }

    private long left(Operations operations) {
        QueueView view = operations.queue(queue);
        return view.ready[0] + view.ready[1] + view.ready[2] + view.scheduled + view.retryWait + view.active;
    }

    /** It came to its end. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "interrupted at the very end: the hook does what is left to do");
        }
    }

    /** Returns when the run was not interrupted; else never: the process ends when all is cleaned up. */
    void awaitEndIfInterrupted() throws InterruptedException {
        if (run.isStopped()) {
            new CountDownLatch(1).await();
        }
    }
}
