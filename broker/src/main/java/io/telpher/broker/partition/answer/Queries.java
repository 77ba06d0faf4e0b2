package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.replica.Applier;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.replica.Snapshots;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.run.PurgeRuns;
import io.telpher.broker.partition.run.ReplayRuns;
import io.telpher.broker.partition.session.NotFound;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.WaitFor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers what changes nothing. A query sees everything its own connection sent before it, so it waits until that was applied; and everything that any leader had confirmed when it
 * came, so it waits until it is certain that this machine led since then.
 */
public final class Queries implements TransitionListener {
    /** By one duty cycle: a millisecond, about. What takes longer than a moment has a budget of its own. */
    private static final int ANSWERS_PER_CYCLE = 512;

    private final Partition partition;
    private final Log log;
    private final Store store;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<Session> sessions;
    private final ResultWaiters waits;
    private final Replies replies;
    private final TaskReader reader;
    private final DeadLetterQueries deadLetters;
    private final PurgeRuns purges;
    private final HistoryQueries history;
    private final WorkerQueries workers;
    private Consumer<Session> answered = session -> {};
    private final Scans scans;
    private final TaskRights rights;
    private long appliedSequence;
    private final @Nullable Snapshots snapshots;
    private final QueryLine line;
    private final QueryTable table = new QueryTable();
    private int others;

    public Queries(
            Parts parts, Applier applier, Long2ObjectHashMap<Session> sessions, ResultWaiters waits, Replies replies) {
        this.partition = parts.partition();
        this.log = parts.log();
        this.store = parts.store();
        this.clock = parts.clock();
        this.sessions = sessions;
        this.waits = waits;
        this.replies = replies;
        ClientShares shares = parts.room().shares();
        LongSupplier nanoTime = parts.time().nanoTime();
        this.reader = new TaskReader(store);
        this.deadLetters = new DeadLetterQueries(partition, reader, replies, clock, nanoTime, shares);
        deadLetters.runs().payloadBytesMax(parts.room().payloadBytesMax());
        this.rights = new TaskRights(partition);
        this.scans = new Scans(session -> answered.accept(session), nanoTime);
        this.purges = new PurgeRuns(partition, replies, shares.purges());
        replies.pieces(PurgeRuns.SESSION, purges);
        this.history = new HistoryQueries(parts, applier.history(), reader, replies);
        this.workers = new WorkerQueries(partition, log, clock, sessions, replies, shares.parking());
        this.snapshots = applier.snapshots();
        this.line = new QueryLine(log);
        StateQueries state = new StateQueries(parts, applier, reader, replies, clock, this::connections);
        state.addTo(table);
        table.on(MessageType.WAIT, (asker, frame) -> waitFor(asker, new WaitFor().wrap(frame, 0)));
        table.on(MessageType.DLQ_REPLAY, deadLetters::resolve);
        table.on(MessageType.DLQ_DISCARD, deadLetters::resolve);
        table.on(MessageType.DLQ_RUNS, (asker, frame) -> deadLetters.list(asker, new DlqRuns().wrap(frame, 0)));
        table.on(MessageType.DLQ_STOP, (asker, frame) -> deadLetters.stop(asker, new DlqStop().wrap(frame, 0)));
        table.inItsTurn(MessageType.WORKERS, (asker, frame) -> workers.list(asker, new Workers().wrap(frame, 0)));
        table.inItsTurn(
                MessageType.HISTORY,
                (asker, frame) -> history.answer(asker, new History().wrap(frame, 0), appliedSequence));
        table.on(MessageType.SNAPSHOT, this::snapshot);
        table.on(MessageType.DRAIN_WORKER, (asker, frame) -> workers.drain(asker, new DrainWorker().wrap(frame, 0)));
        for (MessageType type : MessageType.values()) {
            if (type.kind() == MessageType.Kind.QUERY && !table.has(type)) {
                throw new IllegalStateException(type + " is a query, and the table has no row for it");
            }
        }
    }

    @Override
    public void moved(TaskCursor task, TaskState from) {
        deadLetters.moved(task);
    }

    public ReplayRuns replays() {
        return deadLetters.runs();
    }

    /** @param told of each query that is answered, whose it was */
    public void onAnswered(Consumer<Session> told) {
        answered = told;
    }

    /** Of clients, as STATS counts them. */
    public int connections() {
        return sessions.size() - others;
    }

    /** Questions are under way. */
    public boolean isScanning() {
        return !scans.isEmpty();
    }

    /** Commands whose filter needs texts from the journal are turned into ones with task ids first. */
    public boolean resolvesFirst(MessageType type, ByteBuffer buffer, int offset) {
        // Of commands, these two have a row.
        boolean isCommand = type.kind() == MessageType.Kind.COMMAND;
        return isCommand && table.has(type) && deadLetters.resolvesFirst(buffer, offset);
    }

    /** Goes on with what takes more than one duty cycle, and adds commands that come of it to the batch; returns 0 when there was nothing to do. */
    public int goOn(Batch batch, long nowMs, long appliedSequence, boolean stopping) {
        return workers.step(batch, appliedSequence)
                + scans.step()
                + deadLetters.step(batch, nowMs, stopping)
                + (stopping ? 0 : purges.step(batch, nowMs));
    }

