package io.telpher.broker.journal;

import java.nio.file.Path;

/** Bytes that were once synced are not what they were. */
public final class CorruptJournalException extends JournalException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final long offset;

    CorruptJournalException(Path file, long offset, String what) {
        super("TQ-2001 the journal is damaged: " + file + " at offset " + offset + ": " + what
                + ". Nothing was changed. Look at it with `tq journal verify`, check the disk, restore a copy; without one,"
                + " `tq journal salvage` copies what is intact into a new directory.");
        this.file = file.toString();
        this.offset = offset;
    }

    public String file() {
        return file;
    }

    /** Of the first byte that can't be trusted. */
    public long offset() {
        return offset;
    }
}
