package io.telpher.broker.core.time;

import io.telpher.broker.core.table.Invariant;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Deadlines in a hierarchical timing wheel. A wheel has 64 slots, each a list of timers; its level says which six bits of a deadline choose the slot: a slot of
 * level 0 is a millisecond, one of level 1 has 64 of them, one of level 4 is 4.7 hours, one of level 7 is 139 years. A word of bits tells which slots are filled.
 *
 * <p>The wheels form a radix tree over the bits of (deadline, key): eight levels of six bits for the deadline, and beneath them eight for the key, which orders
 * timers of one millisecond. So the first timer is the lowest deadline, and of equal ones the lowest key, whatever the order in which they were added.
 * Invariant: all timers below a wheel have the bits above its level in common. Levels in which these bits do not differ have no wheel, as in a Patricia tree.
 *
 * <p>There is no hand. A slot stands for an absolute time, so the wheel need not be told the time, and a clock that is set forward or back moves nothing. The
 * tree is refined only where that is needed: a slot <em>cascades</em> into a wheel of its own when it is the first one and its list is long and not in order, or when
 * its list exceeds {@link #LIST_MAX}; a short list that comes first is sorted where it is. So the first deadline is known to the millisecond, a cascade moves
 * at most {@link #LIST_MAX} timers, and timers far ahead stay where they were put.
 *
 * <p>Adding a timer looks at each wheel on its way, mostly one or two and 16 at most, and writes to the end of a list; removing it does the same. A timer cascades at
 * most once a level. The caller of {@link #add} keeps the timer's number and removes the timer by it.
 */
public final class TimerWheel {
    public static final int NONE = TimerNodes.NONE;

    /** A list that becomes longer cascades: what a single call may take is bounded by it. */
    static final int LIST_MAX = 4096;

    /** A shorter list that comes first is put in order where it is. */
    static final int SORTED_MAX = 64;

    private static final int DIGIT_BITS = 6;
    private static final int SLOTS = 1 << DIGIT_BITS;
    private static final int DIGIT_MASK = SLOTS - 1;
    /** Levels below it belong to the key, the others to the deadline. */
    private static final int KEY_LEVELS = 8;

    private static final int LEVELS = 2 * KEY_LEVELS;
    private static final int WHEEL_BYTES = 900;
    private static final int SPARES_MAX = 16;

    private final TimerNodes nodes = new TimerNodes();
    /** Above all levels: it has a single slot. */
    private final Wheel root = new Wheel();

    /** The first of all; {@link #NONE} when that is to be looked for. */
    private int first = NONE;

    /** Empty wheels to be used again, linked by {@link Wheel#outer}. */
    private @Nullable Wheel spares;

    private int spareCount;
    private int wheels;
    private long steps;
    private final int[] sorted = new int[SORTED_MAX];

    private static final class Wheel {
        int level = LEVELS;

        @Nullable
        Wheel outer;

        int outerSlot;

        /** Of any that was here: all have the bits above the level in common. */
        long deadlineMs;

        long key;

        // A bit for each slot.
        long filled;
        /** Slots that cascaded. */
        long finer;
        /** Slots whose lists are not in order. */
        long disordered;

        final int[] head = new int[SLOTS];
        final int[] tail = new int[SLOTS];
        final int[] count = new int[SLOTS];

        @Nullable
        Wheel @Nullable [] inner;

        Wheel inner(int slot) {
            return Invariant.present(inner == null ? null : inner[slot], "a slot that did not cascade");
        }

        int slotOf(long ofDeadlineMs, long ofKey) {
            return digit(level, ofDeadlineMs, ofKey);
        }
    }

    public int size() {
        return nodes.size();
    }

    public boolean isEmpty() {
        return nodes.size() == 0;
    }

    /** Timers moved or compared and wheels passed since the start, for tests of what a call costs. */
    public long steps() {
        return steps;
    }

    /** Bytes of the heap, about. */
    public long bytes() {
        return nodes.bytes() + (long) wheels * WHEEL_BYTES;
    }

    /**
     * Enters a timer.
     *
     * @param deadlineMs of those before 1970 none is earlier than another, nor of those after the year 10000
     * @param key from 0, below 2^48; no two timers have both in common
     * @return its number until it is taken out
     */
    public int add(long deadlineMs, long key) {
        Invariant.check(key >= 0 && key < TimerNodes.LIMIT, "a key out of range");
        long kept = Math.max(0, Math.min(deadlineMs, TimerNodes.LIMIT - 1));
        boolean isOnly = isEmpty();
        int node = nodes.take(kept, key);
        enter(node, kept, key);
        if (isOnly || first != NONE && nodes.isBefore(node, first)) {
            first = node;
        }
        return node;
    }

    public void remove(int timer) {
        Invariant.check(!nodes.isFree(timer), "removal of a timer that is not there");
        long deadlineMs = nodes.deadlineMs(timer);
        long key = nodes.key(timer);
        Wheel wheel = root;
        int slot = root.slotOf(deadlineMs, key);
        while ((wheel.finer & 1L << slot) != 0) {
            steps++;
            wheel = wheel.inner(slot);
            slot = wheel.slotOf(deadlineMs, key);
        }
        unlink(wheel, slot, timer);
        nodes.free(timer);
        if (timer == first) {
            first = NONE;
        }
    }

    /** The timer that is due first; there must be one. */
    public int first() {
        if (first == NONE) {
            Invariant.check(!isEmpty(), "the first timer of none");
            first = look();
        }
        return first;
    }

    public long firstDeadlineMs() {
        return nodes.deadlineMs(first());
    }

    public long firstKey() {
        return nodes.key(first());
    }

    public long deadlineMs(int timer) {
        return nodes.deadlineMs(timer);
    }

    public long key(int timer) {
        return nodes.key(timer);
    }

    /** Shows all, in no order that means something. */
    public void forEach(IntConsumer each) {
        forEach(root, each);
    }

    private void forEach(Wheel wheel, IntConsumer each) {
        for (long left = wheel.filled; left != 0; left &= left - 1) {
            int slot = Long.numberOfTrailingZeros(left);
            if ((wheel.finer & 1L << slot) != 0) {
                forEach(wheel.inner(slot), each);
                continue;
            }
            for (int node = wheel.head[slot]; node != NONE; node = nodes.next(node)) {
                each.accept(node);
            }
        }
    }

    private int look() {
        Wheel wheel = root;
        while (true) {
            steps++;
            int slot = Long.numberOfTrailingZeros(wheel.filled);
            long bit = 1L << slot;
            if ((wheel.finer & bit) != 0) {
                wheel = wheel.inner(slot);
            } else if ((wheel.disordered & bit) != 0 && wheel.count[slot] > SORTED_MAX) {
                wheel = cascade(wheel, slot);
            } else {
                if ((wheel.disordered & bit) != 0) {
                    sort(wheel, slot);
                }
                return wheel.head[slot];
            }
        }
    }

    private void enter(int node, long deadlineMs, long key) {
        Wheel wheel = root;
        int slot = root.slotOf(deadlineMs, key);
        while ((wheel.finer & 1L << slot) != 0) {
            steps++;
            Wheel inner = wheel.inner(slot);
            int differs = topDifference(inner.deadlineMs, inner.key, deadlineMs, key);
            wheel = differs > inner.level ? between(wheel, slot, inner, differs) : inner;
            slot = wheel.slotOf(deadlineMs, key);
        }
        append(wheel, slot, node);
        if (wheel.count[slot] > LIST_MAX) {
            cascade(wheel, slot);
        }
    }

    private void append(Wheel wheel, int slot, int node) {
        nodes.next(node, NONE);
        long bit = 1L << slot;
        if ((wheel.filled & bit) == 0) {
            wheel.filled |= bit;
            wheel.head[slot] = node;
            wheel.count[slot] = 0;
            nodes.previous(node, NONE);
        } else {
            int last = wheel.tail[slot];
            if (nodes.isBefore(node, last)) {
                wheel.disordered |= bit;
            }
            nodes.next(last, node);
            nodes.previous(node, last);
        }
        wheel.tail[slot] = node;
        wheel.count[slot]++;
    }

    private void unlink(Wheel wheel, int slot, int node) {
        int before = nodes.previous(node);
        int behind = nodes.next(node);
        if (before == NONE) {
            wheel.head[slot] = behind;
        } else {
            nodes.next(before, behind);
        }
        if (behind == NONE) {
            wheel.tail[slot] = before;
        } else {
            nodes.previous(behind, before);
        }
        if (--wheel.count[slot] == 0) {
            clear(wheel, slot);
        }
    }

    /** The slot is empty, and with it perhaps the wheel, and that one's slot. */
    private void clear(Wheel emptyIn, int emptySlot) {
        Wheel wheel = emptyIn;
        int slot = emptySlot;
        while (true) {
            long others = ~(1L << slot);
            wheel.filled &= others;
            wheel.finer &= others;
            wheel.disordered &= others;
            if (wheel.inner != null) {
                wheel.inner[slot] = null;
            }
            Wheel outer = wheel.outer;
            if (wheel.filled != 0 || outer == null) {
                return;
            }
            slot = wheel.outerSlot;
            retire(wheel);
            wheel = outer;
        }
    }

    /** The list goes to a wheel of the coarsest level in which it differs. */
    private Wheel cascade(Wheel wheel, int slot) {
        int head = wheel.head[slot];
        long deadlineMs = nodes.deadlineMs(head);
        long key = nodes.key(head);
        int level = -1;
        for (int node = nodes.next(head); node != NONE; node = nodes.next(node)) {
            level = Math.max(level, topDifference(deadlineMs, key, nodes.deadlineMs(node), nodes.key(node)));
        }
        Invariant.check(level >= 0 && level < wheel.level, "two timers of one deadline and key");
        Wheel finer = put(wheel, slot, level, deadlineMs, key);
        for (int node = head; node != NONE; ) {
            int next = nodes.next(node);
            append(finer, finer.slotOf(nodes.deadlineMs(node), nodes.key(node)), node);
            steps++;
            node = next;
        }
        return finer;
    }

    /** Between a slot and its wheel, since one comes that has not all in common with what is in that. */
    private Wheel between(Wheel outer, int slot, Wheel inner, int level) {
        Wheel wheel = put(outer, slot, level, inner.deadlineMs, inner.key);
        hang(wheel, wheel.slotOf(inner.deadlineMs, inner.key), inner);
        return wheel;
    }

    private Wheel put(Wheel outer, int slot, int level, long deadlineMs, long key) {
        Wheel wheel = spares;
        if (wheel == null) {
            wheel = new Wheel();
        } else {
            spares = wheel.outer;
            spareCount--;
        }
        wheels++;
        wheel.level = level;
        wheel.deadlineMs = deadlineMs;
        wheel.key = key;
        hang(outer, slot, wheel);
        return wheel;
    }

    private static void hang(Wheel outer, int slot, Wheel wheel) {
        long bit = 1L << slot;
        outer.filled |= bit;
        outer.finer |= bit;
        outer.disordered &= ~bit;
        if (outer.inner == null) {
            outer.inner = new Wheel[SLOTS];
        }
        outer.inner[slot] = wheel;
        wheel.outer = outer;
        wheel.outerSlot = slot;
    }

    private void retire(Wheel wheel) {
        wheels--;
        wheel.outer = null;
        if (spareCount < SPARES_MAX) {
            wheel.outer = spares;
            spares = wheel;
            spareCount++;
        }
    }

    /** By insertion: mostly few are out of their place. */
    private void sort(Wheel wheel, int slot) {
        int count = 0;
        for (int node = wheel.head[slot]; node != NONE; node = nodes.next(node)) {
            int at = count++;
            while (at > 0 && nodes.isBefore(node, sorted[at - 1])) {
                sorted[at] = sorted[at - 1];
                at--;
                steps++;
            }
            sorted[at] = node;
            steps++;
        }
        for (int i = 0; i < count; i++) {
            nodes.previous(sorted[i], i == 0 ? NONE : sorted[i - 1]);
            nodes.next(sorted[i], i == count - 1 ? NONE : sorted[i + 1]);
        }
        wheel.head[slot] = sorted[0];
        wheel.tail[slot] = sorted[count - 1];
        wheel.disordered &= ~(1L << slot);
    }

    private static int digit(int level, long deadlineMs, long key) {
        long bits = level < KEY_LEVELS ? key >>> level * DIGIT_BITS : deadlineMs >>> (level - KEY_LEVELS) * DIGIT_BITS;
        return (int) bits & DIGIT_MASK;
    }

    /** The coarsest level in which they lie in different slots; -1 when there is none. */
    private static int topDifference(long deadlineMs, long key, long otherMs, long otherKey) {
        long difference = deadlineMs ^ otherMs;
        if (difference != 0) {
            return KEY_LEVELS + topBit(difference) / DIGIT_BITS;
        }
        return key == otherKey ? -1 : topBit(key ^ otherKey) / DIGIT_BITS;
    }

    private static int topBit(long bits) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(bits);
    }
}
