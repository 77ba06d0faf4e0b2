package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.HashKey;
import io.telpher.broker.core.hash.SipHash;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.SlotTable;
import io.telpher.protocol.task.Submit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Every kind of task that is in use, found by content or by slot. A kind goes with its last task, so made-up types cost nothing for long. */
public final class TaskKinds {
    private static final int SEGMENT_BITS = 8;

    private static final int PAGE_SHIFT = 10;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;
    private static final int LATEST = 64;

    /** By slot, in pages, so that a copy of the outer array is a copy of all as long as no shared page is written to. */
    private @Nullable TaskKind[][] pages = new @Nullable TaskKind[1][];

    private final BitSet sharedPages = new BitSet();
    private int slots;
    private final List<Integer> freeSlots = new ArrayList<>();
    private final SlotTable byContent = new SlotTable(SEGMENT_BITS, slot -> get(slot).hash);
    private final SipHash hash = new SipHash();
    private final HashKey secret;

    /** The kind that came last, of queues whose numbers end alike: most submits are like the one before, and need no hash. */
    private final @Nullable TaskKind[] latest = new @Nullable TaskKind[LATEST];

    /** By the slots in the snapshot that is read: there may be gaps between them, of kinds that were gone. */
    private final Int2ObjectHashMap<TaskKind> renumbered = new Int2ObjectHashMap<>();

    TaskKinds(HashKey secret) {
        this.secret = secret;
    }

    int count() {
        return byContent.count();
    }

    /** Places looked at to find kinds, for tests of what it costs. */
    long looks() {
        return byContent.looks();
    }

    public TaskKind get(int slot) {
        return Invariant.present(at(slot), "a task of a kind that is not there");
    }

    private @Nullable TaskKind at(int slot) {
        return pages[slot >>> PAGE_SHIFT][slot & PAGE_MASK];
    }

    private void set(int slot, @Nullable TaskKind kind) {
        int page = slot >>> PAGE_SHIFT;
        if (sharedPages.get(page)) {
            pages[page] = pages[page].clone();
            sharedPages.clear(page);
        }
        pages[page][slot & PAGE_MASK] = kind;
    }

    private int newSlot() {
        int page = slots >>> PAGE_SHIFT;
        if (page == pages.length) {
            pages = Arrays.copyOf(pages, page * 2);
        }
        if ((slots & PAGE_MASK) == 0) {
            pages[page] = new @Nullable TaskKind[1 << PAGE_SHIFT];
        }
        return slots++;
    }

    /** The kinds of one moment, by slot; they never change. */
    public record Frozen(@Nullable TaskKind[][] pages, int slots) {
        @Nullable
        public TaskKind get(int slot) {
            return pages[slot >>> PAGE_SHIFT][slot & PAGE_MASK];
        }
    }

    /** How many there may be. */
    public int slots() {
        return slots;
    }

    public Frozen freeze() {
        sharedPages.set(0, slots + PAGE_MASK >>> PAGE_SHIFT);
        return new Frozen(pages.clone(), slots);
    }

    /** Puts back a kind, in the next slot; its tasks are counted later, {@link #restored} follows the last. */
    public void restore(int slotBefore, TaskKind kind) {
        Invariant.check(renumbered.put(slotBefore, kind) == null, "two kinds in one slot");
        int slot = newSlot();
        set(slot, kind);
        byContent.add(slot);
    }

    /** The kind that was in this slot when the snapshot was written. */
    TaskKind renumbered(int slotBefore) {
        return Invariant.present(renumbered.get(slotBefore), "a task of a kind that is not there");
    }

    public void restored() {
        renumbered.clear();
        renumbered.compact();
    }

    /** The kind of this submit, with one task more. */
    TaskKind enter(TaskQueue queue, Submit submit) {
        TaskKind before = latest[place(queue)];
        if (before == null || !before.matches(queue, submit)) {
            before = find(queue, submit);
            latest[place(queue)] = before;
        }
        before.tasks++;
        return before;
    }

    private static int place(TaskQueue queue) {
        return queue.index() & LATEST - 1;
    }

    private TaskKind find(TaskQueue queue, Submit submit) {
        long of = TaskKind.hash(queue, submit, hash, secret);
        for (int slot = byContent.first(of); slot != SlotTable.NONE; slot = byContent.next()) {
            TaskKind kind = get(slot);
            if (kind.matches(queue, submit)) {
                return kind;
            }
        }
        return add(queue, submit, of);
    }

    private TaskKind add(TaskQueue queue, Submit submit, long of) {
        int slot = freeSlots.isEmpty() ? newSlot() : freeSlots.remove(freeSlots.size() - 1);
        TaskKind kind = new TaskKind(queue, submit, slot, of);
        set(slot, kind);
        byContent.add(slot);
        return kind;
    }

    /** One task less of this kind. */
    void leave(TaskKind kind) {
        kind.tasks--;
        if (kind.tasks > 0) {
            return;
        }
        if (latest[place(kind.queue)] == kind) {
            latest[place(kind.queue)] = null;
        }
        byContent.remove(kind.slot);
        set(kind.slot, null);
        freeSlots.add(kind.slot);
    }
}
