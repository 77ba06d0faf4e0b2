package io.telpher.broker.journal;

import io.telpher.broker.journal.Store.ClosedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** The files that frames are read from, by number. Belongs to the partition's thread. */
final class JournalFiles implements AutoCloseable {
    private final Int2ObjectHashMap<JournalFile> files = new Int2ObjectHashMap<>();
    private final ReadAhead ahead = new ReadAhead();
    private final long fileBytes;
    private ReadObserver readObserver = nanos -> {};

    /** @param fileBytes where a file ends, but for a single batch that is larger */
    JournalFiles(long fileBytes) {
        this.fileBytes = fileBytes;
    }

    void add(JournalFile file) {
        files.put(file.number(), file);
    }

    boolean isKept(long location) {
        return files.containsKey(Location.file(location));
    }

    /** All but this one. */
    List<ClosedFile> closed(int current) {
        List<ClosedFile> closed = new ArrayList<>();
        for (JournalFile file : files.values()) {
            if (file.number() != current) {
                closed.add(new ClosedFile(file.number(), file.bytesWhenClosed(fileBytes)));
            }
        }
        return closed;
    }

    /** Nothing is read from it any more; whoever asked closes and deletes it. */
    JournalFile remove(int number) {
        JournalFile file = files.remove(number);
        if (file == null) {
            throw new IllegalStateException("journal file " + number + " is not there");
        }
        return file;
    }

    void onRead(ReadObserver observer) {
        readObserver = observer;
    }

    /** A frame could not be read. */
    void unreadable() {
        readObserver.unreadable();
    }

    /** A batch that ends there was written to the file. */
    void wrote(int number, long end) {
        ahead.wrote(number, end);
    }

    /** See {@link Store#read(long, int)}. */
    ByteBuffer read(long location, int crc) throws IOException {
        JournalFile file = file(location);
        ByteBuffer frame = frameAt(file, Location.offset(location));
        if (Framing.crc(frame, 0, frame.limit()) != crc) {
            throw new CorruptJournalException(
                    file.path(), Location.offset(location), "the frame there is not the one that was appended");
        }
        return frame;
    }

    /** What the record's header, right before the frame, says of it. */
    int recordCrc(long location) throws IOException {
        long crc = Location.offset(location) - Framing.RECORD_HEADER_BYTES + Framing.RECORD_CRC;
        JournalFile file = file(location);
        require(file, crc, Integer.BYTES);
        return ahead.available(crc) < Integer.BYTES ? 0 : ahead.intAt(crc);
    }

    Path path(long location) {
        return file(location).path();
    }

    private JournalFile file(long location) {
        JournalFile file = files.get(Location.file(location));
        if (file == null) {
            throw new JournalException("TQ-2005 journal file " + Location.file(location) + " is not there any more");
        }
        return file;
    }

    private ByteBuffer frameAt(JournalFile file, long offset) throws IOException {
        require(file, offset, Integer.BYTES);
        int length = ahead.available(offset) < Integer.BYTES ? 0 : ahead.intAt(offset);
        int frameBytes = length + Integer.BYTES;
        if (length <= 0 || length > ChronicleFiles.BATCH_BYTES_MAX - Integer.BYTES) {
            throw new CorruptJournalException(file.path(), offset, "no frame starts there");
        }
        require(file, offset, frameBytes);
        return ahead.at(offset, Math.min(frameBytes, ahead.available(offset)));
    }

    private void require(JournalFile file, long offset, int bytes) throws IOException {
        if (!ahead.holds(file, offset, bytes)) {
            long start = System.nanoTime();
            ahead.read(file, offset, bytes);
            readObserver.read(System.nanoTime() - start);
        }
    }

    @Override
    public void close() throws IOException {
        for (JournalFile file : files.values()) {
            file.close();
        }
    }
}
