package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.telpher.protocol.Limits;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Snapshot;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqGroup;
import io.telpher.protocol.deadletter.DlqGroupList;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.queue.Scale;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Explanation;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import io.telpher.protocol.task.Transition;
import io.telpher.protocol.task.Transitions;
import io.telpher.protocol.task.Why;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What operators do. Each method waits for the broker's answer; errors as in {@link Telpher}. Thread-safe.
 *
 * <pre>{@code
 * Operations operations = telpher.operations();
 * operations.pause("mail", false, "the provider is down until noon");
 * for (Operations.DeadLetterGroup group : operations.deadLetterGroups("mail", 10)) {
 *     System.out.println(group.count() + " times " + group.fingerprint());
 * }
 * operations.replay(DlqFilter.queue("mail"), DlqReplay.Options.ALL);
 * operations.resume("mail");
 * }</pre>
 */
public final class Operations {
    private static final int WORKERS_MAX = 1_000;

    private final Telpher telpher;

    Operations(Telpher telpher) {
        this.telpher = telpher;
    }

    private ByteBuffer ask(IntFunction<FrameWriter> request) {
        return telpher.ask(request);
    }

    /**
     * A page of tasks.
     *
     * @param nextAfter ask again after this id; 0 at the end
     * @param nextPlace of dead letters where that one is in the order of deaths, see {@link DlqList.Page}
     */
    public record Page(List<TaskView> tasks, long nextAfter, long nextPlace) {}

    /**
     * The next matching tasks; an empty page is the last. A queue or type that is empty means any.
     *
     * @param stateMask bits of {@link io.telpher.protocol.TaskState#mask}, 0 = any
     */
    public Page list(long afterTaskId, int limit, int stateMask, String queue, String type) {
        long after = afterTaskId;
        while (true) {
            long from = after;
            Page page = page(ask(id -> ListTasks.write(writer(), id, from, limit, stateMask, queue, type)));
            if (!page.tasks().isEmpty() || page.nextAfter() == 0) {
                return page;
            }
            // The broker looks at a bounded number of tasks for each page, and found none of this kind among them.
            after = page.nextAfter();
        }
    }

    /**
     * What a search found so far.
     *
     * @param nextAfter search on after this id; 0 at the end
     * @param looked number of tasks looked at for it
     */
    public record Found(List<TaskView> tasks, long nextAfter, long looked) {}

    /** Tasks of all states and queues, the oldest first. The broker looks at tasks for half a second about, and says then how far it came: a page may be empty and not the last. */
    public Found search(SearchQuery query, long afterTaskId, int limit) {
        ByteBuffer frame = ask(id -> Search.write(writer(), id, afterTaskId, limit, query));
        Page page = page(frame);
        return new Found(
                page.tasks(), page.nextAfter(), new Tasks().wrap(frame, 0).looked());
    }

    private static Page page(ByteBuffer frame) {
        Tasks reply = new Tasks().wrap(frame, 0);
        List<TaskView> tasks = new ArrayList<>();
        Frames frames = reply.tasks();
        Task task = new Task();
        while (frames.next()) {
            tasks.add(task.wrap(frames.buffer(), frames.offset()).view());
        }
        return new Page(tasks, reply.nextAfter(), reply.nextPlace());
    }

    /**
     * QueueList by name.
     *
     * @param limit 1 to 1000
     * @param after the last name of the page before; empty = from the beginning
     */
    public List<QueueView> queues(int limit, String after) {
        Frames frames = new QueueList()
                .wrap(ask(id -> ListQueues.write(writer(), id, limit, after)), 0)
                .queues();
        List<QueueView> queues = new ArrayList<>();
        Queue queue = new Queue();
        while (frames.next()) {
            queues.add(queue.wrap(frames.buffer(), frames.offset()).view());
        }
        return queues;
    }

    /**
     * One queue with its policy and counts.
     *
     * @throws TelpherException QUEUE_NOT_FOUND when there is none of this name
     */
    public QueueView queue(String name) {
        return view(ask(id -> GetQueue.write(writer(), id, name)));
    }

    /** Sets the fields that are given; makes the queue if it is missing. */
    public QueueView putQueue(String name, QueuePolicyFields policy) {
        return view(ask(id -> PutQueue.write(writer(), id, name, policy)));
    }

    /** @param refuseSubmits answer submits QUEUE_PAUSED too, instead of keeping them for later */
    public QueueView pause(String name, boolean refuseSubmits) {
        return view(ask(id -> PauseQueue.write(writer(), id, name, refuseSubmits)));
    }

