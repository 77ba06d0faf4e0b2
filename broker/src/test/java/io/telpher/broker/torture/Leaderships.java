package io.telpher.broker.torture;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes down when the cluster's term changes. It may without any fault, when the machine has no time for the one that leads; connections end then, and with
 * them leases, as of a fault.
 */
final class Leaderships implements AutoCloseable {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final TorturedCluster cluster;
    private final History history;
    private final Thread thread = new Thread(this::look, "leaderships");
    private volatile boolean stopping;
    private final AtomicInteger changes = new AtomicInteger();

    Leaderships(TorturedCluster cluster, History history) {
        this.cluster = cluster;
        this.history = history;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    int changes() {
        return changes.get();
    }

    private void look() {
        long highest = 0;
        while (!stopping) {
            for (int node = 1; node <= TorturedCluster.COUNT && !stopping; node++) {
                Long term = term(node);
                if (term != null && term > highest) {
                    highest = term;
                    changes.incrementAndGet();
                    history.add(Event.of(Event.Kind.FAULT).text("node " + node + " knows of term " + term));
                }
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    private @Nullable Long term(int node) {
        try {
            return cluster.isAlive(node) ? cluster.status(node).path("term").asLong() : null;
        } catch (IOException e) {
            return null; // it can't be reached: what is done to it now
        } catch (InterruptedException e) {
            stopping = true;
            return null;
        }
    }

    /** Until it writes no more. */
    @Override
    public void close() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join();
    }
}
