package io.telpher.broker.core.table;

import io.telpher.broker.core.snapshot.BlockWriter;

/** A line of sequences as it was at one moment, written piece by piece into a snapshot, or hashed, while the line goes on changing. */
public interface FrozenLine {
    /** How long the next piece is; 0 = the end. */
    public int next();

    /** Writes the piece of which {@link #next} gave the length. */
    public void write(int count, BlockWriter out);

    /** Adds the piece of which {@link #next} gave the length to a hash, instead of writing it. */
    public long hash(int count, long hash);

    /** Ends the reading: the rest may be overwritten. */
    public void thaw();
}
