package io.telpher.broker.journal;

/**
 * Is told of each read of what was appended: payloads to be delivered, results, errors. One read may serve many frames. Called by the partition's
 * thread: be quick.
 */
@FunctionalInterface
public interface ReadObserver {
    void read(long nanos);

    /** A frame could not be read, or is not what was appended. */
    default void unreadable() {}
}
