package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** One file's bytes, as recovery sees them: of a real file, or of a simulated disk. */
interface JournalBytes {
    /** Goes on over all runs. */
    int number();

    /** Of the run that wrote it. */
    long run();

    /** For messages. */
    Path path();

    /** How much {@link #map} gives. */
    long length() throws IOException;

    /** All of it, little endian; whoever calls must not write. */
    ByteBuffer map() throws IOException;
}
