package io.telpher.benchmarks;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What tasks cost that are delayed up to 30 days, and beside them how late those are that fall due. Never early: that ends the run. */
final class Delays {
    private static final long LONGEST_MS = TimeUnit.DAYS.toMillis(30);

    /** None of the backlog falls due while it is measured. */
    private static final long SHORTEST_MS = TimeUnit.HOURS.toMillis(1);

    private static final long DUE_MS = TimeUnit.SECONDS.toMillis(3);

    private final BrokerUnderTest broker;
    private final Load.Shape shape;
    private final long tasks;
    private final int rate;
    private final int secs;

    Delays(BrokerUnderTest broker, Load.Shape shape, long tasks, int rate, int secs) {
        this.broker = broker;
        this.shape = shape;
        this.tasks = tasks;
        this.rate = rate;
        this.secs = secs;
    }

    void run() throws IOException, InterruptedException {
        long heapBefore = broker.heapBytes();
        fill();
        say(
                "%,d delayed: %.1f bytes a task, anonymous memory %,d MiB",
                tasks, (double) (broker.heapBytes() - heapBefore) / tasks, broker.anonymousBytes() >> 20);
        TimeUnit.SECONDS.sleep(1);
        long cpuMs = broker.cpuMs();
        TimeUnit.SECONDS.sleep(secs);
        say("at rest: %.1f CPU-ms a second", (double) (broker.cpuMs() - cpuMs) / secs);
        Histogram late = fallDue();
        say("%,d fell due, %,d a second, late by %s", late.getTotalCount(), rate, LoadTest.times(late));
    }

    private void fill() throws InterruptedException {
        try (Load load = new Load(shape)) {
            load.delay(() -> ThreadLocalRandom.current().nextLong(SHORTEST_MS, LONGEST_MS));
            long start = System.nanoTime();
            load.produce();
            while (load.submitted() < tasks) {
                TimeUnit.MILLISECONDS.sleep(5);
                load.requireSound();
            }
            say("submitted: %,.0f per second", load.submitted() * 1e9 / (System.nanoTime() - start));
        }
    }

    /** All that is submitted comes, so its number is known before. */
    private Histogram fallDue() throws InterruptedException {
        try (Load load = new Load(shape)) {
            load.workAndTime();
            load.startRecording();
            long total = (long) rate * secs;
            load.produceAt(rate, TimeUnit.SECONDS.toNanos(secs), number -> ThreadLocalRandom.current()
                    .nextLong(1, DUE_MS));
            while (load.handled() < total) {
                TimeUnit.MILLISECONDS.sleep(5);
                load.requireSound();
            }
            return load.latencies();
        }
    }

    private static void say(String format, Object... values) {
        System.out.printf("W6  " + format + "%n", values);
    }
}
