package io.telpher.broker.partition.session;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.QueueNames;
import io.telpher.protocol.lease.Reserve;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests about tasks whose queue is not the session's to touch. Only the partition knows which queue a task belongs to; what
 * names its queue was judged before it came here.
 */
public final class TaskRights {
    private final Partition partition;
    public static final Problem FORBIDDEN_RESERVE =
            new Problem(ErrorCode.FORBIDDEN, "this token may not RESERVE in each of the queues that were asked for");

    private final Reserve reserve = new Reserve();

    public TaskRights(Partition partition) {
        this.partition = partition;
    }

    @Nullable
    public Problem problem(Session session, MessageType type, ByteBuffer buffer, int offset) {
        Rights rights = session.rights();
        if (rights == Rights.ALL) {
            return null;
        }
        if (type == MessageType.RESERVE) {
            // Its queues were judged before, but a reserve over several partitions goes from one to the next.
            return problem(rights, reserve.wrap(buffer, offset));
        }
        return type.subject() == MessageType.Subject.TASK
                ? one(rights, type, type.taskId(buffer, offset))
                : each(rights, type, type.taskIds(buffer, offset));
    }

    /** The same for a question that has waited, or has begun to be answered: the session's rights may have changed since. */
    @Nullable
    public Problem problemNow(Session session, MessageType type, ByteBuffer frame) {
        return switch (type.subject()) {
            case QUEUES, QUEUE_OR_ALL -> {
                QueueNames names = new QueueNames().wrap(frame, 0);
                yield queue(session, type, names.next() ? names.text() : "");
            }
            case BROKER -> queue(session, type, "");
            case NONE, QUEUE_OR_VISIBLE, VISIBLE, TASK, TASKS -> problem(session, type, frame, 0);
        };
    }

    private static @Nullable Problem queue(Session session, MessageType type, String queue) {
        return session.rights().allow(type, queue)
                ? null
                : new Problem(ErrorCode.FORBIDDEN, "this token may not " + type + " any more what it asked for");
    }

    public static @Nullable Problem problem(Rights rights, Reserve reserve) {
        Elements queues = reserve.queues();
        while (queues.next()) {
            if (!rights.allow(MessageType.RESERVE, queues.text())) {
                return FORBIDDEN_RESERVE;
            }
        }
        return null;
    }

    private @Nullable Problem one(Rights rights, MessageType type, long taskId) {
        TaskCursor task = partition.find(taskId);
        if (task == null) {
            // Not passed on: the id might be given to a task of another queue by the time the request is applied.
            return NotFound.task(partition, taskId);
        }
        return rights.allow(type, task.queue()) ? null : forbidden(type, taskId);
    }

    private @Nullable Problem each(Rights rights, MessageType type, long[] taskIds) {
        for (long taskId : taskIds) {
            TaskCursor task = partition.find(taskId);
            if (task != null && !rights.allow(type, task.queue())) {
                return forbidden(type, taskId);
            }
        }
        return null;
    }

    public static Problem forbidden(MessageType type, long taskId) {
        return new Problem(
                ErrorCode.FORBIDDEN, "this token may not " + type + " in the queue of task " + TaskId.format(taskId));
    }
}
