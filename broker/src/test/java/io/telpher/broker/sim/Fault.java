package io.telpher.broker.sim;

/** What a seed may have in store. */
enum Fault {
    POWER_CUT,
    CUT_IN_A_WRITE,
    KILL,
    CLEAN_STOP,
    CUT_IN_RECOVERY,
    SYNC_ERROR,
    SLOW_SYNC,
    LOW_SPACE,
    NO_SPACE,
    CLOCK_JUMP,
    DAMAGE,
    LOST_CONNECTION
}
