package io.telpher.broker.partition.salvage;

import io.telpher.broker.journal.JournalCut;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes copies of partitions fit that were taken one after the other. What a copy has of a hand-over that the other copy does not know of was written
 * after the copying began: so that end is taken off, which may leave the other copy with too much, until all fit. What was confirmed before the copying
 * began stays: at that moment they did fit, and nothing older than that is ever taken off.
 */
public final class HandOverCut {
    private HandOverCut() {}

    /**
     * One step of it, for all partitions.
     *
     * @param copy a directory that no broker uses
     * @param trails of the partitions of the copy as it is now, by their numbers
     * @return false: nothing could be done
     */
    public static boolean cut(PartitionLayout copy, List<HandOverTrail> trails) throws IOException {
        List<HandOverCheck.Standing> standings = trails.stream()
                .map(trail -> HandOverCheck.Standing.of(trail.partition()))
                .toList();
        boolean wasCut = false;
        for (int i = 0; i < trails.size(); i++) {
            boolean isAhead = false;
            long first = Long.MAX_VALUE;
            HandOverCheck.Standing own = standings.get(i);
            for (int other = 0; other < trails.size(); other++) {
                long given = standings.get(other).given().get(i);
                if (own.taken().get(other) > given) {
                    isAhead = true;
                    first = Math.min(first, trails.get(i).takenAbove(other, given));
                }
                long taken = standings.get(other).taken().get(i);
                if (own.settled().get(other) > taken) {
                    isAhead = true;
                    first = Math.min(first, trails.get(i).settledAbove(other, taken));
                }
            }
            wasCut |= isAhead && cut(copy, i, first);
        }
        return wasCut;
    }

    /** @param location 0: the newest snapshot is too new already */
    private static boolean cut(PartitionLayout copy, int number, long location) throws IOException {
        Path directory = copy.directory(number);
        SnapshotStore snapshots = new SnapshotStore(directory, copy.placement(number));
        if (location == 0) {
            if (snapshots.newestFirst().size() < 2) {
                return false;
            }
            snapshots.deleteNewest();
            return true;
        }
        long firstGone = JournalCut.before(directory, location);
        while (snapshots.newestNamed() >= firstGone) {
            snapshots.deleteNewest();
        }
        return true;
    }
}
