package io.telpher.broker.partition;

/** What clients may hold of the broker, in all and each: one for all partitions. Thread-safe. */
public final class ClientShares {
    public static final int PARKED_MAX_DEFAULT = 200_000;
    public static final int PERCENT_DEFAULT = 25;
    private static final int ALL_PERCENT = 100;

    /** Purges of a partition with many tasks, which go on for a while. */
    private static final int PURGES_MAX = 1_000;

    /** Who waits to hear of a snapshot. */
    private static final int SNAPSHOTS_MAX = 1_000;

    private final Shares parked;
    private final Shares replays;
    private final Shares purges;
    private final Shares snapshots;
    private final Shares lookBacks;

    /**
     * @param parkedMax {@code limits.max_parked}
     * @param percent {@code limits.client_share}: of each limit that one principal may take
     * @param partitions what one client asks for may be asked of each
     */
    public ClientShares(int parkedMax, int percent, int partitions) {
        this.parked = of("parked requests", parkedMax, percent);
        this.replays = of("replays and discards", ReplayRuns.RUNNING_MAX * partitions, percent);
        this.purges = of("purges", PURGES_MAX, percent);
        this.snapshots = of("requests for a snapshot", SNAPSHOTS_MAX * partitions, percent);
        this.lookBacks = of("look-backs for histories", LookBackPlan.LOOK_BACKS_MAX, percent);
    }

    /** Of one partition by itself. */
    static ClientShares byDefault() {
        return new ClientShares(PARKED_MAX_DEFAULT, PERCENT_DEFAULT, 1);
    }

    /** Of one session, half of what its principal may have. */
    ParkingLimits parking() {
        return new ParkingLimits(parked, Math.max(1, parked.perPrincipalMax() / 2));
    }

    Shares replays() {
        return replays;
    }

    Shares purges() {
        return purges;
    }

    Shares snapshots() {
        return snapshots;
    }

    Shares lookBacks() {
        return lookBacks;
    }

    private static Shares of(String what, int max, int percent) {
        return new Shares(what, max, Math.max(1, (int) ((long) max * percent / ALL_PERCENT)));
    }
}
