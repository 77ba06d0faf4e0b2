package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A journal in a directory that is this process's own, before anything is appended to it: what earlier runs left is read with {@link #replay}, then
 * {@link #open} begins a run of its own. Belongs to one thread.
 */
public final class ClosedJournal implements AutoCloseable {
    private final JournalOptions options;
    private final JournalDirectory directory;
    private final DirectoryLock lock;
    private final Thread warmUp;
    private @Nullable Recovered recovered;
    private boolean isOpened;

    private ClosedJournal(JournalOptions options, JournalDirectory directory, DirectoryLock lock) {
        this.options = options;
        this.directory = directory;
        this.lock = lock;
        this.warmUp = ChronicleFiles.warmUp(directory);
    }

    /** @throws JournalException when another process uses the directory */
    public static ClosedJournal take(JournalOptions options) throws IOException {
        return take(options, ChannelOpener.DISK);
    }

    static ClosedJournal take(JournalOptions options, ChannelOpener opener) throws IOException {
        Files.createDirectories(options.directory());
        return new ClosedJournal(
                options, new JournalDirectory(options.directory(), opener), DirectoryLock.take(options.directory()));
    }

    /**
     * Hands every record from the start on to {@code replay}, and makes sure that all of it is on the disk.
     *
     * @throws CorruptJournalException when something that was synced is damaged; nothing was changed
     */
    public void replay(JournalStart start, Replay replay) throws IOException {
        recovered = Recovered.from(directory, start, replay);
    }

    /** Begins a run that goes on where the last one ended; after {@link #replay}. The directory is the journal's from here on. */
    public ChronicleJournal open() throws IOException {
        Recovered found = recovered;
        if (found == null) {
            throw new IllegalStateException("a journal that was not read");
        }
        try {
            warmUp.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException("TQ-2008 interrupted while opening the journal", e);
        }
        ChronicleJournal journal = ChronicleJournal.begin(options, lock, directory, found);
        isOpened = true;
        return journal;
    }

    /** Gives the directory back, unless it was opened. */
    @Override
    public void close() throws IOException {
        if (!isOpened) {
            List<JournalFile> files = recovered == null ? List.of() : recovered.files();
            for (JournalFile file : files) {
                file.close();
            }
            lock.close();
        }
    }
}
