package io.telpher.broker.core.state;

/** How the last attempt of a task ended, and so where the text or result that goes with it is found. */
public enum LastOutcome {
    /** No attempt has ended yet. */
    NONE,
    /** The worker's error: read the NACK frame at the task's outcome location. */
    NACKED,
    /** Done: read the ACK frame at the task's outcome location. */
    ACKED,
    /** No text: the lease ran out. */
    LEASE_RAN_OUT("the lease ran out"),
    /** No text: the worker's connection closed. */
    CONNECTION_CLOSED("the worker's connection closed"),
    /** Its payload could not be read: read the PAYLOAD_UNREADABLE frame at the task's outcome location. */
    UNREADABLE;

    private static final LastOutcome[] BY_CODE = values();

    private final String text;
    private final long fingerprint;

    LastOutcome() {
        this("");
    }

    LastOutcome(String text) {
        this.text = text;
        this.fingerprint = Fingerprint.hash(text);
    }

    /** The error when it has no frame; empty when it has one, or none. */
    public String text() {
        return text;
    }

    /** There is an error, and it is in the frame at the task's outcome location. */
    public boolean hasErrorFrame() {
        return this == NACKED || this == UNREADABLE;
    }

    /** {@link Fingerprint#hash} of {@link #text}. */
    long fingerprint() {
        return fingerprint;
    }

    static LastOutcome of(int code) {
        return BY_CODE[code];
    }
}
