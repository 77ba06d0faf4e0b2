package io.telpher.client;

/** How an attempt ended, as the client tells the broker. */
enum Outcome {
    COMPLETED,
    FAILED,
    DEAD_LETTERED,
    RELEASED,
    /** Not reported, or refused by the broker. */
    UNCOUNTED
}
