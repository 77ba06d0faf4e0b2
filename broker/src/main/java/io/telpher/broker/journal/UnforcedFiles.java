package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The journal's files that have bytes no force covered. Rolled on by the partition's thread; forced by one thread at a time, which may be another.
 */
final class UnforcedFiles implements SyncThread.Force {
    private final List<JournalFile> retired = new ArrayList<>();
    private JournalFile current;
    private @Nullable Path unforcedFolder;

    UnforcedFiles(JournalFile current) {
        this.current = current;
    }

    /** The file before is complete: it is forced once more and left. */
    synchronized void rolledTo(JournalFile file, Path folder) {
        retired.add(current);
        unforcedFolder = folder;
        current = file;
    }

    /** Forces every file that something was appended to before the call. Must not be called again after a failure. */
    @Override
    public void run() throws IOException {
        List<JournalFile> files = new ArrayList<>();
        Path folder = take(files);
        for (JournalFile file : files) {
            file.force();
        }
        if (folder != null) {
            DurableFile.force(folder);
        }
    }

    private synchronized @Nullable Path take(List<JournalFile> files) {
        files.addAll(retired);
        retired.clear();
        files.add(current);
        Path folder = unforcedFolder;
        unforcedFolder = null;
        return folder;
    }
}
