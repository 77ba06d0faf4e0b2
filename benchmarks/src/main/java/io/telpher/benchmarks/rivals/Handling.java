package io.telpher.benchmarks.rivals;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** For clients that are called with tasks: what a worker does with each of them, and how long it holds it. */
final class Handling implements AutoCloseable {
    private final Driver.Work work;
    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);

    Handling(Driver.Work work) {
        this.work = work;
    }

    /** Of one task. */
    interface Ack {
        void send() throws Exception;
    }

    /** A task has come; its ack goes at once, or when the handler would have ended. */
    void came(byte[] payload, Ack ack) {
        work.sink().started(payload);
        if (work.holdMs() == 0) {
            done(ack);
        } else {
            timer.schedule(() -> done(ack), work.holdMs(), TimeUnit.MILLISECONDS);
        }
    }

    private void done(Ack ack) {
        try {
            ack.send();
            work.sink().done(1);
        } catch (Exception e) {
            work.sink().failed(e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