    /**
     * Pauses it with a reason for people: the queue shows reason, who paused it and since when, until it is resumed.
     *
     * @param refuseSubmits answer submits QUEUE_PAUSED too, instead of keeping them for later
     * @param reason at most 1 KiB of UTF-8
     */
    public QueueView pause(String name, boolean refuseSubmits, String reason) {
        return view(ask(id -> PauseQueue.write(writer(), id, name, refuseSubmits, reason, "")));
    }

    /**
     * Leaves a note on the queue for people, in place of the one before.
     *
     * @param note at most 1 KiB of UTF-8; empty takes it away
     */
    public QueueView note(String name, String note) {
        return view(ask(id -> NoteQueue.write(writer(), id, name, note, "")));
    }

    /** Has a paused queue hand tasks out again. */
    public QueueView resume(String name) {
        return view(ask(id -> ResumeQueue.write(writer(), id, name)));
    }

    private static QueueView view(ByteBuffer frame) {
        return new Queue().wrap(frame, 0).view();
    }

    /**
     * Gives tasks that wait another priority, or another time to run; returns how many of these waited.
     *
     * @param taskIds at most 1,000
     * @throws TelpherException a single one that does not wait is refused, and why
     */
    public long reschedule(Reschedule.Change change, long... taskIds) {
        return count(ask(id -> Reschedule.write(writer(), id, change, taskIds)));
    }

    /** Cancels pending tasks, at most {@code limit} (0 = all); returns how many. */
    public long purge(String name, int limit) {
        return count(ask(id -> PurgeQueue.write(writer(), id, name, limit)));
    }

    /** Deletes a queue without pending, running or dead tasks; with {@code purge} pending and dead ones go first: returns how many. */
    public long deleteQueue(String name, boolean purge) {
        return count(ask(id -> DeleteQueue.write(writer(), id, name, purge)));
    }

    /**
     * Dead tasks, the longest dead first. A page may be short and still not the last.
     *
     * @param afterTaskId behind this one, if it is still dead; to go on with a page where it ended, take {@link #deadLetters(DlqFilter, DlqList.Page)}
     */
    public Page deadLetters(DlqFilter filter, long afterTaskId, int limit) {
        return deadLetters(filter, new DlqList.Page(afterTaskId, 0, limit, false));
    }

    /** Dead tasks, the longest dead first, if wanted with payload and headers. */
    public Page deadLetters(DlqFilter filter, DlqList.Page page) {
        return page(ask(id -> DlqList.write(writer(), id, page, filter)));
    }

    /** Dead tasks of a queue, counted by what their errors look like. */
    public List<DeadLetterGroup> deadLetterGroups(String queue, int limit) {
        return deadLetterGroups(DlqFilter.queue(queue), limit);
    }

    /** @param filter must name a queue */
    public List<DeadLetterGroup> deadLetterGroups(DlqFilter filter, int limit) {
        return deadLetterGroups(filter, limit, false);
    }

    /**
     * @param filter must name a queue
     * @param byType whether those of each type are counted apart
     */
    public List<DeadLetterGroup> deadLetterGroups(DlqFilter filter, int limit, boolean byType) {
        Frames frames = new DlqGroupList()
                .wrap(ask(id -> DlqGroups.write(writer(), id, limit, filter, byType)), 0)
                .groups();
        List<DeadLetterGroup> groups = new ArrayList<>();
        DlqGroup group = new DlqGroup();
        while (frames.next()) {
            group.wrap(frames.buffer(), frames.offset());
            groups.add(new DeadLetterGroup(
                    group.taskType(),
                    group.fingerprint(),
                    group.count(),
                    group.firstSeenMs(),
                    group.lastSeenMs(),
                    group.exampleTaskId()));
        }
        return groups;
    }

    /**
     * Times in ms since 1970.
     *
     * @param type empty when they are of several
     */
    public record DeadLetterGroup(
            String type, String fingerprint, long count, long firstSeenMs, long lastSeenMs, long exampleTaskId) {}

    /**
     * Makes dead tasks ready again bit by bit: at a rate, or the rest only when the first few have completed; see {@link #replayRuns}.
     *
     * @param filter counts when there are no ids
     */
    public StartedRun startReplay(DlqFilter filter, DlqReplay.Options options, long... taskIds) {
        return startReplay(filter, options, DlqReplay.Patch.NONE, taskIds);
    }

