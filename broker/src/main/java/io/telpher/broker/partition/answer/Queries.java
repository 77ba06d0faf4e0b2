package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.QueueRates;
import io.telpher.broker.partition.query.RecentSyncs;
import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.query.TaskExplainer;
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
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.WaitFor;
import io.telpher.protocol.task.Why;
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
    /** Of one answer at once: some of them are as much as a piece of a long one. */
    private static final int LOOKS_OF_ONE = 1_000;

    /** Answers within a moment. */
    private interface AtOnce {
        void answer(Session asker, ByteBuffer frame);
    }

    /** Walks a line, or reads much: answers piece by piece. */
    private interface InPieces {
        Scan scan(Session asker, ByteBuffer frame);
    }

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
    private final QueueRates rates;
    private final TaskExplainer explainer;
    private Consumer<Session> answered = session -> {};
    private final Listings listings;
    private final Scans scans;
    private final TaskRights rights;
    private long appliedSequence;
    private final @Nullable Snapshots snapshots;
    private final RecentSyncs syncs;
    private final QueryLine line;
    /** The table of queries, by {@link MessageType#code}: what is answered has a row in one of the two. */
    private final @Nullable AtOnce[] atOnce = new AtOnce[MessageType.CODES];

    private final @Nullable InPieces[] inPieces = new InPieces[MessageType.CODES];
    private final long startedAtMs;
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
        this.listings = new Listings(partition, reader, replies);
        this.rights = new TaskRights(partition);
        this.scans = new Scans(session -> answered.accept(session), nanoTime);
        this.purges = new PurgeRuns(partition, replies, shares.purges());
        replies.pieces(PurgeRuns.SESSION, purges);
        this.startedAtMs = clock.getAsLong();
        this.history = new HistoryQueries(parts, applier.history(), reader, replies);
        this.workers = new WorkerQueries(partition, log, clock, sessions, replies, shares.parking());
        this.rates = applier.rates();
        this.explainer = new TaskExplainer(partition, rates);
        this.snapshots = applier.snapshots();
        this.syncs = parts.observers().syncs();
        this.line = new QueryLine(log);
        on(MessageType.GET, (asker, frame) -> get(asker, new Get().wrap(frame, 0)));
        on(MessageType.WAIT, (asker, frame) -> waitFor(asker, new WaitFor().wrap(frame, 0)));
        inPieces(MessageType.LIST, (asker, frame) -> listings.tasks(asker, new ListTasks().wrap(frame, 0)));
        inPieces(MessageType.SEARCH, (asker, frame) -> listings.search(asker, new Search().wrap(frame, 0)));
        on(MessageType.GET_QUEUE, (asker, frame) -> queue(asker, new GetQueue().wrap(frame, 0)));
        inPieces(MessageType.LIST_QUEUES, (asker, frame) -> listings.queues(asker, new ListQueues().wrap(frame, 0)));
        inPieces(MessageType.DLQ_LIST, (asker, frame) -> listings.dead(asker, new DlqList().wrap(frame, 0)));
        inPieces(MessageType.DLQ_GROUPS, (asker, frame) -> listings.groups(asker, new DlqGroups().wrap(frame, 0)));
        on(MessageType.DLQ_REPLAY, deadLetters::resolve);
        on(MessageType.DLQ_DISCARD, deadLetters::resolve);
        on(MessageType.DLQ_RUNS, (asker, frame) -> deadLetters.list(asker, new DlqRuns().wrap(frame, 0)));
        on(MessageType.DLQ_STOP, (asker, frame) -> deadLetters.stop(asker, new DlqStop().wrap(frame, 0)));
        on(MessageType.STATS, this::stats);
        on(MessageType.SCALE_HINT, (asker, frame) -> scale(asker, new ScaleHint().wrap(frame, 0)));
        inItsTurn(MessageType.WORKERS, (asker, frame) -> workers.list(asker, new Workers().wrap(frame, 0)));
        inItsTurn(
                MessageType.HISTORY,
                (asker, frame) -> history.answer(asker, new History().wrap(frame, 0), appliedSequence));
        on(MessageType.SNAPSHOT, this::snapshot);
        inItsTurn(MessageType.WHY, (asker, frame) -> why(asker, new Why().wrap(frame, 0)));
        on(MessageType.DRAIN_WORKER, (asker, frame) -> workers.drain(asker, new DrainWorker().wrap(frame, 0)));
        for (MessageType type : MessageType.values()) {
            boolean isAnswered = atOnce[type.code()] != null || inPieces[type.code()] != null;
            if (type.kind() == MessageType.Kind.QUERY && !isAnswered) {
                throw new IllegalStateException(type + " is a query, and the table has no row for it");
            }
        }
    }

    private void on(MessageType type, AtOnce answer) {
        atOnce[type.code()] = answer;
    }

    private void inPieces(MessageType type, InPieces answer) {
        inPieces[type.code()] = answer;
    }

    /** A look that is bounded by itself, but not short: only some of them fit into a duty cycle. */
    private void inItsTurn(MessageType type, AtOnce answer) {
        inPieces(type, (asker, frame) -> budget -> {
            answer.answer(asker, frame);
            budget.spend(LOOKS_OF_ONE, 0);
            return true;
        });
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

    /** Questions are under way. */
    public boolean isScanning() {
        return !scans.isEmpty();
    }

    /** Commands whose filter needs texts from the journal are turned into ones with task ids first. */
    public boolean resolvesFirst(MessageType type, ByteBuffer buffer, int offset) {
        // Of commands, these two have a row.
        boolean isCommand = type.kind() == MessageType.Kind.COMMAND;
        return isCommand && atOnce[type.code()] != null && deadLetters.resolvesFirst(buffer, offset);
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
            InPieces pieces = isShort ? null : inPieces[Frame.typeCode(query.frame(), 0)];
            if (pieces != null) {
                scans.add(asker, judged(asker, query.frame(), pieces.scan(asker, query.frame())));
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

    /** It may wait for its turn, and take a while: who has lost the right meanwhile gets no answer. */
    private Scan judged(Session asker, ByteBuffer frame, Scan scan) {
        return budget -> {
            Problem problem = rights.problemNow(asker, MessageType.known(Frame.typeCode(frame, 0)), frame);
            if (problem == null) {
                return scan.step(budget);
            }
            replies.refuse(asker, Frame.requestId(frame, 0), problem);
            return true;
        };
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
        AtOnce row = atOnce[code];
        if (row == null) {
            String problem = "this broker does not answer " + MessageType.known(code);
            replies.refuse(session, Frame.requestId(frame, 0), new Problem(ErrorCode.BAD_REQUEST, problem));
        } else {
            row.answer(session, frame);
        }
    }

    private void get(Session session, Get get) {
        TaskCursor task = partition.find(get.taskId());
        if (task == null) {
            replies.refuse(session, get.requestId(), NotFound.task(partition, get.taskId()));
        } else {
            TaskView view = reader.read(task, get.withPayload());
            replies.send(session, Task.write(replies.begin(), get.requestId(), view));
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

    private void queue(Session session, GetQueue get) {
        QueueCursor queue = partition.findQueue(get.queue());
        if (queue == null) {
            replies.refuse(session, get.requestId(), NotFound.queue(get.queue()));
        } else {
            replies.send(session, replies.write(replies.begin(), get.requestId(), queue));
        }
    }

    private void why(Session session, Why asked) {
        TaskCursor task = partition.find(asked.taskId());
        if (task == null) {
            replies.refuse(session, asked.requestId(), NotFound.task(partition, asked.taskId()));
        } else {
            replies.send(session, explainer.write(replies.begin(), asked.requestId(), task, clock.getAsLong()));
        }
    }

    private void scale(Session session, ScaleHint asked) {
        QueueCursor queue = partition.findQueue(asked.queue());
        if (queue == null) {
            replies.refuse(session, asked.requestId(), NotFound.queue(asked.queue()));
        } else {
            replies.send(session, rates.write(replies.begin(), asked, queue, clock.getAsLong()));
        }
    }

    /** The queue {@code default} counts where it lives. */
    private int queuesAtHome() {
        boolean isGuest =
                !partition.placement().isHome(QueueName.DEFAULT) && partition.findQueue(QueueName.DEFAULT) != null;
        return partition.queueCount() - (isGuest ? 1 : 0);
    }

    private void stats(Session session, ByteBuffer frame) {
        Counts counts = partition.counts();
        long[] figures = {
            clock.getAsLong() - startedAtMs,
            counts.term(),
            counts.live(),
            counts.ready(),
            counts.scheduled(),
            counts.retryWait(),
            counts.active(),
            counts.dead(),
            queuesAtHome(),
            sessions.size() - others,
            counts.waiters(),
            counts.submitted(),
            counts.completed(),
            store.bytes(),
            log.appendedSequence(),
            store.freeBytes(),
            syncs.p99Micros(clock.getAsLong()),
            partition.queueLimits().queuesMax()
        };
        replies.send(session, BrokerStats.write(replies.begin(), Frame.requestId(frame, 0), figures));
    }
}
