package io.telpher.broker.core.state;

import static io.telpher.broker.core.table.Invariant.check;

import io.telpher.broker.core.hash.KeyHash;
import io.telpher.broker.core.queue.Grace;
import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.task.Submit;
import org.jspecify.annotations.Nullable;

/**
 * The verbs of a task: each takes it from one state to the next and keeps every structure that knows the task in step. No verb
 * hands out tasks: one that makes a task ready marks its queue for grants.
 */
public final class Lifecycle {
    private final PartitionState state;
    private final Passage passage;

    public Lifecycle(PartitionState state) {
        this.state = state;
        this.passage = new Passage(state);
    }

    /** A new task, READY or SCHEDULED; {@code task} is moved to it. */
    public void accept(TaskCursor task, TaskQueue queue, Arrival arrival) {
        Submit submit = arrival.submit;
        long now = state.nowMs();
        boolean byWall = submit.delayMs() == 0 && submit.runAtMs() > state.wallNowMs();
        boolean later = byWall || submit.delayMs() > 0;
        task.occupy(state.tasks.append());
        task.edit().createdAtMs[task.row()] = now;
        setSubmit(task, queue, arrival);
        task.set(RowBits.STATE, RowBits.STATE_MASK, (later ? TaskState.SCHEDULED : TaskState.READY).ordinal());
        passage.entered(task);
        setExpiry(task, submit);
        if (arrival.hasKey) {
            passage.remember(task, arrival.key, now + window(submit));
        }
        if (byWall) {
            passage.waitForWall(task, submit.runAtMs());
        } else if (later) {
            passage.waitUntil(task, now + submit.delayMs());
        } else {
            passage.lineUp(task);
        }
    }

    /** The task that this key stands for now: its slot in the index, or {@link IdempotencyIndex#NONE}. */
    public int findKey(KeyHash key, TaskCursor task) {
        int slot = state.keys().find(key.high, key.low);
        if (slot == IdempotencyIndex.NONE) {
            return slot;
        }
        check(task.moveTo(state.keys().sequence(slot)), "a key of a task that is not there");
        boolean over =
                state.keys().windowEndMs(slot) <= state.nowMs() && task.state().isFinal();
        return over ? IdempotencyIndex.NONE : slot;
    }

    private static long window(Submit submit) {
        long windowMs = submit.idempotencyWindowMs();
        return windowMs == 0 ? Limits.IDEMPOTENCY_WINDOW_MS_DEFAULT : windowMs;
    }

    private void setSubmit(TaskCursor task, TaskQueue queue, Arrival arrival) {
        TaskPage page = task.edit();
        int row = task.row();
        page.submitLocation[row] = arrival.location;
        page.submitCrc[row] = arrival.crc;
        page.submitBytes[row] = arrival.submit.frameBytes();
        page.kind[row] = state.kinds.enter(queue, arrival.submit).slot;
        task.set(
                RowBits.PRIORITY,
                RowBits.PRIORITY_MASK,
                arrival.submit.priority().ordinal());
    }

    /** At an instant by the wall clock, or when a duration has passed by the broker's. */
    private void setExpiry(TaskCursor task, Submit submit) {
        boolean isDuration = submit.expiresInMs() > 0;
        long expiry = isDuration ? state.nowMs() + submit.expiresInMs() : submit.expiresAtMs();
        if (expiry > 0) {
            task.edit().expiresAtMs(task.row(), expiry);
            task.set(RowBits.EXPIRES_IN, isDuration);
            passage.watchExpiry(task);
        }
    }

    /** READY, already taken from its lane -> ACTIVE. */
    public void lease(TaskCursor task, @Nullable SessionLeases session, int leaseMsAsked, String worker) {
        check(task.state() == TaskState.READY, "lease of a task that is not ready");
        int leaseMs = leaseMsAsked > 0 ? leaseMsAsked : task.visibilityTimeoutMs();
        Lease lease = state.leases.begin(task.sequence(), session, state.nowMs(), leaseMs, worker);
        lease.waitedMs = state.nowMs() - task.due();
        task.due(lease.slot);
        TaskPage.Worked worked = task.edit().worked();
        worked.leaseId[task.row()] = state.leases.nextLeaseId();
        worked.startedAtMs[task.row()] = state.nowMs();
        worked.attempts[task.row()]++;
        passage.move(task, TaskState.ACTIVE);
    }