    /** When {@link #goOn} has something to do without anything else happening, ms since 1970. */
    public long nextDeadlineMs() {
        return deadLetters.runs().nextDeadlineMs();
    }

    public PurgeRuns purges() {
        return purges;
    }

    /** Nothing is begun any more. */
    public void finish() {
        deadLetters.runs().save(clock.getAsLong());
    }

    /** Of the sessions, one more is no connection, or one less. */
    public void othersCame(int more) {
        others += more;
    }

    /** Refuses what the session's rights don't cover of what it waits for. */
    public void review(Session session) {
        waits.review(session, partition, replies);
        history.review(session);
    }

    /** The connection is gone. */
    public void forget(Session session) {
        waits.forget(session);
        history.forget(session);
        workers.forget(session);
        deadLetters.forget(session);
        scans.forget(session);
        purges.forget(session);
    }

    public void add(Session session, ByteBuffer buffer, int offset, int bytes, long afterSequence) {
        byte[] copy = new byte[bytes];
        buffer.get(offset, copy);
        line.add(session, ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN), afterSequence, false, null);
    }

    /** @param frame a SUBMIT_BATCH or ACK */
    public void addWouldTake(Session session, ByteBuffer frame, long afterSequence) {
        line.add(session, frame, afterSequence, true, null);
    }

    /** A command is not taken because of the state that it would meet, which may be another one where another machine leads. */
    public void addRefusal(Session session, ByteBuffer buffer, int offset, Problem problem) {
        byte[] head = new byte[Frame.HEADER_BYTES];
        buffer.get(offset, head);
        line.add(session, ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN), 0, false, problem);
    }

    public int answer(long applied) {
        appliedSequence = applied;
        int work = history.answerLate() + workers.answerLate();
        line.advance(applied);
        int answers = 0;
        while (answers < ANSWERS_PER_CYCLE && !replies.isMuch()) {
            QueryLine.Query query = line.poll();
            if (query == null) {
                break;
            }
            answers++;
            Session asker = query.session();
            boolean isShort = query.wouldTake() || query.refusal() != null || !asker.isOpen();
            QueryTable.InPieces pieces = isShort ? null : table.inPieces(Frame.typeCode(query.frame(), 0));
            if (pieces != null) {
                scans.add(asker, new JudgedScan(rights, replies, asker, query.frame(), pieces));
            } else {
                answered.accept(asker);
                answerAtOnce(query);
            }
            work++;
        }
        return work;
    }

    private void answerAtOnce(QueryLine.Query query) {
        Problem refusal = query.refusal();
        if (refusal != null) {
            replies.refuse(query.session(), Frame.requestId(query.frame(), 0), refusal);
        } else if (query.wouldTake()) {
            answerWouldTake(query.session(), query.frame());
        } else if (query.session().isOpen()) {
            answer(query.session(), query.frame());
        }
    }

    private void answerWouldTake(Session session, ByteBuffer frame) {
        int requestId = Frame.requestId(frame, 0);
        Problem problem = partition.problem(frame, 0, session.principal());
        if (problem != null) {
            replies.refuse(session, requestId, problem);
        } else {
            replies.send(session, Counted.write(replies.begin(), requestId, 0));
        }
    }

    private void snapshot(Session session, ByteBuffer frame) {
        int requestId = Frame.requestId(frame, 0);
        Snapshots taken = snapshots;
        Problem problem = taken == null
                ? new Problem(ErrorCode.BAD_REQUEST, "this broker takes no snapshots")
                : taken.ask(session.principal(), (sequence, failure) -> {
                    if (failure == null) {
                        replies.send(session, Counted.write(replies.begin(), requestId, sequence));
                    } else {
                        replies.refuse(
                                session,
                                requestId,
                                new Problem(ErrorCode.DISK_FULL, "the snapshot could not be written: " + failure));
                    }
                });
        if (problem != null) {
            replies.refuse(session, requestId, problem);
        }
    }

    private void answer(Session session, ByteBuffer frame) {
        int code = Frame.typeCode(frame, 0);
        QueryTable.AtOnce row = table.atOnce(code);
        if (row == null) {
            String problem = "this broker does not answer " + MessageType.known(code);
            replies.refuse(session, Frame.requestId(frame, 0), new Problem(ErrorCode.BAD_REQUEST, problem));
        } else {
            row.answer(session, frame);
        }
    }

    private void waitFor(Session session, WaitFor wait) {
        TaskCursor task = partition.find(wait.taskId());
        if (task != null && !task.state().isFinal() && wait.waitMs() > 0) {
            Problem problem = waits.add(session, wait.requestId(), wait.taskId(), wait.waitMs());
            if (problem != null) {
                replies.refuse(session, wait.requestId(), problem);
            }
        } else if (task == null) {
            replies.refuse(session, wait.requestId(), NotFound.task(partition, wait.taskId()));
        } else {
            replies.send(session, Task.write(replies.begin(), wait.requestId(), reader.read(task, false)));
        }
    }
}
