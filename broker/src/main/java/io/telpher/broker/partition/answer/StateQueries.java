package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.QueueRates;
import io.telpher.broker.partition.query.RecentSyncs;
import io.telpher.broker.partition.query.TaskExplainer;
import io.telpher.broker.partition.replica.Applier;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.NotFound;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Why;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** What every copy of a partition can answer, whether it leads or not: from the state that it has applied, and from its own journal. */
final class StateQueries {
    private final Partition partition;
    private final Log log;
    private final Store store;
    private final LongSupplier clock;
    private final IntSupplier connections;
    private final Replies replies;
    private final TaskReader reader;
    private final Listings listings;
    private final QueueRates rates;
    private final TaskExplainer explainer;
    private final RecentSyncs syncs;
    private final long startedAtMs;

    /**
     * @param clock by which what waits is as old as it says
     * @param connections that STATS counts
     */
    StateQueries(
            Parts parts,
            Applier applier,
            TaskReader reader,
            Replies replies,
            LongSupplier clock,
            IntSupplier connections) {
        this.partition = parts.partition();
        this.log = parts.log();
        this.store = parts.store();
        this.clock = clock;
        this.connections = connections;
        this.replies = replies;
        this.reader = reader;
        this.listings = new Listings(partition, reader, replies);
        this.rates = applier.rates();
        this.explainer = new TaskExplainer(partition, rates);
        this.syncs = parts.observers().syncs();
        this.startedAtMs = clock.getAsLong();
    }

    /** Adds a row for each. */
    void addTo(QueryTable table) {
        table.on(MessageType.GET, (asker, frame) -> get(asker, new Get().wrap(frame, 0)));
        table.inPieces(MessageType.LIST, (asker, frame) -> listings.tasks(asker, new ListTasks().wrap(frame, 0)));
        table.inPieces(MessageType.SEARCH, (asker, frame) -> listings.search(asker, new Search().wrap(frame, 0)));
        table.on(MessageType.GET_QUEUE, (asker, frame) -> queue(asker, new GetQueue().wrap(frame, 0)));
        table.inPieces(
                MessageType.LIST_QUEUES, (asker, frame) -> listings.queues(asker, new ListQueues().wrap(frame, 0)));
        table.inPieces(MessageType.DLQ_LIST, (asker, frame) -> listings.dead(asker, new DlqList().wrap(frame, 0)));
        table.inPieces(
                MessageType.DLQ_GROUPS, (asker, frame) -> listings.groups(asker, new DlqGroups().wrap(frame, 0)));
        table.on(MessageType.STATS, this::stats);
        table.on(MessageType.SCALE_HINT, (asker, frame) -> scale(asker, new ScaleHint().wrap(frame, 0)));
        table.inItsTurn(MessageType.WHY, (asker, frame) -> why(asker, new Why().wrap(frame, 0)));
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
            connections.getAsInt(),
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
