package io.telpher.broker.journal;

import java.nio.file.Path;

/**
 * How a journal is opened.
 *
 * @param directory the data directory; the journal takes it for itself
 * @param fileBytes a file that would grow beyond this is followed by a new one
 * @param wakeUp called from the sync thread when there may be something to poll
 */
public record JournalOptions(Path directory, SyncPolicy syncPolicy, long fileBytes, Runnable wakeUp) {
    public static final long FILE_BYTES_DEFAULT = 64L << 20;
}
