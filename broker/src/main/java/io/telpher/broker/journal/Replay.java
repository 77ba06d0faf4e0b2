package io.telpher.broker.journal;

/** Takes what a journal holds when it is opened. */
@FunctionalInterface
public interface Replay extends RecordHandler {
    /** Told now and then how far reading is. */
    default void progress(long bytesRead, long bytesInAll) {}
}
