package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.NotFound;
import io.telpher.broker.partition.session.Parked;
import io.telpher.broker.partition.session.ParkingLimits;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Task;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who waits for a task's result, until when. Kept out of the core: a wait changes nothing and dies with the process. */
public final class ResultWaiters {
    /** By one duty cycle: a millisecond, about. */
    private static final int ANSWERS_PER_CYCLE = 256;

    private static final class Wait extends Parked.Request<Long> {
        Wait(Session session, int requestId, long taskId, long deadlineMs) {
            super(session, requestId, taskId, deadlineMs);
        }
    }

    private final TaskReader reader;
    private final LongSupplier clock;
    private final Parked<Long, Wait> parked;

    public ResultWaiters(Store store, LongSupplier clock, ParkingLimits limits) {
        this.reader = new TaskReader(store);
        this.clock = clock;
        this.parked = new Parked<>(limits);
    }

    /** @return why it can't wait; null when it does */
    @Nullable
    Problem add(Session session, int requestId, long taskId, int waitMs) {
        return parked.park(new Wait(session, requestId, taskId, clock.getAsLong() + waitMs + BrokerClock.ROUNDING_MS));
    }

    /** The core says so while it applies a record; answered at the end of the cycle, or when there are many, of one of the next. */
    public void finished(TaskCursor task) {
        if (parked.count() > 0) {
            parked.end(task.taskId());
        }
    }

    /**
     * Answers those whose task is final and those whose time is up, as many as one duty cycle may; returns how many.
     *
     * @param stops the broker does: every wait is up
     */
    public int expire(Partition partition, Replies replies, boolean stops) {
        long nowMs = stops ? Partition.NEVER : clock.getAsLong();
        int work = 0;
        while (work < ANSWERS_PER_CYCLE && !replies.isMuch()) {
            Wait wait = parked.poll(nowMs);
            if (wait == null) {
                break;
            }
            if (!wait.session.isOver()) {
                answer(wait, partition, replies);
            }
            work++;
        }
        return work;
    }

    private void answer(Wait wait, Partition partition, Replies replies) {
        TaskCursor task = partition.find(wait.key);
        if (task == null) {
            replies.refuse(wait.session, wait.requestId, NotFound.task(partition, wait.key));
        } else if (isForbidden(wait, task)) {
            refuse(wait, replies);
        } else {
            replies.send(wait.session, Task.write(replies.begin(), wait.requestId, reader.read(task, false)));
        }
    }

    private static boolean isForbidden(Wait wait, TaskCursor task) {
        return !wait.session.rights().allow(MessageType.WAIT, task.queue());
    }

    private static void refuse(Wait wait, Replies replies) {
        replies.refuse(wait.session, wait.requestId, TaskRights.forbidden(MessageType.WAIT, wait.key));
    }

    /** Refuses what the session's rights don't cover. */
    void review(Session session, Partition partition, Replies replies) {
        for (Wait wait : parked.of(session)) {
            TaskCursor task = partition.find(wait.key);
            if (task != null && isForbidden(wait, task)) {
                parked.remove(wait);
                refuse(wait, replies);
            }
        }
    }

    public boolean isEmpty() {
        return parked.count() == 0;
    }

    /** The connection is gone. */
    void forget(Session session) {
        parked.end(session);
    }

    /** When {@link #expire} has something to do without anything else happening, ms since 1970. */
    public long nextDeadlineMs() {
        return parked.nextDeadlineMs();
    }
}
