package io.telpher.broker.partition.run;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.partition.reply.PieceReplies;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.session.Counted;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Purges of a partition with many tasks, and deletions of queues with purge: one record for all would hold up everything else. A first record marks the purge's place among all others and
 * touches nothing: tasks submitted behind it are not meant. Then the others are purged some ids at a time, each a record, one after the other; one that
 * runs and comes back before its piece is reached is pending like the rest, and goes.
 *
 * <p>A queue of few tasks that are all ready or dead knows them: the pieces are then these ids alone, many pieces at once, so that the purge of a small queue
 * costs by its own tasks and not by those that others keep.
 */
public final class PurgeRuns implements PieceReplies {
    /** In the place of a connection's: replies to marks and pieces come back here. What is given back is answered to it too, with request id 0. */
    public static final long SESSION = 2;

    /** Request id of the pieces; those of marks are greater. */
    private static final int PIECE = 1;

    /** Looked at by one record: some milliseconds at most, also when all of them are purged. */
    static final int IDS_PER_PIECE = 10_000;

    /** Of one queue that are listed rather than walked to. */
    static final int LISTED_MAX = 10_000;

    /** Added at once, each of a few ids. */
    private static final int PIECES_AT_ONCE = 256;

    /** Between two listed ids that one piece has: looking at a row costs less than a record. */
    private static final int GAP_MAX = 64;

    private static final class Going {
        final String queue;
        final String principal;
        final int requestId;
        /** Dead tasks go too, and at the end the queue. */
        final boolean deletes;

        /** Request id of the record that marks its place. */
        int mark;

        boolean isLast;
        long left;
        long count;
        long after;
        long upTo;

        @Nullable
        Session asker;

        /** Why it ends early. */
        @Nullable
        Problem problem;

