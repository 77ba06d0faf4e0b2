package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a journal while a broker writes it, by files that are opened anew: what may be deleted meanwhile is read to the end all the same. Any
 * thread.
 */
public final class JournalReader implements AutoCloseable {
    private static final ChannelOpener READ_ONLY = path -> FileChannel.open(path, StandardOpenOption.READ);

    private final List<JournalFile> files = new ArrayList<>();

    private JournalReader() {}

    public static JournalReader open(Path dataDirectory) throws IOException {
        JournalReader reader = new JournalReader();
        try {
            JournalDirectory directory = new JournalDirectory(dataDirectory, READ_ONLY);
            for (long run : directory.runs()) {
                for (Path path : filesOf(directory, run)) {
                    reader.add(directory, run, path);
                }
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /** None when the last of them went just now, and their folder with it. */
    private static List<Path> filesOf(JournalDirectory directory, long run) throws IOException {
        try {
            return directory.filesOf(run);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** Unless it went just now. */
    private void add(JournalDirectory directory, long run, Path path) throws IOException {
        try {
            files.add(directory.open(JournalDirectory.fileNumber(path), run, path));
        } catch (NoSuchFileException e) {
            // Whether a needed one is missing is for the scan to tell.
        }
    }

    /** Nothing was deleted yet: the first record ever is there, and all behind it. */
    public boolean isWhole() {
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).number() != i + 1) {
                return false;
            }
        }
        return !files.isEmpty();
    }

    /**
     * Hands over the records from the start on.
     *
     * @param last the sequence with which to end; the journal must have handed it out
     */
    public void read(JournalStart start, long last, Replay handler) throws IOException {
        new JournalScanner(files, start, last, handler).scan();
    }

    @Override
    public void close() throws IOException {
        for (JournalFile file : files) {
            file.close();
        }
    }
}
