package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Journal;
import io.telpher.protocol.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;

/** Who waits for a task's result, until when. Kept out of the core: a wait changes nothing and dies with the process. */
final class Waits {
    private record Wait(Session session, int requestId, long taskId, long deadlineMs) {}

    private final TaskReader reader;
    private final LongSupplier clock;
    private final Long2ObjectHashMap<List<Wait>> byTask = new Long2ObjectHashMap<>();
    private final PriorityQueue<Wait> byDeadline = new PriorityQueue<>(Comparator.comparingLong(Wait::deadlineMs));
    private final List<Wait> over = new ArrayList<>();

    Waits(Journal journal, LongSupplier clock) {
        this.reader = new TaskReader(journal);
        this.clock = clock;
    }

    void add(Session session, int requestId, long taskId, int waitMs) {
        Wait wait = new Wait(session, requestId, taskId, clock.getAsLong() + waitMs);
        byTask.computeIfAbsent(taskId, id -> new ArrayList<>()).add(wait);
        byDeadline.add(wait);
    }

    /** The core says so while it applies a record; answered at the end of the cycle. */
    void finished(TaskCursor task) {
        if (byTask.isEmpty()) {
            return;
        }
        List<Wait> waits = byTask.remove(task.taskId());
        if (waits != null) {
            byDeadline.removeAll(waits);
            over.addAll(waits);
        }
    }

    /** Answers those whose task is final and those whose time is up. */
    int expire(Partition partition, Replies replies) {
        long now = clock.getAsLong();
        Wait next = byDeadline.peek();
        while (next != null && next.deadlineMs() <= now) {
            byDeadline.remove();
            removeFromTask(next);
            over.add(next);
            next = byDeadline.peek();
        }
        int work = over.size();
        for (Wait wait : over) {
            answer(wait, partition, replies);
        }
        over.clear();
        return work;
    }

    private void answer(Wait wait, Partition partition, Replies replies) {
        TaskCursor task = partition.find(wait.taskId());
        if (task == null) {
            replies.refuse(wait.session(), wait.requestId(), Queries.missing(partition, wait.taskId()));
        } else {
            replies.send(wait.session(), Task.write(replies.begin(), wait.requestId(), reader.read(task, false)));
        }
    }

    void forget(Session session) {
        if (!byDeadline.isEmpty()) {
            List<Wait> gone = byDeadline.stream()
                    .filter(wait -> wait.session() == session)
                    .toList();
            byDeadline.removeAll(gone);
            gone.forEach(this::removeFromTask);
        }
    }

    private void removeFromTask(Wait wait) {
        List<Wait> waits = byTask.get(wait.taskId());
        if (waits != null && waits.remove(wait) && waits.isEmpty()) {
            byTask.remove(wait.taskId());
        }
    }

    long nextDeadlineMs() {
        Wait next = byDeadline.peek();
        return next == null ? Partition.NEVER : next.deadlineMs();
    }
}