    /** @param patch {@link DlqReplay.Patch#merge}: a JSON merge patch for the payloads of all; those that can't be patched stay dead */
    public StartedRun startReplay(DlqFilter filter, DlqReplay.Options options, DlqReplay.Patch patch, long... taskIds) {
        ByteBuffer frame = ask(id -> DlqReplay.write(writer(), id, options, filter, taskIds, patch));
        Counted reply = new Counted().wrap(frame, 0);
        return new StartedRun(reply.count(), reply.runId(), reply.refused());
    }

    /**
     * @param matched tasks that it means
     * @param runId 0 = it is over already
     * @param refused of a dry run: number of further tasks that can't be patched
     */
    public record StartedRun(long matched, long runId, long refused) {}

    /**
     * Replays that take a while, the newest first, with those of the broker's last run.
     *
     * @param queue empty = of all
     */
    public List<DlqRun> replayRuns(String queue) {
        Frames frames = new DlqRunList()
                .wrap(ask(id -> DlqRuns.write(writer(), id, Limits.LIST_MAX, queue)), 0)
                .runs();
        List<DlqRun> runs = new ArrayList<>();
        while (frames.next()) {
            runs.add(new DlqRun().wrap(frames.buffer(), frames.offset()));
        }
        return runs;
    }

    /** Replays no more of it; what was not replayed stays dead. */
    public DlqRun stopReplay(long runId) {
        return new DlqRun().wrap(ask(id -> DlqStop.write(writer(), id, runId)), 0);
    }

    /** Makes dead tasks ready again, by filter; returns how many. */
    public long replay(DlqFilter filter, DlqReplay.Options options) {
        return count(ask(id -> DlqReplay.write(writer(), id, options, filter, new long[0], DlqReplay.Patch.NONE)));
    }

    /** Makes these dead tasks ready again (at most 1000); returns how many were dead. */
    public long replay(long... taskIds) {
        return count(ask(id ->
                DlqReplay.write(writer(), id, DlqReplay.Options.ALL, DlqFilter.ANY, taskIds, DlqReplay.Patch.NONE)));
    }

    /** Makes one dead task ready again with other content. */
    public long replay(long taskId, TaskSpec patch) {
        ByteBuffer frame = Submit.write(new FrameWriter(), 0, patch).written();
        long[] ids = {taskId};
        return count(ask(id -> DlqReplay.write(writer(), id, DlqReplay.Options.ALL, DlqFilter.ANY, ids, frame)));
    }

    /**
     * Makes one dead task ready again with another payload; all else stays as it was submitted.
     *
     * @param content its payload counts, its content type and headers only when given
     */
    public long replayWithContent(long taskId, TaskSpec content) {
        ByteBuffer frame = Submit.write(new FrameWriter(), 0, content).written();
        DlqReplay.Patch patch = new DlqReplay.Patch(frame, true);
        long[] ids = {taskId};
        return count(ask(id -> DlqReplay.write(writer(), id, DlqReplay.Options.ALL, DlqFilter.ANY, ids, patch)));
    }

    /** Gives dead tasks up for good: these or, without ids, those that the filter finds; returns how many. */
    public long discard(DlqFilter filter, DlqReplay.Options options, long... taskIds) {
        return count(ask(id -> DlqDiscard.write(writer(), id, options, filter, taskIds)));
    }

    /** Gives these dead tasks up for good; returns how many of them were dead. */
    public long discard(long... taskIds) {
        return discard(DlqFilter.ANY, DlqReplay.Options.ALL, taskIds);
    }

    private static long count(ByteBuffer frame) {
        return new Counted().wrap(frame, 0).count();
    }

    /** Counts of the whole broker since its start. */
    public BrokerStats stats() {
        return new BrokerStats().wrap(ask(id -> Stats.write(writer(), id)), 0);
    }

    /**
     * Has a snapshot taken that covers at least everything confirmed before this call, and waits until it is on the disk.
     *
     * @return the records it covers
     */
    public long snapshot() {
        return count(ask(id -> Snapshot.write(writer(), id)));
    }

    /** Why a task is not running, or where it runs. */
    public Explanation why(long taskId) {
        return new Explanation().wrap(ask(id -> Why.write(writer(), id, taskId)), 0);
    }

    /** A task's changes of state, the oldest first, as far as the broker's journal still tells them: see {@link #past}. */
    public List<Step> history(long taskId) {
        return past(taskId).steps();
    }

