package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Takes the end off a copied journal: what is left is what a disk may hold of a broker that ended earlier. */
public final class JournalCut {
    private JournalCut() {}

    /**
     * Removes the batch that holds a record, and all behind it.
     *
     * @param dataDirectory of a copy that nobody uses
     * @param location of the record
     * @return the first record that is gone
     * @throws JournalException when no batch is there
     */
    public static long before(Path dataDirectory, long location) throws IOException {
        List<JournalFile> files = new JournalDirectory(dataDirectory, ChannelOpener.DISK).open();
        try {
            long firstGone = 0;
            for (JournalFile file : files) {
                if (file.number() == Location.file(location)) {
                    firstGone = cut(file, Location.offset(location));
                } else if (file.number() > Location.file(location)) {
                    Files.delete(file.path());
                    DurableFile.force(file.path().resolveSibling("").toAbsolutePath());
                }
            }
            if (firstGone == 0) {
                throw new JournalException("TQ-4004 there is no batch at " + location + " in " + dataDirectory);
            }
            return firstGone;
        } finally {
            for (JournalFile file : files) {
                file.close();
            }
        }
    }

    private static long cut(JournalFile file, long offset) throws IOException {
        ByteBuffer bytes = file.map();
        int batch = JournalScanner.NOTHING;
        int next = JournalScanner.nextHeader(bytes, 0);
        while (next != JournalScanner.NOTHING && next < offset) {
            batch = next;
            next = JournalScanner.nextHeader(bytes, next + Framing.BATCH_HEADER_BYTES);
        }
        if (batch == JournalScanner.NOTHING) {
            return 0;
        }
        long first = bytes.getLong(batch + Framing.BATCH_FIRST_PLACE);
        try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            channel.truncate(batch);
            channel.force(true);
        }
        return first;
    }
}
