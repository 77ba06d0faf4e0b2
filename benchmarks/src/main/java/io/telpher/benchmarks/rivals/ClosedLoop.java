package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** As much as goes: a producer's next submit waits only for its window, and for few enough tasks to be pending. */
final class ClosedLoop implements AutoCloseable {
    private static final int LOOK_MS = 100;
    private static final int CONFIRMS_SECONDS = 10;
    private static final int JOIN_MS = 15_000;

    private final Driver driver;
    private final Payloads payloads;
    private final Semaphore pending;
    private final LongAdder confirmed = new LongAdder();
    private final LongAdder handled = new LongAdder();
    private final Latencies confirms = new Latencies();
    private final Trouble trouble = new Trouble();
    private final List<Thread> producers = new ArrayList<>();
    private final Queue<Driver.Submitter> paused = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> submitters = new ArrayList<>();
    private @Nullable AutoCloseable workers;

    /** @param pendingMax tasks that may be submitted and not handled */
    ClosedLoop(Driver driver, Payloads payloads, int pendingMax) {
        this.driver = driver;
        this.payloads = payloads;
        this.pending = new Semaphore(pendingMax);
    }

    void work(int connections, int slots) throws Exception {
        workers = driver.work(new Driver.Work(connections, slots, 0, new Handled()));
    }

    private final class Handled implements Driver.Sink {
        @Override
        public void started(byte[] payload) {}

        @Override
        public void done(int tasks) {
            handled.add(tasks);
            pending.release(tasks);
            goOn();
        }

        @Override
        public void failed(Throwable cause) {
            trouble.add(cause);
        }
    }

    /** Producers and workers, as many of each, with one request under way on each connection. */
    void talk(Talk.Language language, int each) throws Exception {
        Crowd crowd = new Crowd(language, trouble::add);
        workers = crowd;
        Talk.Confirms confirms = new Talk.Confirms() {
            @Override
            public boolean hasRoom() {
                return pending.tryAcquire();
            }

            @Override
            public byte[] payload(long nowNanos) {
                return payloads.next(nowNanos);
            }

            @Override
            public void confirmed(long submittedNanos) {
                ClosedLoop.this.confirmed(submittedNanos, null);
            }
        };
        for (int i = 0; i < each; i++) {
            crowd.add(language.producer(confirms));
            crowd.add(language.worker(new Handled()));
        }
        crowd.begin();
    }

    /** A thread for each producer, which sends what is buffered before it waits. */
    void produce(int connections, int window) throws Exception {
        for (int i = 0; i < connections; i++) {
            Driver.Submitter submitter = driver.submitter();
            Thread thread = new Thread(() -> produce(submitter, window), "producer-" + i);
            thread.setDaemon(true);
            producers.add(thread);
        }
        producers.forEach(Thread::start);
    }

    private void produce(Driver.Submitter submitter, int window) {
        Semaphore room = new Semaphore(window);
        try {
            while (!trouble.isOver()) {
                if (acquired(room, submitter) && acquired(pending, submitter)) {
                    long now = System.nanoTime();
                    submitter.submit(payloads.next(now)).whenComplete((answer, refused) -> {
                        confirmed(now, refused);
                        room.release();
                    });
                }
            }
            submitter.flush();
            room.tryAcquire(window, CONFIRMS_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            trouble.add(e);
        }
        Closing.quietly(submitter);
    }

    /** Until it is, or all is over. */
    private boolean acquired(Semaphore semaphore, Driver.Submitter submitter) throws Exception {
        if (semaphore.tryAcquire()) {
            return true;
        }
        submitter.flush();
        while (!trouble.isOver()) {
            if (semaphore.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS)) {
                return true;
            }
        }
        return false;
    }

    private void confirmed(long submittedNanos, @Nullable Throwable refused) {
        if (refused == null) {
            confirmed.increment();
            confirms.record(submittedNanos);
        } else {
            trouble.add(refused);
        }
    }

    /** Many connections with one submit under way each: the confirm of one sends the next, so no thread waits. */
    void produceOneEach(int connections) throws Exception {
        for (int i = 0; i < connections; i++) {
            submitters.add(driver.submitter());
        }
        for (AutoCloseable each : submitters) {
            next((Driver.Submitter) each);
        }
    }

    /** Submits, or waits in line until a task has been handled. */
    private void next(Driver.Submitter submitter) {
        if (trouble.isOver()) {
            return;
        }
        if (!pending.tryAcquire()) {
            paused.add(submitter); // as many tasks as may be are pending, so one is handled yet
            return;
        }
        submit(submitter);
    }

    private void goOn() {
        while (!paused.isEmpty() && pending.tryAcquire()) {
            Driver.Submitter next = paused.poll();
            if (next == null) {
                pending.release();
            } else {
                submit(next);
            }
        }
    }

    private void submit(Driver.Submitter submitter) {
        try {
            long now = System.nanoTime();
            submitter.submit(payloads.next(now)).whenComplete((answer, refused) -> {
                confirmed(now, refused);
                if (refused == null) {
                    next(submitter);
                }
            });
            submitter.flush();
        } catch (Exception e) {
            trouble.add(e);
        }
    }

    /** Tasks so far: handled where there are workers, confirmed otherwise. */
    long done() {
        return counted().sum();
    }

    private LongAdder counted() {
        return workers == null ? confirmed : handled;
    }

    void measure(Server server, int warm, int secs, Figures figures) throws Exception {
        TimeUnit.SECONDS.sleep(warm);
        LongAdder counted = counted();
        long from = System.nanoTime();
        confirms.window(from, from + TimeUnit.SECONDS.toNanos(secs));
        long tasksBefore = counted.sum();
        long confirmedBefore = confirmed.sum();
        Meter meter = Meter.start(server.tree());
        TimeUnit.SECONDS.sleep(secs);
        awaitOne(counted, tasksBefore);
        meter.end(counted.sum() - tasksBefore, figures);
        if (workers != null) {
            double seconds = (System.nanoTime() - from) / 1e9;
            figures.put(Figure.SUBMIT_RATE, (confirmed.sum() - confirmedBefore) / seconds);
        }
        figures.confirms(confirms.histogram());
        trouble.requireNone();
    }

    /** A window lasts until it has a task, on a machine however slow; but no longer than a minute. */
    private static void awaitOne(LongAdder counted, long before) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (counted.sum() == before && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Override
    public void close() throws Exception {
        trouble.over();
        for (Thread producer : producers) {
            producer.join(JOIN_MS);
        }
        submitters.forEach(Closing::quietly);
        AutoCloseable running = workers;
        if (running != null) {
            running.close();
        }
    }
}
