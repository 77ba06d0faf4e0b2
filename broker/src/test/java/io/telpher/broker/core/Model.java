package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a client may rely on, checked against all that the core says: tasks once accepted, leases, and ends. */
final class Model implements Outbox {
    /** Under which lease each task was given last, to which session. */
    record Held(long session, long leaseId) {}

    private static final Held NOBODY = new Held(0, 0);

    final List<Long> accepted = new ArrayList<>();
    final Map<Long, Held> lastHeld = new HashMap<>();
    private final Set<Long> known = new HashSet<>();
    private final Map<Long, TaskState> ended = new HashMap<>();
    /** Of the ended, those that an operator may have run again. */
    private final Set<Long> dead = new LinkedHashSet<>();

    private final Map<Long, Integer> replaysAtEnd = new HashMap<>();
    private final Set<Long> gone = new HashSet<>();
    private long lastLeaseId;
    private boolean refused;
    int deliveries;
    int completed;

    /** Nothing may be given to this session any more. */
    void closed(long session) {
        gone.add(session);
    }

    boolean takeRefused() {
        boolean was = refused;
        refused = false;
        return was;
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        assertFalse(message.isEmpty());
        refused = true;
    }

    @Override
    public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {
        accept(task.taskId(), duplicate);
    }

    @Override
    public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {
        for (int i = 0; i < outcome.count(); i++) {
            accept(outcome.taskId(i), outcome.duplicate(i));
        }
    }

    private void accept(long taskId, boolean duplicate) {
        assertEquals(duplicate, !known.add(taskId), "a new task has a new id, a repeated one its old");
        if (!duplicate) {
            accepted.add(taskId);
        }
    }

    @Override
    public void deliveries(long session, int requestId, Grants grants) {
        assertFalse(gone.contains(session), "a delivery to a session that is gone");
        for (int i = 0; i < grants.count(); i++) {
            TaskCursor task = grants.task(i);
            assertTrue(known.contains(task.taskId()));
            boolean replayed = task.replays() > replaysAtEnd.getOrDefault(task.taskId(), 0);
            TaskState end = replayed ? null : ended.get(task.taskId());
            assertNull(end, "a task that has ended was delivered again");
            assertTrue(task.leaseId() > lastLeaseId, "lease ids only grow");
            assertTrue(
                    task.expiresAtMs() == 0 || task.expiresAtMs() > task.startedAtMs(),
                    "an expired task was delivered");
            lastLeaseId = task.leaseId();
            lastHeld.put(task.taskId(), new Held(session, task.leaseId()));
            deliveries++;
        }
    }

    @Override
    public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {
        batchSubmitted(session, requestId, followUps);
    }

    @Override
    public void queueChanged(long session, int requestId, QueueCursor queue) {
        assertFalse(queue.name().isEmpty());
    }

    @Override
    public void counted(long session, int requestId, long count) {
        assertTrue(count >= 0);
    }

    @Override
    public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {
        throw new AssertionError("a hand-over where there is one partition");
    }

    @Override
    public void taken(int source, long number, BatchOutcome tasks) {
        throw new AssertionError("a hand-over where there is one partition");
    }

    @Override
    public void cancelRequested(long session, long taskId, long leaseId) {
        assertFalse(gone.contains(session), "a push to a session that is gone");
        assertEquals(leaseId, lastHeld.getOrDefault(taskId, NOBODY).leaseId, "of the last lease");
    }

    @Override
    public void finished(TaskCursor task) {
        TaskState before = ended.get(task.taskId());
        assertTrue(before == null || before == TaskState.DEAD, "a task ends once, but for dead ones");
        ended.put(task.taskId(), task.state());
        if (task.state() == TaskState.DEAD) {
            dead.add(task.taskId());
        } else {
            dead.remove(task.taskId());
        }
        replaysAtEnd.put(task.taskId(), task.replays());
        if (task.state() == TaskState.COMPLETED) {
            completed++;
        }
    }

    /** Dead tasks that were replayed run again. */
    void replayed(Partition partition) {
        dead.removeIf(id -> {
            TaskCursor task = partition.find(id);
            boolean runsAgain = task != null && !task.state().isFinal();
            if (runsAgain) {
                ended.remove(id);
            }
            return runsAgain;
        });
    }

    /** Every accepted task is there in the state it ended in, or is still to be done, or was purged after its end. */
    void check(Partition partition) {
        for (long id : accepted) {
            TaskCursor task = partition.find(id);
            TaskState end = ended.get(id);
            if (task == null) {
                assertTrue(
                        partition.wasPurged(id) && end != null && end != TaskState.DEAD, "only ended tasks are purged");
            } else {
                assertEquals(end, task.state().isFinal() ? task.state() : null, "the end of a task was told");
            }
        }
    }
}
