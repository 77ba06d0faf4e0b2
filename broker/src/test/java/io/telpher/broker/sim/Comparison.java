package io.telpher.broker.sim;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.PartitionAudit;
import io.telpher.broker.core.state.Counts;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.MessageType;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** The partition beside the model: a difference is a broken rule, and which one is told by what differs. */
final class Comparison {
    private final Partition partition;
    private final Reference reference;

    Comparison(Partition partition, Reference reference) {
        this.partition = partition;
        this.reference = reference;
    }

    /** What the last record changed. */
    void touched() {
        for (ReferenceTask task : reference.state.touched) {
            compare(task);
        }
        counts();
    }

    /** Everything. */
    void full() {
        for (ReferenceTask task : reference.state.tasks.values()) {
            compare(task);
        }
        counts();
        deadlines();
        long sequence = 0;
        for (long each = 1; each <= reference.state.lastSequence; each++) {
            if (partition.find(TaskId.of(0, each)) != null) {
                sequence++;
            }
        }
        long rows = sequence;
        Rule.NOTHING_FROM_NOWHERE.holds(
                rows == reference.state.tasks.size(), () -> rows + " tasks, not " + reference.state.tasks.size());
        try {
            PartitionAudit.check(partition);
        } catch (AssertionError e) {
            throw Rule.BOOKS_BALANCE.broken("the audit fails", e);
        }
    }

    /** A lost timer shows here: whatever waits, waits for the earliest of all. */
    void deadlines() {
        long expected = reference.deadlines.nextDeadlineMs();
        long found = partition.nextDeadlineMs();
        Rule rule = found < expected ? Rule.DELAYED_IS_NEVER_EARLY : Rule.LOST_LEASE_COMES_BACK_AT_ONCE;
        rule.holds(found == expected, () -> "the next deadline is " + found + ", not " + expected);
    }

    private void counts() {
        Counts counts = partition.counts();
        long[] byState = reference.state.byState;
        boolean equal = counts.ready() == byState[TaskState.READY.ordinal()]
                && counts.scheduled() == byState[TaskState.SCHEDULED.ordinal()]
                && counts.retryWait() == byState[TaskState.RETRY_WAIT.ordinal()]
                && counts.active() == byState[TaskState.ACTIVE.ordinal()]
                && counts.dead() == byState[TaskState.DEAD.ordinal()]
                && counts.completed() == reference.state.completed
                && counts.submitted() == reference.state.submitted
                && counts.kept() == reference.state.tasks.size();
        if (!equal) {
            throw countRule(counts)
                    .broken(counts + " after " + reference.lastType() + ", not submitted "
                            + reference.state.submitted + ", completed " + reference.state.completed + ", kept "
                            + reference.state.tasks.size() + ", by state " + java.util.Arrays.toString(byState));
        }
        queues();
        Rule.ONE_LIVE_LEASE.holds(
                counts.waiters() == reference.state.waiters.size(),
                () -> counts.waiters() + " reserves wait, not " + reference.state.waiters.size());
    }

    /** A queue is there from its first task or policy until it is deleted or has been idle; a reserve makes none. */
    private void queues() {
        StringBuilder found = new StringBuilder();
        partition.queues("", queue -> {
            found.append(queue.name()).append(' ').append(queue.waiters()).append(' ');
            return true;
        });
        StringBuilder expected = new StringBuilder();
        reference.state.queues.values().stream()
                .filter(queue -> queue.listed)
                .sorted(Comparator.comparing(queue -> queue.name))
                .forEach(queue -> expected.append(queue.name)
                        .append(' ')
                        .append(reference.state.waiters.values().stream()
                                .filter(waiter -> waiter.queues.contains(queue))
                                .count())
                        .append(' '));
        Rule.QUEUES_COME_AND_GO.holds(
                found.toString().contentEquals(expected),
                () -> "queues and who waits for them: " + found + "not " + expected + "after " + reference.lastType());
    }

    private Rule countRule(Counts counts) {
        boolean submitted = counts.submitted() != reference.state.submitted;
        return switch (reference.lastType()) {
            case SUBMIT -> submitted ? Rule.ONE_KEY_ONE_TASK : Rule.OPERATORS_LOSE_NOTHING;
            case SUBMIT_BATCH -> Rule.UNCONFIRMED_IS_WHOLE_OR_ABSENT;
            case ACK -> submitted ? Rule.FOLLOW_UPS_WITH_THEIR_ACK : Rule.STALE_LEASE_DOES_NOTHING;
            case NACK, RELEASE, EXTEND -> Rule.STALE_LEASE_DOES_NOTHING;
            case TICK, DISCONNECT -> Rule.LOST_LEASE_COMES_BACK_AT_ONCE;
            case PAUSE_QUEUE, RESUME_QUEUE, PURGE_QUEUE, DELETE_QUEUE, PUT_QUEUE, DLQ_DISCARD, DLQ_REPLAY, RESCHEDULE ->
                Rule.OPERATORS_LOSE_NOTHING;
            default -> Rule.ONE_STATE_AND_COUNTS_ADD_UP;
        };
    }

