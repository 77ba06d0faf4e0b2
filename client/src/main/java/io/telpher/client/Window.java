package io.telpher.client;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Limits the requests under way on one connection, by number and by bytes. A request larger than the limit of bytes goes alone. Thread-safe. */
final class Window {
    private final Semaphore requests;
    private final Semaphore bytes;
    private final int requestsMax;
    private final int bytesMax;

    Window(int requestsMax, long bytesMax) {
        this.requestsMax = requestsMax;
        this.requests = new Semaphore(requestsMax);
        this.bytesMax = (int) bytesMax;
        this.bytes = new Semaphore(this.bytesMax);
    }

    private int share(int frameBytes) {
        return Math.min(frameBytes, bytesMax);
    }

    /**
     * Waits for room, at most so long.
     *
     * @return false when there was none
     * @throws InterruptedException with nothing taken
     */
    boolean take(int frameBytes, long nanosMax) throws InterruptedException {
        long endNanos = System.nanoTime() + nanosMax;
        if (!requests.tryAcquire(nanosMax, TimeUnit.NANOSECONDS)) {
            return false;
        }
        boolean room = false;
        try {
            room = bytes.tryAcquire(share(frameBytes), endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            return room;
        } finally {
            if (!room) {
                requests.release();
            }
        }
    }

    /** False when there is no room now. */
    boolean tryTake(int frameBytes) {
        if (!requests.tryAcquire()) {
            return false;
        }
        boolean room = bytes.tryAcquire(share(frameBytes));
        if (!room) {
            requests.release();
        }
        return room;
    }

    void giveBack(int frameBytes) {
        bytes.release(share(frameBytes));
        requests.release();
    }

    int requestsTaken() {
        return requestsMax - requests.availablePermits();
    }

    long bytesTaken() {
        return bytesMax - (long) bytes.availablePermits();
    }
}
