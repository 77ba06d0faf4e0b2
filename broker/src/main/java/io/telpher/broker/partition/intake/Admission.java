package io.telpher.broker.partition.intake;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.Partition.QueueRoom;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.session.ReserveShares;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.storage.DiskRoom;
import io.telpher.broker.partition.storage.HeapRoom;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.QueueNames;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Refuses what can't be taken before it costs a journal record. The core checks again: this is a look ahead, not the rule. */
final class Admission {
    private final Partition partition;
    private final DiskRoom room;
    private final HeapRoom heap;
    private final ReserveShares shares;
    private final Ack ack = new Ack();
    private final QueueNames names = new QueueNames();
    private final Submit submit = new Submit();
    private final Reserve reserve = new Reserve();
    private final Extend extend = new Extend();
    private boolean isQueueMissing;

    Admission(Partition partition, DiskRoom room, HeapRoom heap, ReserveShares shares) {
        this.partition = partition;
        this.room = room;
        this.heap = heap;
        this.shares = shares;
    }

    /**
     * Why the command does not go into the journal; null when it does. Its queue is looked up here and nowhere else before it is applied: afterwards {@link #makesQueue} says
     * what was found.
     */
    @Nullable
    Problem problem(Session session, MessageType type, ByteBuffer buffer, int offset, boolean draining) {
        isQueueMissing = false;
        return switch (type) {
            case SUBMIT -> draining ? drains() : submitProblem(buffer, offset);
            case SUBMIT_BATCH -> draining ? drains() : first(spaceProblem(), buffer, offset);
            case PUT_QUEUE -> newQueueProblem(buffer, offset);
            case ACK -> followUpProblem(buffer, offset);
            case RESERVE -> draining ? drains() : reserveProblem(session, buffer, offset);
            case EXTEND -> {
                takesOver(session, buffer, offset);
                yield null;
            }
            default -> null;
        };
    }

    /** The command that was admitted last may make a queue: it names one that is not there. */
    boolean makesQueue() {
        return isQueueMissing;
    }

    private @Nullable Problem reserveProblem(Session session, ByteBuffer buffer, int offset) {
        Problem problem = reserveProblem(session, reserve.wrap(buffer, offset));
        return reserve.waitMs() > 0 ? first(problem, buffer, offset) : problem;
    }

    /** The problem; without one, looks for missing queues. */
    private @Nullable Problem first(@Nullable Problem problem, ByteBuffer buffer, int offset) {
        if (problem == null) {
            isQueueMissing = isAnyMissing(buffer, offset);
        }
        return problem;
    }

    private boolean isAnyMissing(ByteBuffer buffer, int offset) {
        names.wrap(buffer, offset);
        while (names.next()) {
            if (partition.roomIn(buffer, names.offset(), names.length()) == QueueRoom.MISSING) {
                return true;
            }
        }
        return false;
    }

    static Problem drains() {
        return new Problem(ErrorCode.DRAINING, "the broker is stopping and takes no new work");
    }

    /** The lease, and after a reconnect the name that its worker had. */
    private void takesOver(Session session, ByteBuffer buffer, int offset) {
        String name = session.worker();
        if (name.isEmpty()) {
            TaskCursor task = partition.find(extend.wrap(buffer, offset).taskId());
            name = task == null ? "" : task.worker();
        }
        session.reserved(name);
    }

    /** The worker's name is noted; one that may come to wait needs a place. */
    @Nullable
    Problem reserveProblem(Session session, Reserve asked) {
        session.reserved(asked.worker());
        session.reservedFrom(asked);
        return ReserveShares.mayWait(asked) ? shares.take(session) : null;
    }

    private @Nullable Problem submitProblem(ByteBuffer buffer, int offset) {
        submit.wrap(buffer, offset);
        QueueRoom room = partition.roomIn(buffer, submit.queueOffset(), submit.queueLength());
        isQueueMissing = room == QueueRoom.MISSING;
        boolean mayRepeat = submit.idempotencyKeyLength() > 0; // one that was accepted
        if (room == QueueRoom.REFUSES && !mayRepeat) {
            return new Problem(
                    ErrorCode.QUEUE_PAUSED, "queue \"" + submit.queue() + "\" is paused and refuses submits");
        }
        if (room == QueueRoom.FULL && !mayRepeat) {
            return new Problem(ErrorCode.QUEUE_FULL, "queue \"" + submit.queue() + "\" has reached its max_tasks");
        }
        return spaceProblem();
    }

    static Problem heapIsFull() {
        return new Problem(ErrorCode.MEMORY_FULL, "too little of the heap is left for new tasks and queues");
    }

    private @Nullable Problem newQueueProblem(ByteBuffer buffer, int offset) {
        isQueueMissing = isAnyMissing(buffer, offset);
        return isQueueMissing && heap.isFull() ? heapIsFull() : null;
    }

    /** An ack that makes new tasks goes on for longer than a submit: its work is done, and doing it again would cost more than they take. */
    private @Nullable Problem followUpProblem(ByteBuffer buffer, int offset) {
        if (!ack.wrap(buffer, offset).hasFollowUps()) {
            return null;
        }
        return first(heap.isCritical() ? heapIsFull() : null, buffer, offset);
    }

    private @Nullable Problem spaceProblem() {
        if (heap.isFull()) {
            return heapIsFull();
        }
        if (room.isLow()) {
            return new Problem(ErrorCode.DISK_FULL, "too little space is left in the data directory for new tasks");
        }
        String elsewhere = room.lowElsewhere();
        return elsewhere.isEmpty()
                ? null
                : new Problem(
                        ErrorCode.DISK_FULL,
                        "too few nodes of the cluster have space left for new tasks; nearly full are the disks of "
                                + elsewhere);
    }
}
