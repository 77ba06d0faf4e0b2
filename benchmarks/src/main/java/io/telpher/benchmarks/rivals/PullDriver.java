package io.telpher.benchmarks.rivals;

import java.io.Closeable;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** For clients that ask for tasks: a thread for each connection reserves, handles and acknowledges. */
abstract class PullDriver implements Driver {
    static final long WAIT_MS = 1_000;
    private static final int CLOSE_MS = 5_000;
    private static final int CONFIRM_SECONDS = 30;
    private static final long TRIP_WAIT_MS = 10_000;

    /** @param handle what the ack names */
    record Task(Object handle, byte[] payload) {}

    /** A worker's connection; of one thread. */
    interface Puller extends AutoCloseable {
        /** At least one task, unless none came within the wait. */
        List<Task> reserve(int max, long waitMs) throws Exception;

        /** Returns when the server has confirmed all of them. */
        void ack(List<Task> tasks) throws Exception;
    }

    abstract Puller puller() throws Exception;

    /** Work that takes time holds up its connection in these clients, so each slot is a connection then. */
    @Override
    public AutoCloseable work(Work work) throws Exception {
        boolean holds = work.holdMs() > 0;
        int threads = holds ? work.connections() * work.slots() : work.connections();
        Threads workers = new Threads(work);
        for (int i = 0; i < threads; i++) {
            Puller puller = puller();
            workers.start(puller, () -> pull(puller, holds ? 1 : work.slots(), work));
        }
        return workers;
    }

    private static void pull(Puller puller, int max, Work work) throws Exception {
        List<Task> tasks = puller.reserve(max, WAIT_MS);
        if (tasks.isEmpty()) {
            return;
        }
        for (Task task : tasks) {
            work.sink().started(task.payload());
        }
        if (work.holdMs() > 0) {
            TimeUnit.MILLISECONDS.sleep(work.holdMs());
        }
        puller.ack(tasks);
        work.sink().done(tasks.size());
    }

    @Override
    public OneByOne oneByOne() throws Exception {
        Submitter submitter = submitter();
        Puller puller = puller();
        return new OneByOne() {
            @Override
            public void trip(byte[] payload) throws Exception {
                var confirm = submitter.submit(payload);
                submitter.flush();
                confirm.get(CONFIRM_SECONDS, TimeUnit.SECONDS);
                List<Task> tasks = puller.reserve(1, TRIP_WAIT_MS);
                if (tasks.isEmpty()) {
                    throw new IllegalStateException(
                            "a confirmed task was not delivered within " + TRIP_WAIT_MS + " ms");
                }
                puller.ack(tasks);
            }

            @Override
            public void close() throws Exception {
                submitter.close();
                puller.close();
            }
        };
    }

    /** Threads that each go round with a connection, until all are closed. */
    static final class Threads implements Closeable {
        private final Work work;
        private final List<Thread> threads = new ArrayList<>();
        private final List<AutoCloseable> connections = new ArrayList<>();
        private volatile boolean stopping;

        Threads(Work work) {
            this.work = work;
        }

        /** A round of the loop. */
        interface Round {
            void run() throws Exception;
        }

        void start(AutoCloseable connection, Round round) {
            Thread thread = new Thread(() -> loop(round), "worker-" + threads.size());
            thread.setDaemon(true);
            connections.add(connection);
            threads.add(thread);
            thread.start();
        }

        private void loop(Round round) {
            try {
                while (!stopping) {
                    round.run();
                }
            } catch (InterruptedException | ClosedChannelException e) {
                Thread.currentThread().interrupt(); // ends with the thread
            } catch (Exception e) {
                if (!stopping) {
                    work.sink().failed(e);
                }
            }
        }

        /** The connections too; a round that is under way ends first if it can. */
        @Override
        public void close() {
            stopping = true;
            if (work.holdMs() > 0) {
                threads.forEach(Thread::interrupt); // out of a handler's time; sockets don't hear of it
            }
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MS);
            for (Thread thread : threads) {
                joinUntil(thread, end);
            }
            for (AutoCloseable connection : connections) {
                Closing.quietly(connection);
            }
        }

        private static void joinUntil(Thread thread, long endNanos) {
            try {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
