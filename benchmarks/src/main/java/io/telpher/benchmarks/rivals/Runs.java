package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.SyncCalls;
import io.telpher.benchmarks.report.Figures;
import io.telpher.benchmarks.report.Workload;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What each workload does to a server that has just been started. */
final class Runs {
    private static final int CONNECTIONS = 4;
    private static final int WINDOW = 256;
    private static final int SLOTS = 64;

    /** So many tasks, submitted and not handled, fit the memory of every broker. */
    private static final int PENDING_MAX = 20_000;

    private static final int MANY = 500;
    private static final int MANY_PENDING_MAX = 5_000;

    private static final int ASKED_RATE = 350;
    private static final int ASKED_WORKERS = 60;
    private static final int ASKED_SLOTS = 10;
    private static final long ASKED_HOLD_MS = 1_000;

    private static final int SLOW = 1_000;
    private static final int FAST = 10_000;

    private Runs() {}

    static void run(Workload workload, Rival rival, Server server, Settings settings, Figures figures)
            throws Exception {
        try (Driver driver = rival.connect(server)) {
            driver.prepare();
            Payloads payloads = workload == Workload.MIXED ? Payloads.mixed() : Payloads.of(settings.payloadBytes());
            switch (workload) {
                case W1 -> closed(driver, server, payloads, settings.warm(), settings.secs(), false, figures);
                case W2, MIXED -> closed(driver, server, payloads, settings.warm(), settings.secs(), true, figures);
                case W2_WARM -> closed(driver, server, payloads, settings.longWarm(), settings.secs(), true, figures);
                case W3_1000, W3_10000 ->
                    open(
                            driver,
                            server,
                            payloads,
                            settings,
                            workload == Workload.W3_1000 ? SLOW : FAST,
                            CONNECTIONS,
                            SLOTS,
                            0,
                            figures);
                case W5 -> oneByOne(driver, server, payloads, settings, figures);
                case CONNECTIONS -> many(driver, server, payloads, settings, figures);
                case ASKED ->
                    open(
                            driver,
                            server,
                            payloads,
                            settings,
                            ASKED_RATE,
                            ASKED_WORKERS,
                            ASKED_SLOTS,
                            ASKED_HOLD_MS,
                            figures);
                case W4 -> throw new IllegalArgumentException("W4 restarts its server, so it starts it too");
            }
        }
    }

    private static void closed(
            Driver driver, Server server, Payloads payloads, int warm, int secs, boolean worked, Figures figures)
            throws Exception {
        try (ClosedLoop loop = new ClosedLoop(driver, payloads, worked ? PENDING_MAX : Integer.MAX_VALUE)) {
            if (worked) {
                loop.work(CONNECTIONS, SLOTS);
            }
            loop.produce(CONNECTIONS, WINDOW);
            loop.measure(server, warm, secs, figures);
        }
    }

    private static void many(Driver driver, Server server, Payloads payloads, Settings settings, Figures figures)
            throws Exception {
        try (ClosedLoop loop = new ClosedLoop(driver, payloads, MANY_PENDING_MAX)) {
            Talk.Language talks = driver.talks();
            if (talks == null) {
                loop.work(MANY, 1);
                loop.produceOneEach(MANY);
            } else {
                loop.talk(talks, MANY);
            }
            loop.measure(server, settings.warm(), settings.secs(), figures);
        }
    }

    private static void open(
            Driver driver,
            Server server,
            Payloads payloads,
            Settings settings,
            int rate,
            int workers,
            int slots,
            long holdMs,
            Figures figures)
            throws Exception {
        try (OpenLoop loop = new OpenLoop(driver, payloads, CONNECTIONS)) {
            loop.work(workers, slots, holdMs);
            loop.measure(server, rate, settings.warm(), settings.secs(), figures);
        }
    }

    private static void oneByOne(Driver driver, Server server, Payloads payloads, Settings settings, Figures figures)
            throws Exception {
        Histogram trips = new Histogram(3);
        try (Driver.OneByOne one = driver.oneByOne()) {
            go(one, payloads, settings.warm(), new Histogram(trips));
            Meter meter = Meter.start(server.tree());
            go(one, payloads, settings.secs(), trips);
            meter.end(trips.getTotalCount(), figures);
            figures.trips(trips);
        }
    }

    private static void go(Driver.OneByOne one, Payloads payloads, int secs, Histogram trips) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(secs);
        for (long now = System.nanoTime(); now - end < 0; ) {
            one.trip(payloads.next(now));
            long then = System.nanoTime();
            trips.recordValue(then - now);
            now = then;
        }
    }

    /** As many trips as given, for the sync calls that they take; nothing is timed. */
    static double syncsATrip(Driver driver, Server server, Path directory, int trips) throws Exception {
        Payloads payloads = Payloads.of(Long.BYTES);
        try (Driver.OneByOne one = driver.oneByOne()) {
            one.trip(payloads.next(0)); // connections, and what is made with the first task
            try (SyncCalls calls = SyncCalls.count(server.tree(), directory)) {
                for (int i = 0; i < trips; i++) {
                    one.trip(payloads.next(0));
                }
                return (double) calls.stop() / trips;
            }
        }
    }
}
