package io.telpher.broker.partition.routing;

import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Tasks;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A question with a limit that all partitions are asked one after the other, each for what is left of the limit: lists of tasks, dead letters and
 * queues, in the order of the partitions, and replay or discard of dead letters wherever they are.
 */
final class MultiPartitionPages {
    /** A page is not made longer than this by another partition's part. */
    private static final int PAGE_BYTES_MAX = 3 << 20;

    private final PartitionAgent[] agents;
    private final Session asker;
    private final ByteBuffer frame;
    private final MessageType type;
    private final int requestId;
    private final Consumer<FrameWriter> answer;
    private final FrameWriter items = new FrameWriter();
    private final int limit;
    private final long[] ids;
    private int partition;
    private long after;
    private long afterPlace;
    private String afterQueue = "";
    private long nextPlace;
    private long looked;
    private long count;
    private long refused;

    MultiPartitionPages(PartitionAgent[] agents, Session asker, ByteBuffer frame, Consumer<FrameWriter> answer) {
        this.agents = agents;
        this.asker = asker;
        this.frame = frame;
        this.type = MessageType.known(Frame.typeCode(frame, 0));
        this.requestId = Frame.requestId(frame, 0);
        this.answer = answer;
        long[] wanted = new long[0];
        switch (type) {
            case LIST -> {
                ListTasks list = new ListTasks().wrap(frame, 0);
                limit = list.limit();
                after = list.afterTaskId();
            }
            case SEARCH -> {
                Search search = new Search().wrap(frame, 0);
                limit = search.limit();
                after = search.afterTaskId();
            }
            case DLQ_LIST -> {
                DlqList list = new DlqList().wrap(frame, 0);
                limit = list.page().limit();
                after = list.page().afterTaskId();
                afterPlace = list.page().afterPlace();
            }
            case LIST_QUEUES -> {
                ListQueues list = new ListQueues().wrap(frame, 0);
                limit = list.limit();
                afterQueue = list.after();
                partition = afterQueue.isEmpty() ? 0 : Placement.of(afterQueue, agents.length);
            }
            case DLQ_REPLAY, DLQ_DISCARD -> {
                DlqCommand command = DlqCommand.of(frame, 0);
                limit = limitOf(command.options());
                wanted = command.taskIds();
            }
            case RESCHEDULE -> {
                limit = Integer.MAX_VALUE;
                wanted = new Reschedule().wrap(frame, 0).taskIds();
            }
            default -> throw new IllegalStateException(type + " is nothing to ask partition by partition");
        }
        if (after != 0) {
            partition = TaskId.partition(after);
        }
        ids = wanted;
    }

    private static int limitOf(DlqReplay.Options options) {
        return options.limit() == 0 ? Integer.MAX_VALUE : options.limit();
    }

    /** Asks the partition whose turn it is, or answers when there is none. */
    void begin() {
        while (ids.length > 0 && partition < agents.length && idsHere().length == 0) {
            partition++;
        }
        if (partition >= agents.length || count + refused >= limit || items.size() >= PAGE_BYTES_MAX) {
            end(partition < agents.length ? TaskId.of(partition, 0) : 0);
        } else {
            new SubQuery(agents[partition], asker, this::answered).ask(question());
        }
    }

    /** A cursor of sequence 0 says that the partition was not begun. */
    private FrameWriter question() {
        FrameWriter out = new FrameWriter();
        long from = TaskId.sequence(after) == 0 || TaskId.partition(after) != partition ? 0 : after;
        int left = (int) (limit - count - refused);
        switch (type) {
            case LIST -> {
                ListTasks list = new ListTasks().wrap(frame, 0);
                ListTasks.write(out, requestId, from, left, list.stateMask(), list.queue(), list.taskType());
            }
            case SEARCH -> {
                SearchQuery query =
                        SearchQuery.parse(new Search().wrap(frame, 0).query());
                Search.write(out, requestId, from, left, query);
            }
            case DLQ_LIST -> {
                DlqList list = new DlqList().wrap(frame, 0);
                DlqList.Page page = new DlqList.Page(
                        from, from == 0 ? 0 : afterPlace, left, list.page().withPayload());
                DlqList.write(out, requestId, page, list.filter());
            }
            case RESCHEDULE -> {
                Reschedule asked = new Reschedule().wrap(frame, 0);
                Reschedule.write(out, requestId, asked.change(), idsHere());
            }
            case LIST_QUEUES -> ListQueues.write(out, requestId, left, afterQueue);
            default -> {
                DlqCommand command = DlqCommand.of(frame, 0);
                command.write(out, options(command.options(), left), idsHere());
            }
        }
        return out;
    }

    private static DlqReplay.Options options(DlqReplay.Options asked, int left) {
        return new DlqReplay.Options(
                asked.limit() == 0 ? 0 : left, asked.ratePerSecond(), asked.dryRun(), asked.canary());
    }

    private long[] idsHere() {
        return idsOf(ids, partition, agents.length);
    }

    /** The ids of this partition; ids of no partition go to the first, which refuses them. */
    static long[] idsOf(long[] ids, int partition, int partitions) {
        return Arrays.stream(ids)
                .filter(id -> TaskId.partition(id) == partition || partition == 0 && TaskId.partition(id) >= partitions)
                .toArray();
    }

    private void answered(ByteBuffer reply) {
        ErrorCode error = MultiPartitionQueries.errorOf(reply);
        boolean isIdOfNobody = error == ErrorCode.TASK_NOT_FOUND || error == ErrorCode.TASK_PURGED;
        if (error != null && !(isIdOfNobody && ids.length > 1)) {
            answer.accept(MultiPartitionQueries.copy(reply));
            return;
        }
        long next = error == null ? take(reply) : 0;
        if (next != 0) {
            end(next);
            return;
        }
        afterQueue = "";
        partition++;
        begin();
    }

    /** Returns where this partition's page goes on; 0 when it has no more. */
    private long take(ByteBuffer reply) {
        switch (type) {
            case LIST, SEARCH, DLQ_LIST -> {
                Tasks tasks = new Tasks().wrap(reply, 0);
                add(tasks.tasks(), tasks.count());
                nextPlace = tasks.nextPlace();
                looked += tasks.looked();
                return tasks.nextAfter();
            }
            case LIST_QUEUES -> {
                QueueList queues = new QueueList().wrap(reply, 0);
                add(queues.queues(), queues.count());
            }
            default -> {
                Counted counted = new Counted().wrap(reply, 0);
                count += counted.count();
                refused += counted.refused();
            }
        }
        return 0;
    }

    private void add(Frames frames, int more) {
        while (frames.next()) {
            int bytes = (int) Frame.bytes(frames.buffer(), frames.offset());
            items.raw(frames.buffer().duplicate().limit(frames.offset() + bytes).position(frames.offset()));
        }
        count += more;
    }

    private void end(long next) {
        FrameWriter out = new FrameWriter(items.size() + 64);
        switch (type) {
            case LIST, SEARCH, DLQ_LIST ->
                Tasks.begin(out, requestId, next, nextPlace, (int) count, looked)
                        .raw(items.written())
                        .endVar()
                        .end();
            case LIST_QUEUES ->
                QueueList.begin(out, requestId, (int) count)
                        .raw(items.written())
                        .endVar()
                        .end();
            default -> Counted.write(out, requestId, count, 0, refused);
        }
        answer.accept(out);
    }
}
