package io.telpher.broker.sim;

/** What a seed may have in store. */
enum Fault {
    POWER_CUT,
    CUT_IN_A_WRITE,
    KILL,
    CLEAN_STOP,
    SYNC_ERROR,
    UNREADABLE,
    LOW_SPACE,
    NO_SPACE,
    SPACE_AGAIN,
    SLOW_SYNC,
    CUT_IN_RECOVERY,
    CLOCK_JUMP,
    DAMAGE,
    LOST_CONNECTION;

    /** It happens by itself; the others colour what else happens. */
    boolean isEvent() {
        return ordinal() <= SPACE_AGAIN.ordinal();
    }
}