    /**
     * The worker needs longer, and holds the task through this session from here on.
     *
     * @param leaseMsAsked from now on; 0 = as long as before
     */
    public void extend(TaskCursor task, @Nullable SessionLeases session, int leaseMsAsked) {
        Lease lease = running(task);
        state.leases.extend(lease, state.nowMs(), leaseMsAsked > 0 ? leaseMsAsked : lease.leaseMs);
        state.leases.bind(lease, session);
    }

    /** How far the worker is, and where its note lies if it wrote one. */
    public void progress(TaskCursor task, int percent, boolean hasNote, long noteLocation) {
        Lease lease = running(task);
        state.copying.beforeChange(lease);
        lease.progress = percent;
        lease.hasNote = hasNote;
        lease.noteLocation = noteLocation;
    }

    /** The worker has begun with the task: an attempt that ends with its connection counts from here on. */
    public void started(TaskCursor task) {
        Lease lease = running(task);
        state.copying.beforeChange(lease);
        lease.started = true;
    }

    /** The connection is gone; its worker has so long to come back and extend the lease. */
    public void waitForWorker(TaskCursor task, int graceMs) {
        state.leases.beginGrace(running(task), Grace.DISCONNECT, state.nowMs() + graceMs);
    }

    /** The connection is gone, but its queue's policy lets the lease go on without one. */
    public void keepWithoutConnection(TaskCursor task) {
        state.leases.bind(running(task), null);
    }

    private static Lease running(TaskCursor task) {
        return Invariant.present(task.lease(), "a lease of a task that is not running");
    }

    /** SCHEDULED or RETRY_WAIT whose time has come -> READY; its timer is gone already. */
    public void timeCame(TaskCursor task) {
        passage.move(task, TaskState.READY);
        passage.lineUp(task);
    }

    /**
     * -> COMPLETED, from ACTIVE or by a late ack from wherever the lost lease left the task.
     *
     * @param ackLocation {@link TaskCursor#NO_FRAME} when it has no result
     */
    public void complete(TaskCursor task, long ackLocation, int ackBytes) {
        passage.takeOut(task, TaskState.COMPLETED);
        setOutcome(task, LastOutcome.ACKED, ackLocation, ackBytes);
        task.set(RowBits.REASON, RowBits.REASON_MASK, DeadReason.NONE.ordinal());
        passage.finish(task);
    }

    /** The ids of the tasks that the ack made, for when it is repeated; 0 for one that another partition makes. */
    public void followUps(TaskCursor task, long[] taskIds) {
        check(task.state() == TaskState.COMPLETED, "follow-ups of a task that is not completed");
        task.edit().followUps(task.row(), taskIds);
        state.finished.grew(taskIds.length * Long.BYTES, state.nowMs());
    }

    /**
     * The worker says that the attempt failed: ACTIVE -> RETRY_WAIT, DEAD, or CANCELLED when that was asked for.
     *
     * @param retryAfterMs instead of the backoff; negative = let the backoff decide
     */
    public void fail(TaskCursor task, long nackLocation, int nackBytes, boolean permanent, long retryAfterMs) {
        setOutcome(task, LastOutcome.NACKED, nackLocation, nackBytes);
        giveUpLease(task);
        if (task.cancelRequested()) {
            cancelled(task);
        } else if (permanent) {
            die(task, DeadReason.PERMANENT);
        } else if (attemptsUsedUp(task)) {
            die(task, DeadReason.RETRIES_EXHAUSTED);
        } else {
            backOff(task, retryAfterMs >= 0 ? retryAfterMs : backoffMs(task));
        }
    }

