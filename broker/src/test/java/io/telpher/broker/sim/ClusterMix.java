package io.telpher.broker.sim;

/** A seed's own cluster: how many machines, their clocks, their links, and what happens to them. */
final class ClusterMix {
    private static final long HOUR_MS = 3_600_000;
    private static final int[] FILE_BYTES = {4 << 10, 16 << 10, 64 << 10};
    private static final int[] FAULT_ONE_IN = {25, 60, 150};
    private static final int[] SNAPSHOT_ONE_IN = {15, 60, 250};
    /** Batches here have some hundred bytes: none waits, some do, or all. Where none does, more are void. */
    private static final int[] BATCH_BYTES_MIN = {0, 0, 0, 500, 64 << 10};

    private static final int[] LOOK_CYCLES = {5, 12, 40};

    final long seed;
    final int nodes;
    final int fileBytes;
    final int faultOneIn;
    final int snapshotOneIn;
    /** How often a node looks whether it leads; a notice may take twice as long. */
    final int lookCycles;

    /** See {@link io.telpher.broker.journal.AgreedLog.Agreement#batchBytesMin}. */
    final int batchBytesMin;

    /** How late a leader hears that a proposal failed. */
    final int failCycles;

    final int lossPercent;
    final int delayTicks;
    /** Proposals: before so many of them all nodes hash their states. */
    final int checksOneIn;

    private final boolean hasSkew;
    private final boolean hasDrift;
    // until peace comes
    int losesOneIn;
    int doublesOneIn;
    int interruptsOneIn;
    int cutsAtBeginOneIn;

    ClusterMix(long seed) {
        Dice dice = new Dice(seed * 91 + 3);
        this.seed = seed;
        this.nodes = dice.oneIn(3) ? 5 : 3;
        this.fileBytes = FILE_BYTES[dice.below(FILE_BYTES.length)];
        this.faultOneIn = FAULT_ONE_IN[dice.below(FAULT_ONE_IN.length)];
        this.snapshotOneIn = SNAPSHOT_ONE_IN[dice.below(SNAPSHOT_ONE_IN.length)];
        this.lossPercent = dice.oneIn(2) ? 0 : dice.below(15);
        this.delayTicks = dice.below(4);
        this.hasSkew = dice.percent(60);
        this.hasDrift = dice.percent(60);
        this.lookCycles = LOOK_CYCLES[dice.below(LOOK_CYCLES.length)];
        this.failCycles = dice.oneIn(2) ? 5 : 30;
        this.checksOneIn = 4 + of(0, 4).below(40);
        this.batchBytesMin = BATCH_BYTES_MIN[of(0, 5).below(BATCH_BYTES_MIN.length)];
        war(dice);
    }

    private void war(Dice dice) {
        losesOneIn = dice.oneIn(3) ? 0 : 20 + dice.below(80);
        doublesOneIn = dice.oneIn(2) ? 0 : 5 + dice.below(30);
        interruptsOneIn = dice.oneIn(3) ? 0 : 10 + dice.below(200);
        cutsAtBeginOneIn = dice.oneIn(2) ? 0 : 4;
    }

    /** Faults end, or begin anew. */
    void peace(boolean begins) {
        if (begins) {
            losesOneIn = 0;
            doublesOneIn = 0;
            interruptsOneIn = 0;
            cutsAtBeginOneIn = 0;
        } else {
            war(new Dice(seed * 13 + 7));
        }
    }

    private Dice of(int number, int what) {
        return new Dice(Dice.mix(seed * 1_009 + number) + what);
    }

    /** By how much its steady clock is too fast. */
    double drift(int number) {
        return hasDrift ? (of(number, 1).below(2_001) - 1_000) / 1_000.0 * AgreedOrder.DRIFT_MAX : 0;
    }

    /** What its steady clock shows when the story begins. */
    long bornNanos(int number) {
        return of(number, 2).below(1 << 30) * 1_000L;
    }

    long wallErrorMs(int number) {
        return hasSkew ? wallErrorMs(of(number, 3)) : 0;
    }

    /** Right, wrong by a little, or by up to an hour. */
    static long wallErrorMs(Dice dice) {
        return switch (dice.below(4)) {
            case 0 -> 0;
            case 1 -> dice.below(2_000) - 1_000;
            default -> dice.below((int) (2 * HOUR_MS)) - HOUR_MS;
        };
    }

    boolean hasSkew() {
        return hasSkew;
    }

    @Override
    public String toString() {
        return nodes + " nodes, files of " + fileBytes + " bytes, a fault in " + faultOneIn + " steps, a snapshot in "
                + snapshotOneIn + ", links that lose " + lossPercent + " % and take up to " + delayTicks
                + " ticks, proposals lost " + losesOneIn + " doubled " + doublesOneIn + " interrupted "
                + interruptsOneIn + (hasSkew ? ", clocks apart" : "") + (hasDrift ? ", clocks that drift" : "");
    }
}
