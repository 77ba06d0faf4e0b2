package io.telpher.broker.partition.query;

import java.util.function.LongSupplier;

/** How much looking fits into one piece: by what is read and by how long it takes, whichever is spent first. Numbers of tasks say little: one may have an error of 8 KiB on a cold page. */
public final class ScanBudget {
    /** Cost of a look at a task's row. */
    private static final int ROW_BYTES = 64;

    /** Looks that read nothing from the journal between two looks at the clock. */
    private static final int ROWS_PER_CLOCK = 32;

    private final LongSupplier nanoTime;
    private final long nanosMax;
    private final long bytesMax;
    private long endNanos;
    private long bytesLeft;
    private int rows;
    private boolean spent;

    public ScanBudget(LongSupplier nanoTime, long nanosMax, long bytesMax) {
        this.nanoTime = nanoTime;
        this.nanosMax = nanosMax;
        this.bytesMax = bytesMax;
    }

    public void begin() {
        endNanos = nanoTime.getAsLong() + nanosMax;
        bytesLeft = bytesMax;
        rows = 0;
        spent = false;
    }

    /**
     * For a look at one task.
     *
     * @param bytesRead from the journal
     * @return whether there may be another in this piece
     */
    public boolean spend(long bytesRead) {
        return spend(1, bytesRead);
    }

    /** Takes the cost of {@code looks} rows and {@code bytesRead} from the budget; false = it is used up. */
    public boolean spend(int looks, long bytesRead) {
        bytesLeft -= bytesRead + (long) looks * ROW_BYTES;
        rows += looks;
        if (bytesRead > 0 || rows >= ROWS_PER_CLOCK) {
            rows = 0;
            spent |= nanoTime.getAsLong() - endNanos >= 0;
        }
        spent |= bytesLeft <= 0;
        return !spent;
    }

    public boolean isSpent() {
        return spent;
    }
}
