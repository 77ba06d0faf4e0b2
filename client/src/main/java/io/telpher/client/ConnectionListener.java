package io.telpher.client;

/**
 * Hears of the client's connection to the broker, on the callback executor, so it may block. Workers have connections of their own and are not told of here.
 *
 * <pre>{@code
 * Telpher.builder(url).listener(new ConnectionListener() {
 *     public void disconnected(String reason) {
 *         alerts.raise("no broker: " + reason);
 *     }
 * }).connect();
 * }</pre>
 */
public interface ConnectionListener {
    /** Hears nothing. */
    ConnectionListener NONE = new ConnectionListener() {};

    /** @param address of the broker, without the token */
    default void connected(String address) {}

    /** @param reason in words, for people */
    default void disconnected(String reason) {}
}
