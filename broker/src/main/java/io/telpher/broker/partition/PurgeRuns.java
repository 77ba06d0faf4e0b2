package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.Counted;
import io.telpher.protocol.DeleteQueue;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Problem;
import io.telpher.protocol.PurgeQueue;
import io.telpher.protocol.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Purges of a partition with many tasks, and deletions of queues with purge: one record for all would hold up everything else. A first record marks the purge's place among all others and
 * touches nothing: tasks submitted behind it are not meant. Then the others are purged some ids at a time, each a record, one after the other; one that
 * runs and comes back before its piece is reached is pending like the rest, and goes.
 */
final class PurgeRuns {
    /** In the place of a connection's: replies to the pieces come back to {@link #counted}. */
    static final long SESSION = 2;

    /** Request id of the pieces: others are answered in that session's place, too. */
    private static final int PIECE = 1;

    /** Looked at by one record: some milliseconds at most, also when all of them are purged. */
    static final int IDS_PER_PIECE = 10_000;

    private static final class Going {
        final String queue;
        final long session;
        final String principal;
        final int requestId;
        /** Dead tasks go too, and at the end the queue. */
        final boolean deletes;

        boolean isLast;
        long left;
        long count;
        long after;
        long upTo;

        @Nullable
        Session asker;

        Going(String queue, boolean deletes, long limit, Session asker, int requestId) {
            this.queue = queue;
            this.deletes = deletes;
            this.left = limit;
            this.asker = asker;
            this.session = asker.id();
            this.principal = asker.principal();
            this.requestId = requestId;
        }
    }

    private final Partition partition;
    private final Replies replies;
    private final Shares shares;
    private final FrameWriter command = new FrameWriter();
    private final List<Going> marked = new ArrayList<>();
    private final Deque<Going> going = new ArrayDeque<>();
    private boolean isUnderWay;

    PurgeRuns(Partition partition, Replies replies, Shares shares) {
        this.partition = partition;
        this.replies = replies;
        this.shares = shares;
    }

    /** Whether a purge goes by pieces now. */
    boolean isNeeded() {
        return partition.counts().kept() > IDS_PER_PIECE;
    }

    /** Takes a client's command; returns the record that marks its place, or null when it was refused. */
    @Nullable
    FrameWriter mark(Session asker, PurgeQueue purge) {
        if (!takesPlace(asker, purge.requestId())) {
            return null;
        }
        long limit = purge.limit() == 0 ? Long.MAX_VALUE : purge.limit();
        Going marking = new Going(purge.queue(), false, limit, asker, purge.requestId());
        marking.after = purge.afterTaskId();
        marking.upTo = purge.upToTaskId();
        marked.add(marking);
        // Behind the last id that can be: nothing.
        return PurgeQueue.write(command.clear(), purge.requestId(), purge.queue(), 0, TaskId.SEQUENCE_MAX, 0);
    }

    private boolean takesPlace(Session asker, int requestId) {
        String tooMany = shares.take(asker.principal());
        if (tooMany != null) {
            replies.refuse(asker, requestId, new Problem(ErrorCode.OVERLOADED, tooMany));
        }
        return tooMany == null;
    }

    /** The same for a deletion with purge; the mark is refused when the queue can't be deleted. */
    @Nullable
    FrameWriter mark(Session asker, DeleteQueue delete) {
        if (!takesPlace(asker, delete.requestId())) {
            return null;
        }
        Going marking = new Going(delete.queue(), true, Long.MAX_VALUE, asker, delete.requestId());
        marking.after = delete.afterTaskId();
        marking.upTo = delete.upToTaskId();
        marked.add(marking);
        return DeleteQueue.write(
                command.clear(), delete.requestId(), delete.queue(), true, TaskId.SEQUENCE_MAX, TaskId.SEQUENCE_MAX);
    }

    /** Whether this answer is about a mark that was applied: then its purge begins. */
    boolean begins(long session, int requestId) {
        Going begun = takeMarked(session, requestId);
        if (begun == null) {
            return false;
        }
        long last = partition.lastTaskId();
        begun.upTo = begun.upTo == 0 ? last : Math.min(begun.upTo, last);
        going.add(begun);
        return true;
    }