        Going(String queue, boolean deletes, long limit, Session asker, int requestId) {
            this.queue = queue;
            this.deletes = deletes;
            this.left = limit;
            this.asker = asker;
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
    /** Pieces that are added and not applied, all of the first that is going. */
    private int underWay;

    private int marks;

    public PurgeRuns(Partition partition, Replies replies, Shares shares) {
        this.partition = partition;
        this.replies = replies;
        this.shares = shares;
    }

    /**
     * Takes a client's command that goes by pieces: the record that marks its place is added to the batch, or it was refused.
     *
     * @return false: it is not one, or of a partition that holds little
     */
    public boolean takes(Session asker, MessageType type, ByteBuffer buffer, int offset, Batch batch, long nowMs) {
        boolean isNeeded = partition.counts().kept() > IDS_PER_PIECE;
        if (isNeeded && type == MessageType.PURGE_QUEUE) {
            mark(asker, new PurgeQueue().wrap(buffer, offset), batch, nowMs);
            return true;
        }
        if (isNeeded && type == MessageType.DELETE_QUEUE) {
            DeleteQueue delete = new DeleteQueue().wrap(buffer, offset);
            if (delete.purge()) {
                mark(asker, delete, batch, nowMs);
                return true;
            }
        }
        return false;
    }

    private void mark(Session asker, PurgeQueue purge, Batch batch, long nowMs) {
        long limit = purge.limit() == 0 ? Long.MAX_VALUE : purge.limit();
        Going marking = new Going(purge.queue(), false, limit, asker, purge.requestId());
        if (takesPlace(marking, purge.afterTaskId(), purge.upToTaskId())) {
            // Behind the last id that can be: nothing.
            PurgeQueue.write(command.clear(), marking.mark, purge.queue(), 0, TaskId.SEQUENCE_MAX, 0);
            batch.add(nowMs, SESSION, command.written(), true);
        }
    }

    /** The mark is refused when the queue can't be deleted. */
    private void mark(Session asker, DeleteQueue delete, Batch batch, long nowMs) {
        Going marking = new Going(delete.queue(), true, Long.MAX_VALUE, asker, delete.requestId());
        if (takesPlace(marking, delete.afterTaskId(), delete.upToTaskId())) {
            long nothing = TaskId.SEQUENCE_MAX;
            DeleteQueue.write(command.clear(), marking.mark, delete.queue(), true, nothing, nothing);
            batch.add(nowMs, SESSION, command.written(), true);
        }
    }

    private boolean takesPlace(Going marking, long after, long upTo) {
        String tooMany = shares.take(marking.principal);
        if (tooMany != null) {
            refuse(marking, new Problem(ErrorCode.OVERLOADED, tooMany));
            return false;
        }
        marks = Math.max(PIECE, marks) + 1;
        marking.mark = marks;
        marking.after = after;
        marking.upTo = upTo;
        marked.add(marking);
        return true;
    }

    private void refuse(Going over, Problem problem) {
        Session asker = over.asker;
        if (asker != null) {
            replies.refuse(asker, over.requestId, problem);
        }
    }

    @Override
    public void counted(int requestId, long count) {
        Going begun = takeMarked(requestId);
        if (begun != null) {
            long last = partition.lastTaskId();
            begun.upTo = begun.upTo == 0 ? last : Math.min(begun.upTo, last);
            going.add(begun);
        } else if (requestId == PIECE) {
            counted(count);
        }
    }

    /** The queue is not there, or it can't be deleted now. */
    @Override
    public void rejected(int requestId, Problem problem) {
        Going marking = takeMarked(requestId);
        if (marking != null) {
            shares.giveBack(marking.principal);
            refuse(marking, problem);
        } else if (requestId == PIECE && underWay > 0) {
            going.element().problem = problem;
            pieceEnded();
        }
    }

    private @Nullable Going takeMarked(int mark) {
        for (Going each : marked) {
            if (each.mark == mark) {
                marked.remove(each);
                return each;
            }
        }
        return null;
    }

    /** Adds the next piece, when the one before it is applied; returns 0 when there was nothing to do. */
    public int step(Batch batch, long nowMs) {
        Going now = going.peek();
        if (now == null || underWay > 0) {
            return 0;
        }
        if (!hasLeft(now)) {
            end(now, batch, nowMs);
            return 1;
        }
        QueueCursor queue = partition.findQueue(now.queue);
        long[] listed = queue == null ? null : queue.purgeable(now.deletes, LISTED_MAX);
        if (listed == null) {
            walk(now, batch, nowMs);
        } else {
            addListed(now, listed, batch, nowMs);
        }
        return 1;
    }

    /** One piece: the first id that is there, and some behind it. */
    private void walk(Going now, Batch batch, long nowMs) {
        long[] first = {0};
        long next = partition.list(new TaskFilter(now.after, 0, "", ""), IDS_PER_PIECE, task -> {
            first[0] = task.taskId();
            return false;
        });
        if (first[0] == 0 && next != 0) {
            now.after = next;
        } else if (first[0] == 0 || first[0] > now.upTo) {
            end(now, batch, nowMs);
        } else {
            piece(now, now.left, Math.min(first[0] + IDS_PER_PIECE - 1, now.upTo), batch, nowMs);
        }
    }

    /** As many pieces as go at once, over these ids and next to none between them. */
    private void addListed(Going now, long[] ids, Batch batch, long nowMs) {
        int at = firstAfter(ids, now.after);
        long left = now.left;
        long looks = 0;
        while (underWay < PIECES_AT_ONCE
                && at < ids.length
                && ids[at] <= now.upTo
                && left > 0
                && looks < IDS_PER_PIECE) {
            int last = at;
            while (last + 1 < ids.length
                    && ids[last + 1] <= Math.min(now.upTo, ids[last] + GAP_MAX)
                    && ids[last + 1] - ids[at] < IDS_PER_PIECE) {
                last++;
            }
            now.after = ids[at] - 1;
            piece(now, left, ids[last], batch, nowMs);
            looks += ids[last] - ids[at] + 1;
            left -= last - at + 1;
            at = last + 1;
        }
        if (underWay == 0) {
            end(now, batch, nowMs);
        }
    }

    private static int firstAfter(long[] ids, long after) {
        int found = Arrays.binarySearch(ids, after + 1);
        return found < 0 ? -1 - found : found;
    }

    private void piece(Going now, long left, long upTo, Batch batch, long nowMs) {
        int limit = (int) Math.min(left, Integer.MAX_VALUE);
        if (now.deletes) {
            DeleteQueue.write(command.clear(), PIECE, now.queue, true, now.after, upTo);
        } else {
            PurgeQueue.write(command.clear(), PIECE, now.queue, limit, now.after, upTo);
        }
        add(batch, nowMs);
        now.after = upTo;
    }

    /** Ids are walked only while the queue has such tasks: what a purge of a small queue costs should not grow with what others keep. */
    private boolean hasLeft(Going now) {
        QueueCursor queue = partition.findQueue(now.queue);
        // One that is gone is refused by the next piece.
        return now.left > 0 && (queue == null || queue.pending() > 0 || now.deletes && queue.dead() > 0);
    }

    private void add(Batch batch, long nowMs) {
        batch.add(nowMs, SESSION, command.written(), true);
        underWay++;
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
    private void counted(long count) {
        Going now = going.element();
        now.count += count;
        now.left -= count;
        pieceEnded();
    }

    private void pieceEnded() {
        underWay--;
        Going now = going.element();
        if (underWay > 0 || now.problem == null && !now.isLast) {
            return;
        }
        going.remove();
        Problem problem = now.problem;
        if (problem == null) {
            answer(now);
        } else {
            shares.giveBack(now.principal);
            String so = now.count == 0 ? "" : now.count + " tasks were removed; ";
            refuse(now, new Problem(problem.code(), so + problem.message()));
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
    public void forget(Session session) {
        marked.forEach(each -> forget(each, session));
        going.forEach(each -> forget(each, session));
    }

    private static void forget(Going each, Session session) {
        each.asker = each.asker == session ? null : each.asker;
    }
}
