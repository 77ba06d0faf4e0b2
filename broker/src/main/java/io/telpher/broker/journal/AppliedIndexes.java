package io.telpher.broker.journal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Which place in the agreement's order belongs to which record, coarsely: one entry for many batches. Says up to which place a snapshot covers everything. The partition's
 * thread.
 */
final class AppliedIndexes {
    /** Of one entry; a snapshot is credited with that many less than it covers, at most. */
    private static final int BATCHES_PER_RANGE = 256;

    private static final class Range {
        AgreedLog.Place last;
        long lastSequence;
        int batches;

        Range(AgreedLog.Place last) {
            this.last = last;
        }
    }

    private final Deque<Range> ranges = new ArrayDeque<>();
    private AgreedLog.Place covered = AgreedLog.Place.NONE;

    void applied(AgreedLog.Place place, long lastSequence) {
        Range range = ranges.peekLast();
        if (range == null || range.batches == BATCHES_PER_RANGE) {
            range = new Range(place);
            ranges.add(range);
        }
        range.last = place;
        range.lastSequence = lastSequence;
        range.batches++;
    }

    /** The last place whose records, and all before, a snapshot up to this sequence holds. */
    AgreedLog.Place covered(long sequence) {
        Range first = ranges.peek();
        while (first != null && first.lastSequence <= sequence) {
            covered = first.last;
            ranges.remove();
            first = ranges.peek();
        }
        return covered;
    }
}
