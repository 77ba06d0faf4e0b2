package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** How the journal gets at a file's bytes; tests put a disk that fails in its place. */
@FunctionalInterface
interface ChannelOpener {
    /** For writing too, also where only reading is wanted: some systems force only what was opened so. */
    ChannelOpener DISK = path -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);

    /** Opens a file that is there, for reading and writing. */
    FileChannel open(Path path) throws IOException;
}
