package io.telpher.broker.memory;

/**
 * Whether the heap can hold what a start reads: seen early enough to say how much would do, instead of ending for want of memory without a word of it.
 * A full collection that leaves the heap nearly full is proof that it can't.
 */
public final class StartHeap {
    private static final double FULL = 0.95;
    private static final LongLived HEAP = LongLived.ofHeap();

    /** What is read last needs more than its share: it becomes live while what it is read into grows. */
    private static final double SPARE = 1.3;

    private static final long STEP_MIB = 64;
    private static final long BYTES_A_MIB = 1 << 20;

    private StartHeap() {}

    /**
     * Cheap, but not for each record.
     *
     * @param done of {@code all}, in any unit
     * @throws HeapTooSmallException when it can't
     */
    public static void check(long done, long all) {
        LongLived.Left left = HEAP.lastLeft();
        if (left != null) {
            check(left, done, all);
        }
    }

    static void check(LongLived.Left collected, long done, long all) {
        if (collected.isAtLeast(FULL)) {
            long heap = Runtime.getRuntime().maxMemory();
            double left = done <= 0 || all <= done ? 1 : (double) all / done;
            long wanted = (long) (heap * left * SPARE) / BYTES_A_MIB;
            throw new HeapTooSmallException(
                    heap / BYTES_A_MIB,
                    (wanted / STEP_MIB + 1) * STEP_MIB,
                    all <= 0 ? 0 : Math.min(99, done * 100 / all));
        }
    }
}
