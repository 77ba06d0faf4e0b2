package io.telpher.broker.torture;

import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code bin/torture --cluster --failovers N --transfers N}: how long a client that submits one task after the other gets none confirmed when the node that leads
 * is killed, and when it hands over.
 */
final class Failovers implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int AROUND = 20;

    private final TorturedCluster cluster;
    private final Thread submitter = new Thread(this::submit, "submitter");
    private volatile boolean stopping;
    private final AtomicInteger confirmed = new AtomicInteger();
    private volatile long lastNanos = System.nanoTime();
    private volatile long longestGapNanos;

    private Failovers(TorturedCluster cluster) {
        this.cluster = cluster;
    }

    static String measure(TorturedCluster cluster, int kills, int transfers) throws IOException, InterruptedException {
        cluster.start();
        cluster.awaitLeader();
        try (Failovers failovers = new Failovers(cluster)) {
            failovers.submitter.start();
            failovers.await(AROUND);
            return text("kill -9 of the one that leads until a submit is confirmed", failovers.kill(kills)) + "\n"
                    + text(
                            "the longest time between two confirmed submits when it hands over",
                            failovers.transfer(transfers));
        }
    }

    private static String text(String what, List<Long> nanos) {
        List<Long> ms =
                nanos.stream().map(TimeUnit.NANOSECONDS::toMillis).sorted().toList();
        return ms.isEmpty()
                ? what + ": not measured"
                : what + ", in ms: p50 " + ms.get(ms.size() / 2) + ", max " + ms.get(ms.size() - 1) + ", of "
                        + ms.size() + ": " + ms;
    }

    private void submit() {
        try (Telpher telpher = Telpher.connect(cluster.url(), "failovers")) {
            for (int i = 0; !stopping; i++) {
                submit(telpher, TaskSpec.type("failover").queue("failovers").idempotencyKey("task-" + i));
            }
        }
    }

    /** The same key until it is confirmed. */
    private void submit(Telpher telpher, TaskSpec task) {
        while (!stopping) {
            try {
                telpher.submit(task);
                long now = System.nanoTime();
                longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
                lastNanos = now;
                confirmed.incrementAndGet();
                return;
            } catch (TelpherException e) {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }

    /** So many more. */
    private void await(int more) {
        int wanted = confirmed.get() + more;
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (confirmed.get() < wanted) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("nothing is confirmed for a minute");
            }
            LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(500));
        }
    }

    private List<Long> kill(int count) throws IOException, InterruptedException {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int leader = cluster.awaitLeader();
            long killed = System.nanoTime();
            cluster.broker(leader).kill();
            await(1); // of those that the next one confirms
            times.add(lastNanos - killed);
            cluster.start();
            cluster.awaitAllCaughtUp();
            await(AROUND);
        }
        return times;
    }

    private List<Long> transfer(int count) throws IOException, InterruptedException {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int leader = cluster.awaitLeader();
            await(1);
            longestGapNanos = 0;
            cluster.transfer(leader % TorturedCluster.COUNT + 1);
            await(AROUND);
            times.add(longestGapNanos);
            cluster.awaitAllCaughtUp();
        }
        return times;
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        submitter.join();
    }
}
