package io.telpher.broker.partition;

import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.Ack;
import io.telpher.protocol.DeleteQueue;
import io.telpher.protocol.DlqDiscard;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.DlqGroups;
import io.telpher.protocol.DlqList;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.DlqRuns;
import io.telpher.protocol.Elements;
import io.telpher.protocol.Frame;
import io.telpher.protocol.Frames;
import io.telpher.protocol.GetQueue;
import io.telpher.protocol.ListTasks;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.NoteQueue;
import io.telpher.protocol.PauseQueue;
import io.telpher.protocol.PurgeQueue;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Reschedule;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.ResumeQueue;
import io.telpher.protocol.ScaleHint;
import io.telpher.protocol.Search;
import io.telpher.protocol.Submit;
import io.telpher.protocol.SubmitBatch;
import io.telpher.protocol.TaskId;
import java.nio.ByteBuffer;

/** Which partition a command or query is for. Not thread-safe. */
final class Routes {
    /** Not one alone. */
    static final int SEVERAL = -1;

    private final int partitions;
    private final Submit submit = new Submit();
    private final SubmitBatch batch = new SubmitBatch();
    private final Reserve reserve = new Reserve();
    private final Ack ack = new Ack();

    Routes(int partitions) {
        this.partitions = partitions;
    }

    int partitionOf(ByteBuffer buffer, int offset) {
        MessageType type = MessageType.known(Frame.typeCode(buffer, offset));
        return switch (type) {
            case SUBMIT -> ofQueue(submit.wrap(buffer, offset));
            case SUBMIT_BATCH -> ofAll(batch.wrap(buffer, offset).tasks(), SEVERAL);
            case RESERVE -> ofReserve(reserve.wrap(buffer, offset));
            case ACK -> ofAck(ack.wrap(buffer, offset));
            case GET, WAIT, CANCEL, NACK, RELEASE, EXTEND, PROGRESS, HISTORY, WHY -> ofTask(taskId(buffer, offset));
            case GET_QUEUE -> ofQueue(new GetQueue().wrap(buffer, offset).queue());
            case PAUSE_QUEUE -> ofQueue(new PauseQueue().wrap(buffer, offset).queue());
            case NOTE_QUEUE -> ofQueue(new NoteQueue().wrap(buffer, offset).queue());
            case RESUME_QUEUE -> ofQueue(new ResumeQueue().wrap(buffer, offset).queue());
            case PURGE_QUEUE -> ofQueue(new PurgeQueue().wrap(buffer, offset).queue());
            case DELETE_QUEUE -> ofQueue(new DeleteQueue().wrap(buffer, offset).queue());
            case SCALE_HINT -> ofQueue(new ScaleHint().wrap(buffer, offset).queue());
            case DLQ_GROUPS ->
                ofQueue(new DlqGroups().wrap(buffer, offset).filter().queue());
            case PUT_QUEUE -> ofPolicy(new PutQueue().wrap(buffer, offset).queue());
            case LIST -> ofFilter(new ListTasks().wrap(buffer, offset).queue());
            case SEARCH -> ofFilter(new Search().wrap(buffer, offset).queue());
            case DLQ_LIST ->
                ofFilter(new DlqList().wrap(buffer, offset).filter().queue());
            case DLQ_RUNS -> ofFilter(new DlqRuns().wrap(buffer, offset).queue());
            case DLQ_REPLAY -> {
                DlqReplay replay = new DlqReplay().wrap(buffer, offset);
                yield ofDead(replay.filter(), replay.taskIds());
            }
            case RESCHEDULE -> ofIds(new Reschedule().wrap(buffer, offset).taskIds());
            case DLQ_DISCARD -> {
                DlqDiscard discard = new DlqDiscard().wrap(buffer, offset);
                yield ofDead(discard.filter(), discard.taskIds());
            }
            case LIST_QUEUES, STATS, WORKERS, DRAIN_WORKER, SNAPSHOT, DLQ_STOP -> SEVERAL;
            default -> throw new IllegalStateException("there is no route for " + type);
        };
    }

    /** Any partition can say that there is no task with this id. */
    int ofTask(long taskId) {
        int partition = TaskId.partition(taskId);
        return partition < partitions ? partition : 0;
    }

    private static long taskId(ByteBuffer buffer, int offset) {
        return Frame.blockLength(buffer, offset) < Long.BYTES ? 0 : buffer.getLong(offset + Frame.HEADER_BYTES);
    }

    int ofQueue(String queue) {
        return Placement.of(queue, partitions);
    }

    private int ofQueue(Submit task) {
        return Placement.of(task.buffer(), task.queueOffset(), task.queueLength(), partitions);
    }

    /** The policy of {@code default} holds in all. */
    private int ofPolicy(String queue) {
        return queue.equals(QueueName.DEFAULT) ? SEVERAL : ofQueue(queue);
    }

    private int ofFilter(String queue) {
        return queue.isEmpty() ? SEVERAL : ofQueue(queue);
    }

    private int ofDead(DlqFilter filter, long[] ids) {
        if (ids.length == 0) {
            return ofFilter(filter.queue());
        }
        return ofIds(ids);
    }

    private int ofIds(long[] ids) {
        int first = ids.length == 0 ? 0 : ofTask(ids[0]);
        for (long id : ids) {
            if (ofTask(id) != first) {
                return SEVERAL;
            }
        }
        return first;
    }

    private int ofReserve(Reserve asked) {
        Elements queues = asked.queues();
        int first = SEVERAL;
        while (queues.next()) {
            int partition = Placement.of(asked.buffer(), queues.offset(), queues.length(), partitions);
            if (first != SEVERAL && partition != first) {
                return SEVERAL;
            }
            first = partition;
        }
        return first;
    }

    private int ofAck(Ack done) {
        int home = ofTask(done.taskId());
        return done.hasFollowUps() ? ofAll(done.followUps(), home) : home;
    }

    /** @param home where one of them has to live, too; {@link #SEVERAL} = anywhere */
    private int ofAll(Frames tasks, int home) {
        int first = home;
        while (tasks.next()) {
            int partition = ofQueue(submit.wrap(tasks.buffer(), tasks.offset()));
            if (first != SEVERAL && partition != first) {
                return SEVERAL;
            }
            first = partition;
        }
        return first;
    }

    int partitionOfFirst(Frames tasks) {
        return tasks.next() ? ofQueue(submit.wrap(tasks.buffer(), tasks.offset())) : 0;
    }

    /** By partition, whether some of the tasks live there. */
    boolean[] partitionsOf(Frames tasks) {
        boolean[] there = new boolean[partitions];
        while (tasks.next()) {
            there[ofQueue(submit.wrap(tasks.buffer(), tasks.offset()))] = true;
        }
        return there;
    }
}
