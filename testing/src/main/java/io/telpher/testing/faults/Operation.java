package io.telpher.testing.faults;

/**
 * One record of the log that {@code powerloss.c} writes.
 *
 * @param number counts from 1
 * @param file identity of the file that a change of content or a sync is about, 0 for names
 * @param offset of a write; the new size of a truncate or growth; of a finished sync the number of the record at which it began
 * @param length bytes written
 * @param dataAt where in the log the bytes are
 * @param path from the root, with a leading slash; empty for contents
 * @param second the new name of a rename
 */
record Operation(Kind kind, long number, long file, long offset, int length, long dataAt, String path, String second) {
    enum Kind {
        EXISTING_FILE('f'),
        EXISTING_DIRECTORY('m'),
        CREATE('C'),
        MKDIR('M'),
        UNLINK('U'),
        RMDIR('D'),
        RENAME('R'),
        WRITE('W'),
        ZEROS('Z'),
        TRUNCATE('T'),
        GROW('G'),
        SYNC_BEGINS('b'),
        SYNCED('S'),
        SYNC_FAILED('E'),
        DIRECTORY_SYNCED('N');

        final char code;

        Kind(char code) {
            this.code = code;
        }

        static Kind of(byte code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalStateException("unknown record " + code + " in the log");
        }
    }
}
