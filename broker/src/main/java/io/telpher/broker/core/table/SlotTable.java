package io.telpher.broker.core.table;

import io.telpher.broker.core.hash.HashKey;
import org.jspecify.annotations.Nullable;

/**
 * A hash index of entries that lie in numbered slots elsewhere, by the 64-bit hash of their names. Open addressing with linear probing, never more than half full.
 * The high bits of a hash choose one of many small tables (segments), the low bits the place in it, so growing copies one small table and is no pause. A table
 * holds slot numbers only; the hash of an entry is read from where the entry lies. Two entries may have the same hash: {@link #first} and {@link #next} show
 * all of them, and the caller compares names.
 *
 * <p>Invariant of probing: between the place that an entry's hash chooses and the place where it lies there is no gap. A removal keeps it without tombstones: the
 * entries behind the hole, up to the next gap, are inserted again.
 *
 * <p>The hash must be keyed ({@link HashKey}) wherever clients choose the names: otherwise names can be made up that all lie in one run.
 */
public final class SlotTable {
    public static final int NONE = -1;

    private static final int TABLE_MIN = 4;

    /** The hash of what lies in a slot. */
    public interface Hashes {
        long of(int slot);
    }

    private final int segmentBits;
    private final Hashes hashes;
    /** Slot + 1, 0 = free. */
    private final int[] @Nullable [] tables;

    private final int[] counts;
    private int count;
    private long looks;

    private int[] probed = new int[1];
    private int at;
    private long wanted;

    /** @param segmentBits from 1: there are two to the power of it small tables */
    public SlotTable(int segmentBits, Hashes hashes) {
        this.segmentBits = segmentBits;
        this.hashes = hashes;
        this.tables = new int[1 << segmentBits][];
        this.counts = new int[1 << segmentBits];
    }

    public int count() {
        return count;
    }

    /** Places looked at since the start, for tests of what a search costs. */
    public long looks() {
        return looks;
    }

    /** The first slot with this hash, {@link #NONE} when there is none; {@link #next} shows the others. */
    public int first(long hash) {
        int[] table = tables[segment(hash)];
        if (table == null) {
            return NONE;
        }
        probed = table;
        wanted = hash;
        at = start(hash, table);
        return seek();
    }

    /** The next slot with the hash that {@link #first} was asked for; nothing may have been added or removed since. */
    public int next() {
        at = at + 1 & probed.length - 1;
        return seek();
    }

    private int seek() {
        while (probed[at] != 0) {
            looks++;
            int slot = probed[at] - 1;
            if (hashes.of(slot) == wanted) {
                return slot;
            }
            at = at + 1 & probed.length - 1;
        }
        return NONE;
    }

    /** The slot holds its thing already. */
    public void add(int slot) {
        long hash = hashes.of(slot);
        int segment = segment(hash);
        int[] table = tables[segment];
        if (table == null) {
            table = new int[TABLE_MIN];
            tables[segment] = table;
        } else if ((counts[segment] + 1) * 2 > table.length) {
            table = grow(table);
            tables[segment] = table;
        }
        counts[segment]++;
        count++;
        insert(table, hash, slot);
    }

    /** The slot still holds its thing. */
    public void remove(int slot) {
        long hash = hashes.of(slot);
        int segment = segment(hash);
        int[] table = Invariant.present(tables[segment], "removal of a name that is not there");
        int hole = start(hash, table);
        while (table[hole] != slot + 1) {
            Invariant.check(table[hole] != 0, "removal of a name that is not there");
            hole = hole + 1 & table.length - 1;
        }
        table[hole] = 0;
        // Entries up to the next gap may lie behind their place because of the one removed.
        for (int i = hole + 1 & table.length - 1; table[i] != 0; i = i + 1 & table.length - 1) {
            int moved = table[i] - 1;
            table[i] = 0;
            insert(table, hashes.of(moved), moved);
        }
        counts[segment]--;
        count--;
    }

    private int[] grow(int[] before) {
        int[] table = new int[before.length * 2];
        for (int entry : before) {
            if (entry != 0) {
                insert(table, hashes.of(entry - 1), entry - 1);
            }
        }
        return table;
    }

    private void insert(int[] table, long hash, int slot) {
        int i = start(hash, table);
        while (table[i] != 0) {
            looks++;
            i = i + 1 & table.length - 1;
        }
        table[i] = slot + 1;
    }

    private int segment(long hash) {
        return (int) (hash >>> Long.SIZE - segmentBits);
    }

    private static int start(long hash, int[] table) {
        return (int) hash & table.length - 1;
    }
}
