package io.telpher.broker.journal;

import io.telpher.broker.memory.BufferBudget;
import java.nio.file.Path;

/**
 * How a journal is opened.
 *
 * @param directory the data directory; the journal takes it for itself
 * @param fileBytes a file that would grow beyond this is followed by a new one
 * @param wakeUp called from the sync thread when there may be something to poll
 * @param journals how many this process writes on the same disk: they share its memory
 */
public record JournalOptions(Path directory, SyncPolicy syncPolicy, long fileBytes, Runnable wakeUp, int journals) {
    public static final long FILE_BYTES_DEFAULT = 64L << 20;

    /** For the only one. */
    public JournalOptions(Path directory, SyncPolicy syncPolicy, long fileBytes, Runnable wakeUp) {
        this(directory, syncPolicy, fileBytes, wakeUp, 1);
    }

    /** Appended and not yet polled; beyond it {@link Log#append} answers {@link Log#BACK_PRESSURED}. */
    long inFlightBytesMax() {
        return BufferBudget.IN_FLIGHT_BYTES_MAX / journals;
    }
}
