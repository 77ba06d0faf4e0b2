package io.telpher.client;

/**
 * Of a client's connection to the broker.
 *
 * <pre>{@code
 * if (telpher.state() != ConnectionState.CONNECTED) {
 *     showBanner("orders are taken, but not worked on yet");
 * }
 * }</pre>
 */
public enum ConnectionState {
    /** There is none; it is being made, or made anew. Requests wait for it, until their timeout. */
    CONNECTING,
    /** The broker has said welcome. */
    CONNECTED,
    /** By {@link Telpher#close}. */
    CLOSED
}
