package io.telpher.broker.memory;

import java.util.concurrent.atomic.AtomicLong;

/** A number of bytes that many users share. Thread-safe. */
public final class BufferRoom {
    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();

    public BufferRoom(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Takes all of it or, when there is not so much left, nothing: false. */
    public boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    public void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    public long takenBytes() {
        return taken.get();
    }
}