    /** It was never delivered under this lease, so the attempt does not count: ACTIVE -> DEAD, or CANCELLED when that was asked for. */
    public void payloadUnreadable(TaskCursor task, long errorLocation, int errorBytes) {
        setOutcome(task, LastOutcome.UNREADABLE, errorLocation, errorBytes);
        giveUpLease(task);
        TaskPage.Worked worked = task.edit().worked();
        worked.attempts[task.row()]--;
        if (task.cancelRequested()) {
            cancelled(task);
        } else {
            die(task, DeadReason.UNREADABLE);
        }
    }

    /** Notes the fingerprint of the error that a task died of. */
    public void fingerprint(TaskCursor task, long hash) {
        check(task.state() == TaskState.DEAD, "the fingerprint of a task that is not dead");
        task.edit().fingerprint(task.row(), hash);
    }

    /** The worker gives the task back unworked: ACTIVE -> READY at the front of its lane, the attempt does not count. */
    public void release(TaskCursor task) {
        giveUpLease(task);
        if (task.cancelRequested()) {
            cancelled(task);
            return;
        }
        takeBackAttempt(task);
        if (!expiredMeanwhile(task)) {
            passage.takeOut(task, TaskState.READY);
            passage.lineUpFirst(task);
        }
    }

    /** The lease's deadline has come: it ran out, or its worker did not come back in time. */
    public void leaseEnded(TaskCursor task) {
        switch (running(task).grace) {
            case NONE -> leaseRanOut(task);
            case DISCONNECT -> connectionClosed(task);
            case RESTART -> notResumed(task);
        }
    }

    /** ACTIVE -> RETRY_WAIT, DEAD or CANCELLED. */
    private void leaseRanOut(TaskCursor task) {
        crash(task, LastOutcome.LEASE_RAN_OUT);
        comeBackFromCrash(task, task.attempts());
    }

    /** ACTIVE -> READY, RETRY_WAIT, DEAD or CANCELLED; the first crash costs no wait, and what was not begun no attempt. */
    public void connectionClosed(TaskCursor task) {
        crash(task, LastOutcome.CONNECTION_CLOSED);
        if (!running(task).started) {
            takeBackAttempt(task);
        }
        comeBackFromCrash(task, task.crashes() - 1);
    }

    /** After a restart of the broker's own, which is no fault of the task's or its worker's: ACTIVE -> READY or CANCELLED, uncounted. */
    private void notResumed(TaskCursor task) {
        takeBackAttempt(task);
        if (task.cancelRequested()) {
            cancelled(task);
        } else {
            backOff(task, 0);
        }
    }

    /** @param backoffs how many times the task has had to wait before, this time included; 0 = it need not */
    private void comeBackFromCrash(TaskCursor task, int backoffs) {
        if (task.cancelRequested()) {
            cancelled(task);
        } else if (attemptsUsedUp(task)
                || task.crashes() >= task.taskQueue().policy().maxCrashes()) {
            die(task, DeadReason.POISON);
        } else {
            backOff(task, backoffs == 0 ? 0 : task.kind().backoffMs(task.taskId(), backoffs));
        }
    }

    private static void takeBackAttempt(TaskCursor task) {
        task.edit().worked().attempts[task.row()]--;
    }

    /** Pending -> CANCELLED. */
    public void cancel(TaskCursor task) {
        check(task.state().isPending(), "cancel at once of a task that is not pending");
        cancelled(task);
    }

    /** The worker that holds the task is to stop. */
    public void requestCancel(TaskCursor task) {
        check(task.state() == TaskState.ACTIVE, "a cancel request for a task that is not running");
        task.set(RowBits.CANCEL_REQUESTED, true);
    }

    /** Its entry among the expiries is gone already. Pending -> EXPIRED; a running task goes on, and may not start again. */
    public void expiryCame(TaskCursor task) {
        task.set(RowBits.EXPIRY_CAME, true);
        if (task.state().isPending()) {
            expire(task);
        }
    }

