package io.telpher.client;

import java.util.concurrent.atomic.LongAdder;

/** Counters of one connection's owner. Thread-safe. */
final class Counts {
    private final LongAdder requests = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder resent = new LongAdder();
    private final LongAdder connects = new LongAdder();
    private final LongAdder disconnects = new LongAdder();

    void requested() {
        requests.increment();
    }

    void failed() {
        failed.increment();
    }

    void resent() {
        resent.increment();
    }

    void connected() {
        connects.increment();
    }

    void disconnected() {
        disconnects.increment();
    }

    ClientCounters read(Window window) {
        return new ClientCounters(
                requests.sum(),
                failed.sum(),
                resent.sum(),
                connects.sum(),
                disconnects.sum(),
                window.requestsTaken(),
                window.bytesTaken());
    }
}
