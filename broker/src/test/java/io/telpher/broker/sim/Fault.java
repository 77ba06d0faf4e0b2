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
    CLOCK_JUMP,
    SLOW_SYNC,
    CUT_IN_RECOVERY,
    DAMAGE,
    LOST_CONNECTION;

    /** It happens by itself; the others colour what else happens. */
    boolean isEvent() {
        return ordinal() <= CLOCK_JUMP.ordinal();
    }
}
