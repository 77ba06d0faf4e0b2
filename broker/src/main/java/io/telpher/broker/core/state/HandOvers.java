package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.table.Invariant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * What this partition owes to others, and how far it has taken what others owe it. Together with numbers that only grow this makes a hand-over
 * happen once: it is owed from the record that decides it until the other partition has it on its disk, it may be handed over any number of times
 * meanwhile, and the other one takes only numbers above the last.
 */
public final class HandOvers {
    /** Moves the numbers on at each start, so that none is given again that a power cut made this partition forget. */
    private static final int TERM_SHIFT = 32;

    private final Placement placement;
    private final Deque<Owed> owed = new ArrayDeque<>();
    private final long[] taken;
    /** By target, the last number that it was given and the last that it has. */
    private final long[] given;

    private final long[] settled;
    private long lastNumber;

    /**
     * Tasks for queues of another partition.
     *
     * @param location of the ACK or SUBMIT_BATCH that holds them
     * @param bytes of that frame
     * @param maker in whose name queues are made that are missing, see {@link QueueMakers}
     */
    public record Owed(long number, int target, long location, int bytes, long maker) {}

    HandOvers(Placement placement) {
        this.placement = placement;
        this.taken = new long[placement.partitions()];
        this.given = new long[placement.partitions()];
        this.settled = new long[placement.partitions()];
    }

    /** In the order decided. */
    public Iterable<Owed> owed() {
        return owed;
    }

    /** The hand-overs of this frame, when it is the last that any was made for; else none. */
    public List<Owed> owedLastFor(long location) {
        List<Owed> found = new ArrayList<>();
        Iterator<Owed> newestFirst = owed.descendingIterator();
        while (newestFirst.hasNext()) {
            Owed each = newestFirst.next();
            if (each.location() != location) {
                break;
            }
            found.add(each);
        }
        return found;
    }

    /** Owes the tasks of a frame that belong to the target; returns the number. */
    public long owe(int target, long location, int bytes, long maker) {
        owed.add(new Owed(++lastNumber, target, location, bytes, maker));
        given[target] = lastNumber;
        return lastNumber;
    }

    /** The target has it. Nothing when that was known. */
    public void settle(long number) {
        // Near the front: they are settled about in the order in which they were decided.
        for (Iterator<Owed> oldestFirst = owed.iterator(); oldestFirst.hasNext(); ) {
            Owed each = oldestFirst.next();
            if (each.number() == number) {
                oldestFirst.remove();
                settled[each.target()] = Math.max(settled[each.target()], number);
                return;
            }
        }
    }

    /** False: it was taken before. */
    public boolean take(int source, long number) {
        Invariant.check(
                source >= 0 && source < taken.length && source != placement.partition(),
                "a hand-over from a partition that there is not");
        if (number <= taken[source]) {
            return false;
        }
        taken[source] = number;
        return true;
    }

    void newTerm(long term) {
        if (placement.partitions() > 1) {
            lastNumber = Math.max(lastNumber, term << TERM_SHIFT);
        }
    }

    /** The last number under which the target was given something; 0 = nothing ever. */
    public long given(int target) {
        return given[target];
    }

    /** The last number of which is known that the target has it. */
    public long settled(int target) {
        return settled[target];
    }

    /** The last number that was taken from the source. */
    public long taken(int source) {
        return taken[source];
    }

    // ---- for snapshots

    public boolean isTrivial() {
        return placement.partitions() == 1;
    }

    public long lastNumber() {
        return lastNumber;
    }

    public long[] taken() {
        return taken;
    }

    public long[] given() {
        return given;
    }

    public long[] settled() {
        return settled;
    }

    public void restore(long last) {
        lastNumber = last;
    }

    public void restore(Owed each) {
        owed.add(each);
    }
}