    /** Pending -> EXPIRED. */
    public void expire(TaskCursor task) {
        check(task.state().isPending(), "expiry of a task that is not pending");
        passage.takeOut(task, TaskState.EXPIRED);
        passage.finish(task);
    }

    /** DEAD -> READY behind the new tasks: counters start again, an old expiry does not count any more. */
    public void replay(TaskCursor task) {
        passage.takeOut(task, TaskState.READY);
        passage.takeKeyAgain(task);
        TaskPage.Worked worked = task.edit().worked();
        worked.attempts[task.row()] = 0;
        worked.crashes[task.row()] = 0;
        worked.replays[task.row()]++;
        worked.startedAtMs[task.row()] = 0;
        giveUpLease(task);
        passage.dropExpiry(task);
        task.set(RowBits.REASON, RowBits.REASON_MASK, DeadReason.NONE.ordinal());
        task.set(RowBits.RETURNED, false);
        passage.lineUp(task);
    }

    /** A dead task gets another SUBMIT frame, same queue: payload, headers, priority and retry settings are the new ones. */
    public void patch(TaskCursor task, Arrival patch) {
        check(task.state() == TaskState.DEAD, "patch of a task that is not dead");
        TaskKind before = task.kind();
        setSubmit(task, before.queue, patch);
        state.kinds.leave(before);
    }

    /** A task that a replay brought back with another SUBMIT frame expires as that says. */
    public void expireAs(TaskCursor task, Submit patch) {
        setExpiry(task, patch);
    }

    /** DEAD -> DISCARDED. */
    public void discard(TaskCursor task) {
        check(task.state() == TaskState.DEAD, "discard of a task that is not dead");
        passage.takeOut(task, TaskState.DISCARDED);
        passage.finish(task);
    }

    private void crash(TaskCursor task, LastOutcome how) {
        check(task.state() == TaskState.ACTIVE, "the end of a lease that no session holds");
        setOutcome(task, how, TaskCursor.NO_FRAME, 0);
        task.edit().worked().crashes[task.row()]++;
    }

    private void die(TaskCursor task, DeadReason reason) {
        passage.takeOut(task, TaskState.DEAD);
        task.set(RowBits.REASON, RowBits.REASON_MASK, reason.ordinal());
        passage.finish(task);
    }

    private void cancelled(TaskCursor task) {
        passage.takeOut(task, TaskState.CANCELLED);
        passage.finish(task);
    }

    private void backOff(TaskCursor task, long waitMs) {
        if (expiredMeanwhile(task)) {
            return;
        }
        task.set(RowBits.RETURNED, true);
        if (waitMs == 0) {
            passage.takeOut(task, TaskState.READY);
            passage.lineUp(task);
        } else {
            passage.takeOut(task, TaskState.RETRY_WAIT);
            passage.waitUntil(task, state.nowMs() + waitMs);
        }
    }

    /** A running task outlives its expiry, but it cannot start again after it. */
    private boolean expiredMeanwhile(TaskCursor task) {
        if (!task.isExpired()) {
            passage.watchExpiryAgain(task);
            return false;
        }
        passage.takeOut(task, TaskState.EXPIRED);
        passage.finish(task);
        return true;
    }

    private static boolean attemptsUsedUp(TaskCursor task) {
        return task.attempts() > task.maxRetries();
    }

    private static long backoffMs(TaskCursor task) {
        return task.kind().backoffMs(task.taskId(), task.attempts());
    }

    /** Requests of the worker under this lease are stale from here on. */
    private static void giveUpLease(TaskCursor task) {
        task.edit().worked().leaseId[task.row()] = 0;
    }

    private static void setOutcome(TaskCursor task, LastOutcome outcome, long location, int bytes) {
        task.set(RowBits.OUTCOME, RowBits.OUTCOME_MASK, outcome.ordinal());
        TaskPage.Worked worked = task.edit().worked();
        worked.outcomeLocation[task.row()] = location;
        worked.outcomeBytes[task.row()] = bytes;
    }
}