    /** A mark or a piece was refused: the queue is not there, or it can't be deleted now. Returns whether it was a piece. */
    boolean refused(long session, int requestId, Problem problem) {
        if (session != SESSION || requestId != PIECE || !isUnderWay) {
            Going refused = takeMarked(session, requestId);
            if (refused != null) {
                shares.giveBack(refused.principal);
            }
            return false;
        }
        Going over = going.remove();
        isUnderWay = false;
        shares.giveBack(over.principal);
        Session asker = over.asker;
        if (asker != null) {
            String so = over.count == 0 ? "" : over.count + " tasks were removed; ";
            replies.refuse(asker, over.requestId, new Problem(problem.code(), so + problem.message()));
        }
        return true;
    }

    private @Nullable Going takeMarked(long session, int requestId) {
        for (Going each : marked) {
            if (each.session == session && each.requestId == requestId) {
                marked.remove(each);
                return each;
            }
        }
        return null;
    }

    /** Adds the next piece, when the one before it is applied; returns 0 when there was nothing to do. */
    int step(Batch batch, long nowMs) {
        Going now = going.peek();
        if (now == null || isUnderWay) {
            return 0;
        }
        if (!hasLeft(now)) {
            end(now, batch, nowMs);
            return 1;
        }
        long[] first = {0};
        long next = partition.list(new TaskFilter(now.after, 0, "", ""), IDS_PER_PIECE, task -> {
            first[0] = task.taskId();
            return false;
        });
        if (first[0] == 0 && next != 0) {
            now.after = next;
            return 1;
        }
        if (first[0] == 0 || first[0] > now.upTo) {
            end(now, batch, nowMs);
            return 1;
        }
        long upTo = Math.min(first[0] + IDS_PER_PIECE - 1, now.upTo);
        int limit = (int) Math.min(now.left, Integer.MAX_VALUE);
        if (now.deletes) {
            DeleteQueue.write(command.clear(), PIECE, now.queue, true, now.after, upTo);
        } else {
            PurgeQueue.write(command.clear(), PIECE, now.queue, limit, now.after, upTo);
        }
        add(batch, nowMs);
        now.after = upTo;
        return 1;
    }

    /** Ids are walked only while the queue has such tasks: what a purge of a small queue costs should not grow with what others keep. */
    private boolean hasLeft(Going now) {
        QueueCursor queue = partition.findQueue(now.queue);
        // One that is gone is refused by the next piece.
        return now.left > 0 && (queue == null || queue.pending() > 0 || now.deletes && queue.dead() > 0);
    }

    private void add(Batch batch, long nowMs) {
        batch.add(nowMs, SESSION, command.written(), true);
        isUnderWay = true;
    }

    /** All pieces are applied. A task that was submitted meanwhile is not meant: the deletion is refused then. */
    private void end(Going over, Batch batch, long nowMs) {
        if (over.deletes && !over.isLast) {
            over.isLast = true;
            DeleteQueue.write(command.clear(), PIECE, over.queue, true, partition.lastTaskId(), 0);
            add(batch, nowMs);
            return;
        }
        going.remove();
        answer(over);
    }

    /** A piece was applied. */
    void counted(long count) {
        Going now = going.element();
        now.count += count;
        now.left -= count;
        isUnderWay = false;
        if (now.isLast) {
            going.remove();
            answer(now);
        }
    }

    private void answer(Going over) {
        shares.giveBack(over.principal);
        Session asker = over.asker;
        if (asker != null) {
            replies.send(asker, Counted.write(replies.begin(), over.requestId, over.count));
        }
    }

    /** The connection is gone: what it asked for goes on. */
    void forget(Session session) {
        marked.forEach(each -> forget(each, session));
        going.forEach(each -> forget(each, session));
    }

    private static void forget(Going each, Session session) {
        each.asker = each.asker == session ? null : each.asker;
    }
}