    private void compare(ReferenceTask task) {
        long id = TaskId.of(0, task.sequence);
        if (!reference.state.tasks.containsKey(task.sequence)) {
            return; // purged by the same record
        }
        TaskCursor found = partition.find(id);
        if (found == null) {
            throw Rule.ONE_STATE_AND_COUNTS_ADD_UP.broken(task + " is not there");
        }
        if (found.state() != task.state) {
            TaskState is = found.state();
            throw stateRule(task, is).broken(task + " is " + is + " after " + reference.lastType());
        }
        requireSame(Rule.ATTEMPTS_AND_CRASHES_ARE_COUNTED, task, "attempts", found.attempts(), task.attempts);
        requireSame(Rule.ATTEMPTS_AND_CRASHES_ARE_COUNTED, task, "crashes", found.crashes(), task.crashes);
        requireSame(Rule.ATTEMPTS_AND_CRASHES_ARE_COUNTED, task, "replays", found.replays(), task.replays);
        requireSame(Rule.DEAD_FOR_A_REASON, task, "reason", found.deadReason().ordinal(), task.reason.ordinal());
        requireSame(Rule.LEASE_IDS_NEVER_REPEAT, task, "lease id", found.leaseId(), task.leaseId);
        requireSame(Rule.BOOKS_BALANCE, task, "created", found.createdStampMs(), task.createdAtMs);
        requireSame(Rule.BOOKS_BALANCE, task, "expires", found.expiresAtMs(), task.expiresAtMs);
        requireSame(Rule.BOOKS_BALANCE, task, "priority", found.priority().ordinal(), task.priority);
        requireSame(
                Rule.FIRST_OF_CANCEL_AND_ACK_WINS,
                task,
                "cancel requested",
                found.cancelRequested() ? 1 : 0,
                task.cancelRequested ? 1 : 0);
        compareTimes(task, found);
    }

    private void compareTimes(ReferenceTask task, TaskCursor found) {
        boolean active = task.state == TaskState.ACTIVE;
        boolean waits = task.state == TaskState.SCHEDULED || task.state == TaskState.RETRY_WAIT;
        requireSame(Rule.ONE_LIVE_LEASE, task, "session", found.session(), active ? task.session : 0);
        requireSame(
                Rule.NO_REDELIVERY_WHILE_LEASED,
                task,
                "end of the lease",
                found.leaseDeadlineMs(),
                active ? task.leaseDeadlineMs : 0);
        requireSame(Rule.DELAYED_IS_NEVER_EARLY, task, "next run", found.nextRunAtMs(), waits ? nextRunAtMs(task) : 0);
        requireSame(
                Rule.BOOKS_BALANCE, task, "finished", found.finishedStampMs(), task.state.isFinal() ? task.dueMs : 0);
    }

    private long nextRunAtMs(ReferenceTask task) {
        return task.runsAt ? task.dueMs : task.dueMs + reference.state.wallOffsetMs;
    }

    private void requireSame(Rule rule, ReferenceTask task, String what, long found, long expected) {
        rule.holds(
                found == expected,
                () -> what + " of " + task + " is " + found + ", not " + expected + " after " + reference.lastType());
    }

    private Rule stateRule(ReferenceTask task, TaskState is) {
        if (task.state == TaskState.SCHEDULED || task.state == TaskState.RETRY_WAIT && is == TaskState.ACTIVE) {
            return Rule.DELAYED_IS_NEVER_EARLY;
        }
        if (task.state == TaskState.ACTIVE && is == TaskState.READY) {
            return takenInstead(task);
        }
        if (is == TaskState.ACTIVE && reference.lastType() != MessageType.RESERVE) {
            return task.state == TaskState.COMPLETED
                    ? Rule.STALE_LEASE_DOES_NOTHING
                    : Rule.LOST_LEASE_COMES_BACK_AT_ONCE;
        }
        if (task.state == TaskState.DEAD || is == TaskState.DEAD) {
            return Rule.DEAD_FOR_A_REASON;
        }
        if (task.state == TaskState.CANCELLED || is == TaskState.CANCELLED) {
            return Rule.FIRST_OF_CANCEL_AND_ACK_WINS;
        }
        return is == TaskState.COMPLETED ? Rule.STALE_LEASE_DOES_NOTHING : Rule.ONE_STATE_AND_COUNTS_ADD_UP;
    }

    /** This task's turn was given to another one. */
    private Rule takenInstead(ReferenceTask task) {
        ReferenceTask other = otherActive();
        if (other == null) {
            return Rule.ONE_STATE_AND_COUNTS_ADD_UP;
        }
        return other.priority == task.priority ? Rule.FIFO_WITHIN_PRIORITY : Rule.HIGHEST_PRIORITY_FIRST;
    }

    private @Nullable ReferenceTask otherActive() {
        for (ReferenceTask each : reference.state.tasks.values()) {
            TaskCursor found = partition.find(TaskId.of(0, each.sequence));
            if (each.state == TaskState.READY && found != null && found.state() == TaskState.ACTIVE) {
                return each;
            }
        }
        return null;
    }
}
