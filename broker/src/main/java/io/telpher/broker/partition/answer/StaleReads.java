package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.replica.Applier;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.FairLine;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions from the state that this copy of a partition has applied, whichever machine leads, if any: without proof that this machine leads, and without waiting for what
 * the asker sent before. They belong to the copy and not to a leadership, so they go on when its role changes. One duty cycle answers a bounded number of them: applying goes
 * first. The partition's thread, but for what says otherwise.
 */
public final class StaleReads {
    /** By one duty cycle: a millisecond, about. What takes longer than a moment has the budget of {@link Scans}. */
    static final int ANSWERS_PER_CYCLE = 512;

    private static final Set<MessageType> ANSWERED = EnumSet.of(
            MessageType.GET,
            MessageType.LIST,
            MessageType.SEARCH,
            MessageType.GET_QUEUE,
            MessageType.LIST_QUEUES,
            MessageType.DLQ_LIST,
            MessageType.DLQ_GROUPS,
            MessageType.STATS,
            MessageType.SCALE_HINT,
            MessageType.WHY);

    private record Question(Session asker, ByteBuffer frame) {}

    private final Queue<Question> received = new ConcurrentLinkedQueue<>();
    private final FairLine<Question> line = new FairLine<>();
    private final QueryTable table = new QueryTable();
    private final Shares shares;
    private final TaskRights rights;
    private final Replies replies;
    private final Scans scans;

    /** @param connections that this machine serves, for STATS */
    public StaleReads(Parts parts, Applier applier, IntSupplier connections) {
        Partition partition = parts.partition();
        LongSupplier clock = parts.clock();
        // This machine's clock may be behind the one by which the last leader's records are stamped.
        LongSupplier notBefore = () -> Math.max(clock.getAsLong(), partition.now());
        this.shares = parts.room().shares().staleReads();
        this.rights = new TaskRights(partition);
        this.replies = new Replies(parts.store(), notBefore, new Long2ObjectHashMap<>(), task -> {});
        this.scans = new Scans(this::answered, parts.time().nanoTime());
        TaskReader reader = new TaskReader(parts.store());
        new StateQueries(parts, applier, reader, replies, notBefore, connections).addTo(table);
        for (MessageType type : MessageType.values()) {
            if (table.has(type) != answers(type)) {
                throw new IllegalStateException(type + " is answered by every copy of a partition, or is not");
            }
        }
    }

    /** Whether every copy of a partition can answer it; other questions are about what only a leadership has. */
    public static boolean answers(MessageType type) {
        return ANSWERED.contains(type);
    }

    /**
     * Takes a question. Any thread; the partition's has to be woken then.
     *
     * @param frame validated; does not change any more
     * @return why it is not taken; null when it is
     */
    public @Nullable Problem ask(Session asker, ByteBuffer frame) {
        MessageType type = MessageType.known(Frame.typeCode(frame, 0));
        if (!answers(type)) {
            return new Problem(ErrorCode.BAD_REQUEST, type + " is answered by the node that leads only");
        }
        String tooMany = shares.take(asker.principal());
        if (tooMany != null) {
            return new Problem(ErrorCode.OVERLOADED, tooMany);
        }
        received.add(new Question(asker, frame));
        return null;
    }

    /** Nothing came since. Any thread. */
    public boolean isEmpty() {
        return received.isEmpty();
    }

    /** Answers some, and sends the answers; returns 0 when there was nothing to do. */
    public int step() {
        int work = 0;
        for (Question next = received.poll(); next != null; next = received.poll()) {
            line.add(next.asker, next);
            work++;
        }
        for (int i = 0; i < ANSWERS_PER_CYCLE && !replies.isMuch(); i++) {
            Question next = line.poll();
            if (next == null) {
                break;
            }
            work++;
            answer(next.asker, next.frame);
        }
        work += scans.step();
        replies.flush();
        return line.isEmpty() ? work : work + 1;
    }

    private void answer(Session asker, ByteBuffer frame) {
        int code = Frame.typeCode(frame, 0);
        QueryTable.InPieces pieces = table.inPieces(code);
        QueryTable.AtOnce row = table.atOnce(code);
        Problem forbidden = rights.problem(asker, MessageType.known(code), frame, 0);
        if (forbidden != null) {
            replies.refuse(asker, Frame.requestId(frame, 0), forbidden);
            answered(asker);
        } else if (pieces != null) {
            scans.add(asker, whileOpen(asker, new JudgedScan(rights, replies, asker, frame, pieces)));
        } else {
            if (row != null && asker.isOpen()) {
                row.answer(asker, frame);
            }
            answered(asker);
        }
    }

    /** A leadership is told of a connection that is gone, this is not: a question that is under way sees it in its next turn. */
    private static Scan whileOpen(Session asker, Scan scan) {
        return budget -> !asker.isOpen() || scan.step(budget);
    }

    private void answered(Session asker) {
        shares.giveBack(asker.principal());
    }
}
