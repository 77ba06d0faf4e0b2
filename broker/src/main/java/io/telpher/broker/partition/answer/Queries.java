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
import io.telpher.broker.partition.session.FairLine;
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
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
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

    /**
     * @param proof that it needs, see {@link Log#proveRead}
     * @param wouldTake it is a command, and the question is what would be in its way
     * @param refusal the answer, known when it was asked; null = it is to be found
     */
    private record Query(
            Session session,
            ByteBuffer frame,
            long afterSequence,
            long proof,
            boolean wouldTake,
            @Nullable Problem refusal,
            long number) {}

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
    /** Those that wait until it is certain that this machine led when they came, in the order in which they came. */
    private final Deque<Query> unproven = new ArrayDeque<>();

    /** Those that wait for records to be applied, in the order of these. */
    private final PriorityQueue<Query> early =
            new PriorityQueue<>(Comparator.comparingLong(Query::afterSequence).thenComparingLong(Query::number));

    private final FairLine<Query> ready = new FairLine<>();
    private long numbers;
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
        return deadLetters.resolvesFirst(type, buffer, offset);
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
        add(session, ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN), afterSequence, false, null);
    }

    /** @param frame a SUBMIT_BATCH or ACK */
    public void addWouldTake(Session session, ByteBuffer frame, long afterSequence) {
        add(session, frame, afterSequence, true, null);
    }

    /** A command is not taken because of the state that it would meet, which may be another one where another machine leads. */
    public void addRefusal(Session session, ByteBuffer buffer, int offset, Problem problem) {
        byte[] head = new byte[Frame.HEADER_BYTES];
        buffer.get(offset, head);
        add(session, ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN), 0, false, problem);
    }

    private void add(
            Session session, ByteBuffer frame, long afterSequence, boolean wouldTake, @Nullable Problem refusal) {
        Query query = new Query(session, frame, afterSequence, log.proveRead(), wouldTake, refusal, numbers++);
        if (query.proof() == 0) {
            early.add(query);
        } else {
            unproven.add(query);
        }
    }

    public int answer(long applied) {
        appliedSequence = applied;
        int work = history.answerLate() + workers.answerLate();
        long proven = log.provenReads();
        for (Query next = unproven.peek(); next != null && next.proof() <= proven; next = unproven.peek()) {
            early.add(unproven.remove());
        }
        for (Query next = early.peek(); next != null && next.afterSequence() <= applied; next = early.peek()) {
            ready.add(next.session(), early.remove());
        }
        int answers = 0;
        while (answers < ANSWERS_PER_CYCLE && !replies.isMuch()) {
            Query query = ready.poll();
            if (query == null) {
                break;
            }
            answers++;
            Session asker = query.session();
            boolean isShort = query.wouldTake() || query.refusal() != null || !asker.isOpen();
            Scan scan = isShort ? null : scan(asker, query.frame());
            if (scan != null) {
                scans.add(asker, judged(asker, query.frame(), scan));
            } else {
                answered.accept(asker);
                answerAtOnce(query);
            }
            work++;
        }
        return work;
    }

    private void answerAtOnce(Query query) {
        Problem refusal = query.refusal();
        if (refusal != null) {
            replies.refuse(query.session(), Frame.requestId(query.frame(), 0), refusal);
        } else if (query.wouldTake()) {
            answerWouldTake(query.session(), query.frame());
        } else if (query.session().isOpen()) {
            answer(query.session(), query.frame());
        }
    }

    /** What may take longer than a moment: walks a line, or reads much; null for the rest. */
    private @Nullable Scan scan(Session session, ByteBuffer frame) {
        return switch (MessageType.known(Frame.typeCode(frame, 0))) {
            case LIST -> listings.tasks(session, new ListTasks().wrap(frame, 0));
            case SEARCH -> listings.search(session, new Search().wrap(frame, 0));
            case DLQ_LIST -> listings.dead(session, new DlqList().wrap(frame, 0));
            case DLQ_GROUPS -> listings.groups(session, new DlqGroups().wrap(frame, 0));
            case LIST_QUEUES -> listings.queues(session, new ListQueues().wrap(frame, 0));
            case HISTORY -> once(() -> history.answer(session, new History().wrap(frame, 0), appliedSequence));
            case WHY -> once(() -> why(session, new Why().wrap(frame, 0)));
            case WORKERS -> once(() -> workers.list(session, new Workers().wrap(frame, 0)));
            default -> null;
        };
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

    /** A look that is bounded by itself, but not short: only some of them fit into a duty cycle. */
    private static Scan once(Runnable answer) {
        return budget -> {
            answer.run();
            budget.spend(LOOKS_OF_ONE, 0);
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

    private void snapshot(Session session, int requestId) {
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
        int requestId = Frame.requestId(frame, 0);
        MessageType type = MessageType.known(Frame.typeCode(frame, 0));
        switch (type) {
            case GET -> get(session, new Get().wrap(frame, 0));
            case WAIT -> waitFor(session, new WaitFor().wrap(frame, 0));
            case GET_QUEUE -> queue(session, new GetQueue().wrap(frame, 0));
            case DLQ_RUNS -> deadLetters.list(session, new DlqRuns().wrap(frame, 0));
            case DLQ_STOP -> deadLetters.stop(session, new DlqStop().wrap(frame, 0));
            case DLQ_REPLAY, DLQ_DISCARD -> deadLetters.resolve(session, frame);
            case STATS -> replies.send(session, BrokerStats.write(replies.begin(), requestId, stats()));
            case SNAPSHOT -> snapshot(session, requestId);
            case SCALE_HINT -> scale(session, new ScaleHint().wrap(frame, 0));
            case DRAIN_WORKER -> workers.drain(session, new DrainWorker().wrap(frame, 0));
            default ->
                replies.refuse(
                        session, requestId, new Problem(ErrorCode.BAD_REQUEST, "this broker does not answer " + type));
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

    private long[] stats() {
        Counts counts = partition.counts();
        return new long[] {
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
    }
}
