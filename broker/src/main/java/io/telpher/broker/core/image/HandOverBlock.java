package io.telpher.broker.core.image;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.HandOvers;

/** Hand-overs in a snapshot: the first entry says how many numbers were given and what was taken from each partition, given to it and settled with it, then one entry for each one owed. */
final class HandOverBlock {
    private static final int OWED_BYTES = 32;
    private static final byte HEAD = 0;
    private static final byte OWED = 1;

    private HandOverBlock() {}

    static void write(HandOvers handOvers, BlockWriter out) {
        if (handOvers.isTrivial()) {
            return;
        }
        long[] taken = handOvers.taken();
        out.entry(1 + Integer.BYTES + Long.BYTES + 3 * taken.length * Long.BYTES);
        out.u8(HEAD).i64(handOvers.lastNumber()).i32(taken.length).longs(taken);
        out.longs(handOvers.given()).longs(handOvers.settled());
        for (HandOvers.Owed owed : handOvers.owed()) {
            out.entry(1 + OWED_BYTES);
            out.u8(OWED).i64(owed.number()).i32(owed.target()).i64(owed.location());
            out.i32(owed.bytes()).i64(owed.maker());
        }
        out.flush();
    }

    static void read(HandOvers handOvers, BlockReader in) {
        while (in.hasMore()) {
            if (in.u8() == OWED) {
                handOvers.restore(new HandOvers.Owed(in.i64(), in.i32(), in.i64(), in.i32(), in.i64()));
                continue;
            }
            handOvers.restore(in.i64());
            int partitions = in.count(3 * Long.BYTES);
            if (partitions != handOvers.taken().length) {
                throw new DamagedSnapshotException(
                        "this is of one of " + partitions + " partitions, not " + handOvers.taken().length);
            }
            in.longs(handOvers.taken());
            in.longs(handOvers.given());
            in.longs(handOvers.settled());
        }
    }
}
