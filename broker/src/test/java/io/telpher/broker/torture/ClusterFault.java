package io.telpher.broker.torture;

/** What is done to a cluster of three. */
enum ClusterFault {
    /** SIGKILL of the one that leads, then a start. */
    KILL_LEADER(Needs.NOTHING),
    KILL_FOLLOWER(Needs.NOTHING),
    KILL_TWO(Needs.NOTHING),
    KILL_ALL(Needs.NOTHING),
    /** SIGTERM of the one that leads, then a start. */
    TERMINATE(Needs.NOTHING),
    /** One after the other by SIGTERM, the next when it has caught up, the one that leads last. */
    ROLLING_RESTART(Needs.NOTHING),
    /** SIGSTOP for 1 to 15 s. */
    STOP(Needs.NOTHING),
    STEP_DOWN(Needs.NOTHING),
    TRANSFER(Needs.NOTHING),
    /** A disk is emptied: the node must not come back as what it was. Another one is made for it under load. */
    REPLACE(Needs.NOTHING),
    /** A follower comes back with a certificate of another authority: none may talk with it. */
    STRANGER(Needs.NOTHING),
    /** SIGKILL of one to three, and what was not synced is there in part or not. */
    POWER_CUT(Needs.DISK),
    /** No space for some seconds. */
    DISK_FULL(Needs.DISK),
    /** The one that leads reaches clients, and no other node. */
    LEADER_ALONE(Needs.NETWORK),
    /** The one that leads reaches neither. */
    LEADER_GONE(Needs.NETWORK),
    /** What the one that leads sends to the others is lost; it hears them. */
    LEADER_UNHEARD(Needs.NETWORK),
    /** What one of them sends to another one is lost. */
    ONE_WAY(Needs.NETWORK),
    /** No node reaches another. */
    SPLIT(Needs.NETWORK),
    /** Two don't reach each other, and both reach the third. */
    BRIDGE(Needs.NETWORK),
    /** Clients don't reach the one that leads; the others do. */
    CLIENTS_APART(Needs.NETWORK),
    /** Frames between nodes come late. */
    DELAY(Needs.NETWORK_ALL_THE_WHILE),
    /** Frames are lost. */
    LOSS(Needs.NETWORK_ALL_THE_WHILE),
    SLOW_SYNC(Needs.DISK_ALL_THE_WHILE),
    /** Each node's wall clock jumps, either way. */
    CLOCK(Needs.CLOCK_ALL_THE_WHILE);

    private enum Needs {
        NOTHING,
        DISK,
        NETWORK,
        NETWORK_ALL_THE_WHILE,
        DISK_ALL_THE_WHILE,
        CLOCK_ALL_THE_WHILE
    }

    private final Needs needs;

    ClusterFault(Needs needs) {
        this.needs = needs;
    }

    boolean needsNetwork() {
        return needs == Needs.NETWORK || needs == Needs.NETWORK_ALL_THE_WHILE;
    }

    boolean needsFaultyDisk() {
        return needs == Needs.DISK || needs == Needs.DISK_ALL_THE_WHILE;
    }

    boolean needsClock() {
        return needs == Needs.CLOCK_ALL_THE_WHILE;
    }

    /** Goes on beside others; of the others one happens at a time. */
    boolean lasts() {
        return needs.ordinal() >= Needs.NETWORK_ALL_THE_WHILE.ordinal();
    }
}
