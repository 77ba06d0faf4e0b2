package io.telpher.broker.core.image;

import io.telpher.broker.core.hash.KeyHash;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.TaskPage;
import org.jspecify.annotations.Nullable;

/** A page of the task table in a snapshot: its columns as they are, and the idempotency keys of its tasks. */
final class TableBlocks {
    private static final int WORKED = 1;
    private static final int EXPIRES = 2;
    private static final int DEATHS = 4;
    private static final int FINGERPRINTS = 8;
    private static final int FOLLOW_UPS = 16;
    private static final int COLUMNS_BYTES = TaskPage.ROWS * (3 * Long.BYTES + 4 * Integer.BYTES);
    private static final int WORKED_BYTES = TaskPage.ROWS * (3 * Long.BYTES + Integer.BYTES + 3 * Short.BYTES);
    private static final int EXPIRES_BYTES = TaskPage.ROWS * Long.BYTES;
    private static final int DEATHS_BYTES = TaskPage.ROWS * Long.BYTES;
    private static final int FINGERPRINTS_BYTES = TaskPage.ROWS * Long.BYTES;
    private static final int KEY_BYTES = Integer.BYTES + 4 * Long.BYTES;
    private static final int HEAD_BYTES = 16;
    private static final int FOLLOW_UPS_HEAD_BYTES = 2 * Integer.BYTES;
    /** With a key's row: the key stands for another task, or none. */
    private static final int UNLINKED = 1 << 16;

    private final PartitionState state;
    private final KeyHash key = new KeyHash();
    private final long[] due = new long[TaskPage.ROWS];

    TableBlocks(PartitionState state) {
        this.state = state;
    }

    static long bytesMax(TaskPage page) {
        return HEAD_BYTES
                + COLUMNS_BYTES
                + (page.worked == null ? 0 : WORKED_BYTES)
                + (page.expiresAtMs == null ? 0 : EXPIRES_BYTES)
                + (page.death == null ? 0 : DEATHS_BYTES)
                + (page.fingerprint == null ? 0 : FINGERPRINTS_BYTES)
                + followUpBytes(page)
                + (page.keySlot == null ? 0 : (long) page.rows * KEY_BYTES);
    }

    private static int followUpBytes(TaskPage page) {
        long[][] column = page.followUps;
        int bytes = 0;
        for (int row = 0; column != null && row < TaskPage.ROWS; row++) {
            long[] taskIds = column[row];
            bytes += taskIds == null ? 0 : FOLLOW_UPS_HEAD_BYTES + taskIds.length * Long.BYTES;
        }
        return bytes + (column == null ? 0 : Integer.BYTES);
    }

    private static void writeFollowUps(long[] @Nullable [] column, BlockWriter out) {
        int count = 0;
        for (long[] taskIds : column) {
            count += taskIds == null ? 0 : 1;
        }
        out.i32(count);
        for (int row = 0; row < TaskPage.ROWS; row++) {
            long[] taskIds = column[row];
            if (taskIds != null) {
                out.i32(row).i32(taskIds.length).longs(taskIds);
            }
        }
    }

    private static void readFollowUps(TaskPage page, BlockReader in) {
        for (int left = in.count(FOLLOW_UPS_HEAD_BYTES); left > 0; left--) {
            int row = in.i32() & TaskPage.MASK;
            long[] taskIds = new long[in.count(Long.BYTES)];
            in.longs(taskIds);
            page.followUps(row, taskIds);
        }
    }

