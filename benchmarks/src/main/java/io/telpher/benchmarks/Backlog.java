package io.telpher.benchmarks;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What many waiting tasks cost: memory, the rates beside them, and the time from kill -9 to the first task in a worker's hands. */
final class Backlog {
    private static final int PARTS = 10;

    private final BrokerUnderTest broker;
    private final Load.Shape shape;
    private final long tasks;
    private final int secs;

    Backlog(BrokerUnderTest broker, Load.Shape shape, long tasks, int secs) {
        this.broker = broker;
        this.shape = shape;
        this.tasks = tasks;
        this.secs = secs;
    }

    void run() throws IOException, InterruptedException {
        long heapBefore = broker.heapBytes();
        say("empty: heap %,d KiB, anonymous memory %,d MiB", heapBefore >> 10, broker.anonymousBytes() >> 20);
        fill();
        long heap = broker.heapBytes();
        say(
                "%,d tasks wait: heap %,d KiB, %.1f bytes a task, anonymous memory %,d MiB",
                tasks, heap >> 10, (double) (heap - heapBefore) / tasks, broker.anonymousBytes() >> 20);
        work();
        restart();
        say("after the restart: anonymous memory %,d MiB", broker.anonymousBytes() >> 20);
    }

    private void fill() throws IOException, InterruptedException {
        try (Load load = new Load(shape)) {
            load.produce();
            long start = System.nanoTime();
            for (int part = 1; part <= PARTS; part++) {
                long before = load.submitted();
                long cpuBefore = broker.cpuMs();
                while (load.submitted() < tasks * part / PARTS) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    load.requireSound();
                }
                long now = System.nanoTime();
                long count = load.submitted() - before;
                say(
                        "submitted %d%%: %,.0f per second, %.1f CPU-ms per 1,000",
                        part * 100 / PARTS, count * 1e9 / (now - start), (broker.cpuMs() - cpuBefore) * 1e3 / count);
                start = now;
            }
        }
    }

    private void work() throws IOException, InterruptedException {
        try (Load load = new Load(shape)) {
            load.work();
            TimeUnit.SECONDS.sleep(1);
            long before = load.handled();
            long cpuBefore = broker.cpuMs();
            long start = System.nanoTime();
            // Half stays for the restart: it is asked for its first task.
            long end = start + TimeUnit.SECONDS.toNanos(secs);
            while (System.nanoTime() < end && load.handled() < tasks / 2) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            long count = load.handled() - before;
            say(
                    "reserve and ack: %,.0f per second, %.1f CPU-ms per 1,000",
                    count * 1e9 / (System.nanoTime() - start), (broker.cpuMs() - cpuBefore) * 1e3 / count);
        }
    }

    private void restart() throws IOException, InterruptedException {
        long start = System.nanoTime();
        broker.restart();
        say("kill -9 to ready: %.2f s", (System.nanoTime() - start) / 1e9);
        CountDownLatch first = new CountDownLatch(1);
        try (Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker(Load.QUEUE).start(task -> {
                    first.countDown();
                    return null;
                })) {
            if (!first.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("no task came within a minute; in hand: " + worker.inHand());
            }
        }
        say("kill -9 to the first task in a handler: %.2f s", (System.nanoTime() - start) / 1e9);
    }

    private static void say(String format, Object... values) {
        System.out.printf("W4  " + format + "%n", values);
    }
}
