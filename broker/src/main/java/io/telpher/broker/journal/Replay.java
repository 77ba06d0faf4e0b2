package io.telpher.broker.journal;

import java.io.IOException;

/** Takes what a journal holds when it is opened. */
@FunctionalInterface
public interface Replay extends RecordHandler {
    /** Asked once, when the directory is taken and before anything in it is read. */
    default JournalStart start() throws IOException {
        return JournalStart.BEGINNING;
    }

    /** What the journal has to reach to: the number of a record that is known to have been kept. */
    default long leastSequence() {
        return 0;
    }

    /** Told now and then how far reading is. */
    default void progress(long bytesRead, long bytesInAll) {}
}
