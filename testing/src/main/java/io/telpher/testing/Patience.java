package io.telpher.testing;

/** For loops that look until something has happened. */
public final class Patience {
    private Patience() {}

    /**
     * Between two looks.
     *
     * @throws AssertionError when the test's time is over, which only interrupts its thread: the loop would go on
     */
    public static void look() {
        if (Thread.currentThread().isInterrupted()) {
            throw new AssertionError("it did not happen in time");
        }
        Thread.onSpinWait();
    }
}