    void write(TaskPage page, BlockWriter out) {
        TaskPage.Worked worked = page.worked;
        long[] expires = page.expiresAtMs;
        long[] deaths = page.death;
        long[] fingerprints = page.fingerprint;
        int keys = keys(page);
        out.entry(HEAD_BYTES
                + COLUMNS_BYTES
                + WORKED_BYTES
                + EXPIRES_BYTES
                + DEATHS_BYTES
                + FINGERPRINTS_BYTES
                + followUpBytes(page)
                + keys * KEY_BYTES);
        out.i64(page.number)
                .u8((worked == null ? 0 : WORKED)
                        | (expires == null ? 0 : EXPIRES)
                        | (deaths == null ? 0 : DEATHS)
                        | (fingerprints == null ? 0 : FINGERPRINTS)
                        | (page.followUps == null ? 0 : FOLLOW_UPS));
        out.longs(page.submitLocation).longs(page.createdAtMs).longs(due(page));
        out.ints(page.submitCrc).ints(page.submitBytes).ints(page.kind).ints(page.bits);
        if (worked != null) {
            out.longs(worked.leaseId).longs(worked.startedAtMs).longs(worked.outcomeLocation);
            out.ints(worked.outcomeBytes);
            out.shorts(worked.attempts).shorts(worked.crashes).shorts(worked.replays);
        }
        if (expires != null) {
            out.longs(expires);
        }
        if (deaths != null) {
            out.longs(deaths);
        }
        if (fingerprints != null) {
            out.longs(fingerprints);
        }
        if (page.followUps != null) {
            writeFollowUps(page.followUps, out);
        }
        writeKeys(page, keys, out);
    }

    /** Of tasks that wait for their time that, and not which timer they have: it is another one in each copy of the state. */
    private long[] due(TaskPage page) {
        for (int row = 0; row < TaskPage.ROWS; row++) {
            due[row] = state.dueMs(page.bits[row], page.due[row]);
        }
        return due;
    }

    private static int keys(TaskPage page) {
        int keys = 0;
        int[] slots = page.keySlot;
        for (int row = 0; slots != null && row < TaskPage.ROWS; row++) {
            keys += slots[row] == 0 ? 0 : 1;
        }
        return keys;
    }

    private void writeKeys(TaskPage page, int count, BlockWriter out) {
        out.i32(count);
        int[] slots = page.keySlot;
        IdempotencyIndex keys = state.keys();
        for (int row = 0; slots != null && row < TaskPage.ROWS; row++) {
            if (slots[row] != 0) {
                int slot = slots[row] - 1;
                out.i32(keys.isLinked(slot) ? row : row | UNLINKED)
                        .i64(keys.high(slot))
                        .i64(keys.low(slot));
                out.i64(keys.content(slot)).i64(keys.windowEndMs(slot));
            }
        }
    }

    void read(BlockReader in) {
        while (in.hasMore()) {
            TaskPage page = new TaskPage(in.i64(), 0);
            int parts = in.u8();
            in.longs(page.submitLocation);
            in.longs(page.createdAtMs);
            in.longs(page.due);
            in.ints(page.submitCrc);
            in.ints(page.submitBytes);
            in.ints(page.kind);
            in.ints(page.bits);
            if ((parts & WORKED) != 0) {
                readWorked(page.worked(), in);
            }
            if ((parts & EXPIRES) != 0) {
                page.expiresAtMs = new long[TaskPage.ROWS];
                in.longs(page.expiresAtMs);
            }
            if ((parts & DEATHS) != 0) {
                page.death = new long[TaskPage.ROWS];
                in.longs(page.death);
            }
            if ((parts & FINGERPRINTS) != 0) {
                page.fingerprint = new long[TaskPage.ROWS];
                in.longs(page.fingerprint);
            }
            if ((parts & FOLLOW_UPS) != 0) {
                readFollowUps(page, in);
            }
            readKeys(page, in);
            state.tasks.put(page);
        }
    }

    private static void readWorked(TaskPage.Worked worked, BlockReader in) {
        in.longs(worked.leaseId);
        in.longs(worked.startedAtMs);
        in.longs(worked.outcomeLocation);
        in.ints(worked.outcomeBytes);
        in.shorts(worked.attempts);
        in.shorts(worked.crashes);
        in.shorts(worked.replays);
    }

    private void readKeys(TaskPage page, BlockReader in) {
        int count = in.count(KEY_BYTES);
        for (int i = 0; i < count; i++) {
            int head = in.i32();
            int row = head & TaskPage.MASK;
            key.high = in.i64();
            key.low = in.i64();
            key.content = in.i64();
            long sequence = (page.number << TaskPage.SHIFT) + row;
            int slot = state.keys().add(key, sequence, in.i64());
            page.keySlot(row, slot + 1);
            if ((head & UNLINKED) != 0) {
                state.keys().unlink(slot);
            }
        }
    }
}
