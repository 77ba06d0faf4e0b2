package io.telpher.broker.journal;

import io.telpher.broker.journal.Store.ClosedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** The files that frames are read from, by number. Belongs to the partition's thread. */
final class JournalFiles implements AutoCloseable {
    private static final int READ_BYTES = 4 << 10;

    private final Int2ObjectHashMap<JournalFile> files = new Int2ObjectHashMap<>();
    private final long fileBytes;
    private ReadObserver readObserver = nanos -> {};
    private ByteBuffer readBuffer = allocate(READ_BYTES);

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

    /** See {@link Store#read(long, int)}. */
    ByteBuffer read(long location, int crc) throws IOException {
        long start = System.nanoTime();
        ByteBuffer frame = frameAt(location);
        readObserver.read(System.nanoTime() - start);
        if (Framing.crc(frame, 0, frame.limit()) != crc) {
            throw new CorruptJournalException(
                    file(location).path(),
                    Location.offset(location),
                    "the frame there is not the one that was appended");
        }
        return frame;
    }

    /** What the record's header, right before the frame, says of it. */
    int recordCrc(long location) throws IOException {
        long header = Location.offset(location) - Framing.RECORD_HEADER_BYTES;
        file(location).read(header, readBuffer.clear().limit(Framing.RECORD_HEADER_BYTES));
        return readBuffer.getInt(Framing.RECORD_CRC);
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

    private ByteBuffer frameAt(long location) throws IOException {
        JournalFile file = file(location);
        file.read(Location.offset(location), readBuffer.clear().limit(READ_BYTES));
        int length = readBuffer.position() < Integer.BYTES ? 0 : readBuffer.getInt(0);
        int frameBytes = length + Integer.BYTES;
        if (length <= 0 || length > ChronicleFiles.BATCH_BYTES_MAX - Integer.BYTES) {
            throw new CorruptJournalException(file.path(), Location.offset(location), "no frame starts there");
        }
        if (frameBytes > readBuffer.position()) {
            grow(frameBytes);
            file.read(Location.offset(location) + readBuffer.position(), readBuffer.limit(frameBytes));
        }
        return readBuffer.position(0).limit(frameBytes);
    }

    private void grow(int frameBytes) {
        if (readBuffer.capacity() < frameBytes) {
            readBuffer = allocate(frameBytes).put(readBuffer.flip());
        }
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        for (JournalFile file : files.values()) {
            file.close();
        }
    }
}
