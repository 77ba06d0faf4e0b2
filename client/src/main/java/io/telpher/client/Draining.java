package io.telpher.client;

import io.telpher.protocol.session.GoAway;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether an operator wants a worker to take no more tasks, and whether it has left. For the event loop, but where it says otherwise. */
final class Draining {
    private static final System.Logger LOG = System.getLogger(WorkerOptions.LOGGER);

    private final String worker;
    private final Runnable listener;
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private volatile boolean asked;

    /** @param listener hears when it has left because an operator asked for it */
    Draining(String worker, Runnable listener) {
        this.worker = worker;
        this.listener = listener;
    }

    /** Any thread. */
    boolean isAsked() {
        return asked;
    }

    void hears(GoAway.Drain drain, int inHand) {
        if (drain == GoAway.Drain.BEGINS) {
            asked = true;
            LOG.log(
                    System.Logger.Level.INFO,
                    "an operator drains worker {0}: it takes no more tasks, and leaves when its {1} are done",
                    worker,
                    inHand);
        } else if (drain == GoAway.Drain.UNDONE) {
            asked = false;
            LOG.log(System.Logger.Level.INFO, "an operator has worker {0} take tasks again", worker);
        }
    }

    /** @param closing ends when the connection is closed */
    void leaves(CompletableFuture<Void> closing) {
        // Not on the event loop: the application may then close the client, which waits for the event loop.
        Thread tells = new Thread(this::tell, "telpher-worker-" + worker + "-drained");
        closing.thenRun(tells::start);
    }

    private void tell() {
        left.complete(null);
        listener.run();
    }

    /** It was closed. Any thread. */
    void closed() {
        left.complete(null);
    }

    /** Any thread but the event loop's; false when it has not left within {@code timeout}. */
    boolean await(Duration timeout) throws InterruptedException {
        try {
            left.get(Link.nanos(timeout), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("leaving never fails", e);
        }
    }
}
