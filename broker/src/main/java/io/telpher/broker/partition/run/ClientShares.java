package io.telpher.broker.partition.run;

import io.telpher.broker.core.state.Waiters;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.session.ParkingLimits;
import io.telpher.broker.partition.session.Shares;
import java.util.List;

/** Limits of the things that clients hold, in all and each: one for all partitions. Thread-safe. */
public final class ClientShares {
    private static final int ALL_PERCENT = 100;

    /** Purges of a partition with many tasks, which go on for a while. */
    private static final int PURGES_MAX = 1_000;

    /** Limit of the requests that wait for a snapshot. */
    private static final int SNAPSHOTS_MAX = 1_000;

    /** Requests that a node has handed to the one that leads, most of which wait for something there. */
    private static final int FORWARDED_MAX = 4_096;

    /** Questions that a node answers from what it has applied, whichever leads. */
    private static final int STALE_READS_MAX = 4_096;

    private final int percent;
    private final Shares connections;
    private final Shares httpConnections;
    private final Shares parked;
    private final Shares reserves;
    private final Shares replays;
    private final Shares purges;
    private final Shares snapshots;
    private final Shares lookBacks;
    private final Shares forwarded;
    private final Shares staleReads;

    /**
     * How much there is.
     *
     * @param percent of each limit that one principal may take, but of connections
     * @param connections of each port
     * @param connectionsPerPrincipal of each port
     * @param parked requests
     * @param reserves that wait in the core, or are under way to it
     * @param partitions what one client asks for may be asked of each
     */
    public record Sizes(
            int percent, int connections, int connectionsPerPrincipal, int parked, int reserves, int partitions) {}

    public ClientShares(Sizes sizes) {
        int partitions = sizes.partitions();
        this.percent = sizes.percent();
        this.connections = new Shares("connections", sizes.connections(), sizes.connectionsPerPrincipal());
        this.httpConnections = new Shares("HTTP connections", sizes.connections(), sizes.connectionsPerPrincipal());
        this.parked = of("parked requests", sizes.parked());
        this.reserves = of("waiting reserves", sizes.reserves());
        this.replays = of("replays and discards", ReplayRuns.RUNNING_MAX * partitions);
        this.purges = of("purges", PURGES_MAX);
        this.snapshots = of("requests for a snapshot", SNAPSHOTS_MAX * partitions);
        this.lookBacks = of("look-backs for histories", HistoryReplayPlan.LOOK_BACKS_MAX);
        this.forwarded = of("forwarded requests", FORWARDED_MAX);
        this.staleReads = of("stale reads", STALE_READS_MAX);
    }

    /** Of one partition by itself. */
    public static ClientShares byDefault() {
        return new ClientShares(new Sizes(25, 1, 1, 200_000, Waiters.WAITERS_MAX, 1));
    }

    private Shares of(String what, int max) {
        return new Shares(what, max, Math.max(1, (int) ((long) max * percent / ALL_PERCENT)));
    }

    /** All of them, for the metrics. */
    public List<Shares> all() {
        return List.of(
                connections,
                httpConnections,
                parked,
                reserves,
                replays,
                purges,
                snapshots,
                lookBacks,
                forwarded,
                staleReads);
    }

    /** The partition leads no more: nothing that was asked of it is held any longer. Connections are given back as they close. */
    public void leadershipEnded() {
        List.of(parked, reserves, replays, purges, snapshots, lookBacks).forEach(Shares::giveBackAll);
    }

    /** Of the binary protocol, which have said who they are. */
    public Shares connections() {
        return connections;
    }

    /** Each for one that it brings requests of. */
    public Shares httpConnections() {
        return httpConnections;
    }

    /** Over HTTP, to the node that leads. */
    public Shares forwarded() {
        return forwarded;
    }

    /** Over HTTP, answered by a node that need not lead. */
    public Shares staleReads() {
        return staleReads;
    }

    /** Of one session, half of what its principal may have. */
    public ParkingLimits parking() {
        return new ParkingLimits(parked, Math.max(1, parked.perPrincipalMax() / 2));
    }

    public Shares reserves() {
        return reserves;
    }

    public Shares replays() {
        return replays;
    }

    public Shares purges() {
        return purges;
    }

    public Shares snapshots() {
        return snapshots;
    }

    public Shares lookBacks() {
        return lookBacks;
    }
}
