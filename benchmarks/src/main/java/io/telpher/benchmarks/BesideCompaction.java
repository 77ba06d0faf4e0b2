package io.telpher.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Submit to handler at a rate, while every tenth task is one that stays: files empty to a tenth, and compaction copies that forward. The seconds
 * in which it did are held against those in which it didn't.
 */
final class BesideCompaction {
    private static final long STAYS_MS = TimeUnit.DAYS.toMillis(30);
    private static final int ONE_IN = 10;

    /** Connections and threads are new: the first seconds are slower. */
    private static final int SETTLE_SECS = 5;

    private static final int DIGITS = 3;

    private final BrokerUnderTest broker;
    private final Load.Shape shape;
    private final int rate;
    private final int secs;

    BesideCompaction(BrokerUnderTest broker, Load.Shape shape, int rate, int secs) {
        this.broker = broker;
        this.shape = shape;
        this.rate = rate;
        this.secs = secs;
    }

    void run() throws IOException, InterruptedException {
        Histogram beside = new Histogram(DIGITS);
        Histogram without = new Histogram(DIGITS);
        long copiedInAll;
        int copying = 0;
        try (Load load = new Load(shape)) {
            load.workAndTime();
            Thread producer = new Thread(
                    () -> load.produceAt(
                            rate,
                            TimeUnit.SECONDS.toNanos(SETTLE_SECS + secs + 1L),
                            number -> number % ONE_IN == 0 ? STAYS_MS : 0),
                    "open-loop");
            producer.setDaemon(true);
            producer.start();
            TimeUnit.SECONDS.sleep(SETTLE_SECS);
            load.startRecording();
            long copiedBefore = broker.copiedBytes();
            long start = copiedBefore;
            for (int second = 0; second < secs; second++) {
                TimeUnit.SECONDS.sleep(1);
                long copied = broker.copiedBytes();
                (copied > copiedBefore ? beside : without).add(load.latencies());
                copying += copied > copiedBefore ? 1 : 0;
                copiedBefore = copied;
            }
            copiedInAll = copiedBefore - start;
            load.requireSound();
        }
        say(
                "%,d a second, one in %d stays; %,d MiB copied in %d of %d seconds",
                rate, ONE_IN, copiedInAll >> 20, copying, secs);
        say("without copies: %s", LoadTest.times(without));
        say("beside copies:  %s", LoadTest.times(beside));
    }

    private static void say(String format, Object... values) {
        System.out.printf("W7  " + format + "%n", values);
    }
}
