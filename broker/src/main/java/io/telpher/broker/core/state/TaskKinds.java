package io.telpher.broker.core.state;

import io.telpher.protocol.Submit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every kind of task that is in use, found by content or by slot. A kind goes with its last task, so made-up types cost nothing for long. */
final class TaskKinds {
    private static final int TABLE_MIN = 64;

    private final List<@Nullable TaskKind> bySlot = new ArrayList<>();
    private final List<Integer> freeSlots = new ArrayList<>();
    /** Open addressing; slot + 1, 0 = free. */
    private int[] table = new int[TABLE_MIN];

    private int count;

    int count() {
        return count;
    }

    TaskKind get(int slot) {
        TaskKind kind = bySlot.get(slot);
        Invariant.check(kind != null, "a task of a kind that is not there");
        return kind;
    }

    /** The kinds of one moment, by slot; they never change. */
    record Frozen(@Nullable TaskKind[] bySlot) {
        int slots() {
            return bySlot.length;
        }

        @Nullable
        TaskKind get(int slot) {
            return bySlot[slot];
        }
    }

    /** How many there may be. */
    int slots() {
        return bySlot.size();
    }

    Frozen freeze() {
        return new Frozen(bySlot.toArray(new @Nullable TaskKind[0]));
    }

    /** Puts back a kind under the slot it had; its tasks are counted later, {@link #restored} follows the last. */
    void restore(TaskKind kind) {
        while (bySlot.size() <= kind.slot) {
            bySlot.add(null);
        }
        Invariant.check(bySlot.get(kind.slot) == null, "two kinds in one slot");
        bySlot.set(kind.slot, kind);
        count++;
    }

    void restored() {
        int length = table.length;
        while (count * 2 > length) {
            length *= 2;
        }
        rebuild(length);
        for (int slot = 0; slot < bySlot.size(); slot++) {
            if (bySlot.get(slot) == null) {
                freeSlots.add(slot);
            }
        }
    }

    /** The kind of this submit, with one task more. */
    TaskKind enter(TaskQueue queue, Submit submit) {
        int hash = TaskKind.hash(queue, submit);
        for (int i = hash & mask(); table[i] != 0; i = i + 1 & mask()) {
            TaskKind kind = get(table[i] - 1);
            if (kind.hash == hash && kind.matches(queue, submit)) {
                kind.tasks++;
                return kind;
            }
        }
        return add(queue, submit, hash);
    }

    private TaskKind add(TaskQueue queue, Submit submit, int hash) {
        int slot = freeSlots.isEmpty() ? bySlot.size() : freeSlots.remove(freeSlots.size() - 1);
        TaskKind kind = new TaskKind(queue, submit, slot, hash);
        kind.tasks = 1;
        if (slot == bySlot.size()) {
            bySlot.add(kind);
        } else {
            bySlot.set(slot, kind);
        }
        count++;
        if (count * 2 > table.length) {
            rebuild(table.length * 2);
        } else {
            insert(kind);
        }
        return kind;
    }

    /** One task less of this kind. */
    void leave(TaskKind kind) {
        kind.tasks--;
        if (kind.tasks > 0) {
            return;
        }
        bySlot.set(kind.slot, null);
        freeSlots.add(kind.slot);
        count--;
        remove(kind);
    }

    private void remove(TaskKind kind) {
        int hole = kind.hash & mask();
        while (table[hole] != kind.slot + 1) {
            hole = hole + 1 & mask();
        }
        table[hole] = 0;
        // What follows without a gap may have been pushed on by the one removed.
        for (int i = hole + 1 & mask(); table[i] != 0; i = i + 1 & mask()) {
            TaskKind moved = get(table[i] - 1);
            table[i] = 0;
            insert(moved);
        }
    }

    private void insert(TaskKind kind) {
        int i = kind.hash & mask();
        while (table[i] != 0) {
            i = i + 1 & mask();
        }
        table[i] = kind.slot + 1;
    }

    private void rebuild(int length) {
        table = new int[length];
        for (TaskKind kind : bySlot) {
            if (kind != null) {
                insert(kind);
            }
        }
    }

    private int mask() {
        return table.length - 1;
    }
}
