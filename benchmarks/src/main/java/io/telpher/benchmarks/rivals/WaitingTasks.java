package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** W4: many tasks wait, the server is killed, and comes back: what they take, how long a worker waits, and that none is gone. */
final class WaitingTasks {
    private static final int CONNECTIONS = 4;
    private static final int WINDOW = 256;
    private static final int FILL_MINUTES = 10;
    private static final int BACK_SECONDS = 120;

    /** The worker's task stays in its hands until all is counted. */
    private static final long HOLD_MS = TimeUnit.MINUTES.toMillis(1);

    private static final long LOOK_MS = 20;
    private static final int COUNTS = 100;

    private final Rival rival;
    private final Path directory;
    private final Settings settings;

    WaitingTasks(Rival rival, Path directory, Settings settings) {
        this.rival = rival;
        this.directory = directory;
        this.settings = settings;
    }

    void run(Figures figures) throws Exception {
        long before;
        try (Server server = rival.start(directory)) {
            try (Driver driver = rival.connect(server)) {
                driver.prepare();
                fill(driver, server, figures);
                before = settled(driver, settings.tasks());
            }
            if (before < settings.tasks()) {
                throw new IllegalStateException(
                        "of " + settings.tasks() + " confirmed tasks the server counts " + before);
            }
            figures.put(Figure.RSS_MIB, server.tree().pssBytes() / (1 << 20));
            figures.put(Figure.DISK_MIB, bytes(directory) / (double) (1 << 20));
            server.kill();
        }
        long start = System.nanoTime();
        try (Server server = rival.start(directory)) {
            Driver driver = firstTask(server, start, figures);
            try (driver) {
                // The worker's own task is leased, or ready again as its connection closed.
                long after = settled(driver, before - 1);
                figures.put(Figure.LOST, (double) Math.max(0, before - 1 - after));
            }
        }
    }

    private void fill(Driver driver, Server server, Figures figures) throws Exception {
        Payloads payloads = Payloads.of(settings.payloadBytes());
        Semaphore room = new Semaphore(CONNECTIONS * WINDOW);
        Trouble trouble = new Trouble();
        Driver.Submitter[] submitters = new Driver.Submitter[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            submitters[i] = driver.submitter();
        }
        Meter meter = Meter.start(server.tree());
        for (int i = 0; i < settings.tasks(); i++) {
            if (!room.tryAcquire()) {
                flush(submitters);
                acquire(room, 1);
            }
            submitters[i % CONNECTIONS].submit(payloads.next(0)).whenComplete((answer, refused) -> {
                if (refused != null) {
                    trouble.add(refused);
                }
                room.release();
            });
        }
        flush(submitters);
        acquire(room, CONNECTIONS * WINDOW);
        meter.end(settings.tasks(), figures);
        trouble.requireNone();
        for (Driver.Submitter submitter : submitters) {
            submitter.close();
        }
    }

    private static void acquire(Semaphore room, int confirms) throws InterruptedException {
        if (!room.tryAcquire(confirms, FILL_MINUTES, TimeUnit.MINUTES)) {
            throw new IllegalStateException("no confirm within " + FILL_MINUTES + " minutes");
        }
    }

    private static void flush(Driver.Submitter... submitters) throws Exception {
        for (Driver.Submitter submitter : submitters) {
            submitter.flush();
        }
    }

    /** Some servers count with a delay, or give leased tasks back with one. */
    private static long settled(Driver driver, long expected) throws Exception {
        long waiting = driver.waiting();
        for (int i = 0; i < COUNTS && waiting < expected; i++) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            waiting = driver.waiting();
        }
        return waiting;
    }

    /** Some servers listen before they serve, so a worker that is refused comes again. */
    private Driver firstTask(Server server, long startNanos, Figures figures) throws Exception {
        while (true) {
            Driver driver = rival.connect(server);
            try {
                CompletableFuture<Void> first = new CompletableFuture<>();
                AutoCloseable worker = driver.work(new Driver.Work(1, 1, HOLD_MS, new FirstTask(first)));
                try {
                    first.get(BACK_SECONDS, TimeUnit.SECONDS);
                    figures.put(Figure.FIRST_RESERVE_SECONDS, (System.nanoTime() - startNanos) / 1e9);
                    return driver;
                } finally {
                    worker.close();
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                driver.close();
                if (System.nanoTime() - startNanos > TimeUnit.SECONDS.toNanos(BACK_SECONDS)) {
                    throw new IllegalStateException(
                            "no task came within " + BACK_SECONDS + " s of the restart; the last answer: " + e, e);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
        }
    }

    /** The first of a worker's tasks, or why it gets none. */
    private record FirstTask(CompletableFuture<Void> came) implements Driver.Sink {
        @Override
        public void started(byte[] payload) {
            came.complete(null);
        }

        @Override
        public void done(int tasks) {}

        @Override
        public void failed(Throwable cause) {
            came.completeExceptionally(cause);
        }
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(WaitingTasks::size)
                    .sum();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0; // the server has just deleted it
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
