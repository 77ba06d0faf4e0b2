package io.telpher.client;

import java.util.concurrent.CountDownLatch;

/** Waiting in a fake broker's script, which throws nothing. */
final class Interruptions {
    private Interruptions() {}

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
