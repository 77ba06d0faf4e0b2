package io.telpher.broker.journal;

import java.nio.file.Path;

/** Takes what is left of a damaged journal, in the order written. */
public interface RemainsHandler extends RecordHandler {
    /** {@link Record#sequence} of an intact record whose batch does not say any more which one it was. */
    long UNKNOWN = 0;

    /**
     * Something is missing here, before the record that comes next.
     *
     * @param bytes that are damaged, or 0 when they are not there at all
     * @param due the number of the first record that is missing
     */
    void missing(Path file, long offset, long bytes, long due);

    /** Told now and then how far the walk is. */
    default void read(long bytes, long all) {}
}