    /** What happened to a task. Takes seconds when the broker has to read it from a long journal. */
    public Past past(long taskId) {
        Transitions transitions = new Transitions().wrap(ask(id -> History.write(writer(), id, taskId)), 0);
        Frames frames = transitions.steps();
        List<Step> steps = new ArrayList<>();
        Transition step = new Transition();
        while (frames.next()) {
            step.wrap(frames.buffer(), frames.offset());
            steps.add(new Step(
                    step.atMs(), step.from(), step.to(), step.attempt(), step.leaseId(), step.by(), step.note()));
        }
        return new Past(steps, transitions.sinceMs());
    }

    /**
     * A task's changes of state.
     *
     * @param steps the oldest first; when the beginning is not known, the first one tells what the task itself knows of it
     * @param sinceMs what came before is not known, ms since 1970; 0 = all is
     */
    public record Past(List<Step> steps, long sinceMs) {
        public Past {
            steps = List.copyOf(steps);
        }

        /** Everything is known from the submit on. */
        public boolean isComplete() {
            return sinceMs == 0;
        }
    }

    /**
     * One change of a task's state.
     *
     * @param atMs ms since 1970
     * @param from {@link TaskState#NONE} when the task was made
     * @param worker empty when none had to do with it
     * @param note why
     */
    public record Step(
            long atMs, TaskState from, TaskState to, int attempt, long leaseId, String worker, String note) {}

    /**
     * How many workers a queue needs, by what came and how long attempts took within the last minute.
     *
     * @param slotsPerWorker tasks that one worker runs at once
     * @param targetDrain in which the present backlog should be gone
     */
    public Scale scale(String queue, int slotsPerWorker, Duration targetDrain) {
        return new Scale()
                .wrap(ask(id -> ScaleHint.write(writer(), id, slotsPerWorker, targetDrain.toMillis(), queue)), 0);
    }

    /** Connections that reserved something. */
    public List<ConnectedWorker> workers() {
        Frames frames = new WorkerList()
                .wrap(ask(id -> Workers.write(writer(), id, WORKERS_MAX)), 0)
                .workers();
        List<ConnectedWorker> workers = new ArrayList<>();
        io.telpher.protocol.admin.WorkerView worker = new io.telpher.protocol.admin.WorkerView();
        while (frames.next()) {
            worker.wrap(frames.buffer(), frames.offset());
            workers.add(ConnectedWorker.of(worker));
        }
        return workers;
    }

    /**
     * Has one worker take no more tasks, finish those it runs and leave. When this returns it is given nothing any more.
     *
     * @param sessionId of {@link #workers}
     * @throws TelpherException WORKER_NOT_FOUND when it is not connected
     */
    public ConnectedWorker drainWorker(long sessionId) {
        return drain(sessionId, false);
    }

    /** Undoes {@link #drainWorker}, as long as the worker has not left. */
    public ConnectedWorker resumeWorker(long sessionId) {
        return drain(sessionId, true);
    }

    private ConnectedWorker drain(long sessionId, boolean undo) {
        ByteBuffer frame = ask(id -> DrainWorker.write(writer(), id, sessionId, undo));
        return ConnectedWorker.of(new io.telpher.protocol.admin.WorkerView().wrap(frame, 0));
    }

    /**
     * @param sessionId of its connection; another one after a reconnect
     * @param connectedAtMs ms since 1970
     * @param version of its application, empty when it does not say
     * @param host where it runs, as it says; empty when it does not
     * @param queues from which it last asked for tasks
     * @param leases tasks that it runs
     * @param waiting reserves that wait for a task
     * @param draining it is given no more tasks
     */
    public record ConnectedWorker(
            long sessionId,
            String worker,
            String clientName,
            String address,
            String version,
            String host,
            List<String> queues,
            long connectedAtMs,
            int leases,
            int waiting,
            boolean draining) {
        private static List<String> queues(io.telpher.protocol.admin.WorkerView worker) {
            List<String> queues = new ArrayList<>();
            Elements names = worker.queues();
            while (names.next()) {
                queues.add(names.text());
            }
            return List.copyOf(queues);
        }

        private static ConnectedWorker of(io.telpher.protocol.admin.WorkerView worker) {
            return new ConnectedWorker(
                    worker.sessionId(),
                    worker.worker(),
                    worker.clientName(),
                    worker.address(),
                    worker.version(),
                    worker.host(),
                    queues(worker),
                    worker.connectedAtMs(),
                    worker.leases(),
                    worker.waitingReserves(),
                    worker.draining());
        }
    }
}
