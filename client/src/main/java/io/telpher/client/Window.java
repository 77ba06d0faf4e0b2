package io.telpher.client;

import java.util.concurrent.Semaphore;

/** What may be under way at once on one connection: so many requests, so many bytes of them. Thread-safe. */
final class Window {
    static final int REQUESTS_MAX = 16_384;
    static final int BYTES_MAX = 64 << 20;

    private final Semaphore requests = new Semaphore(REQUESTS_MAX);
    private final Semaphore bytes = new Semaphore(BYTES_MAX);

    /** Waits for room. */
    void take(int frameBytes) {
        requests.acquireUninterruptibly();
        bytes.acquireUninterruptibly(frameBytes);
    }

    /** False when there is no room now. */
    boolean tryTake(int frameBytes) {
        if (!requests.tryAcquire()) {
            return false;
        }
        boolean room = bytes.tryAcquire(frameBytes);
        if (!room) {
            requests.release();
        }
        return room;
    }

    void giveBack(int frameBytes) {
        bytes.release(frameBytes);
        requests.release();
    }
}
