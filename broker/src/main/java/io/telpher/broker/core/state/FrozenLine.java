package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockWriter;

/** A line of sequences as it was at one moment, written piece by piece into a snapshot while the line goes on changing. */
interface FrozenLine {
    /** How long the next piece is; 0 = the end. */
    int next();

    /** Writes the piece of which {@link #next} gave the length. */
    void write(int count, BlockWriter out);

    /** Ends the reading: the rest may be overwritten. */
    void thaw();
}
