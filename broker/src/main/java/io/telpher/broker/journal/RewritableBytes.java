package io.telpher.broker.journal;

import java.io.IOException;

/** A file's bytes that recovery may have to bring to the disk anew. */
interface RewritableBytes extends JournalBytes {
    /** Writes these bytes as they are, so that the next force brings them to the disk whatever the kernel believes of them. */
    void writeAgain(long from, long to) throws IOException;
}
