package io.telpher.broker.core.queue;

/** Why a lease ends unless its worker resumes it by EXTEND before. */
public enum Grace {
    /** Its worker is there, or its end is not tied to a connection. */
    NONE,
    /** The worker's connection closed. */
    DISCONNECT,
    /** The broker started again; the worker's connection ended with its last run. */
    RESTART;

    private static final Grace[] BY_CODE = values();

    public static Grace of(int code) {
        return BY_CODE[code];
    }
}
