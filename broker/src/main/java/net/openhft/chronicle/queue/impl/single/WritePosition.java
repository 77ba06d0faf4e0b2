package net.openhft.chronicle.queue.impl.single;

import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.ref.BinaryTwoLongReference;
import net.openhft.chronicle.queue.ExcerptAppender;

/**
 * Where Chronicle Queue (2026.4) has an appender write next. It keeps that, with the number of the last excerpt, on a file's first page, which each append changes: a second
 * page to write at each sync, in a place of its own on the disk, and another page fault at the next append. Who opens a file that is still written to needs it, or
 * goes on with one after a crash. Both never happen in a journal whose runs have folders of their own.
 *
 * <p>It lies in this package because the appender shows it to no other.
 */
public final class WritePosition {
    private WritePosition() {}

    /** Keeps it in memory from here on, for the file that this appender has open. Only the appender's own thread may call this. */
    public static void keepInMemory(ExcerptAppender appender) {
        BinaryTwoLongReference place = (BinaryTwoLongReference) ((StoreAppender) appender).store.indexing.writePosition;
        long position = place.getVolatileValue();
        long sequence = place.getVolatileValue2();
        place.bytesStore(BytesStore.wrap(new byte[2 * Long.BYTES]), 0, 2 * Long.BYTES);
        place.setVolatileValue(position);
        place.setVolatileValue2(sequence);
    }
}
