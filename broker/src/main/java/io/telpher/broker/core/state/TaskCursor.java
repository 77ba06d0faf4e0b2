package io.telpher.broker.core.state;

import io.telpher.broker.core.queue.Lease;
import io.telpher.broker.core.queue.SessionLeases;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.RowBits;
import io.telpher.broker.core.table.TaskPage;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.record.Relocate;
import org.jspecify.annotations.Nullable;

/** A read view over one task. Its owner moves it on: valid during the call, or until the next call of the partition. */
public final class TaskCursor {
    /** A location where no frame lies. */
    private static final long[] NO_IDS = {};

    public static final long NO_FRAME = 0;

    private static final TaskPage NOWHERE = new TaskPage(-1, 0);
    private static final int COMPLETED_PERCENT = 100;

    private final PartitionState state;
    private TaskPage page = NOWHERE;
    private int row;
    private long sequence;

    TaskCursor(PartitionState state) {
        this.state = state;
    }

    /** Moves to the task that this session leased longest ago; false when it holds none. */
    public boolean moveToFirstLeased(SessionLeases session) {
        Lease lease = session.firstLease();
        if (lease == null) {
            return false;
        }
        Invariant.check(moveTo(lease.sequence), "a lease of a task that is not there");
        return true;
    }

    /** Moves to a task of this partition; false when it is not there (any more). */
    public boolean moveTo(long toSequence) {
        TaskPage found = state.tasks.page(toSequence);
        int at = (int) toSequence & TaskPage.MASK;
        if (found == null || found.bits[at] == 0) {
            return false;
        }
        page = found;
        row = at;
        sequence = toSequence;
        return true;
    }

    /** Moves to the task with this id; false when this partition has none. */
    public boolean find(long taskId) {
        return TaskId.partition(taskId) == state.partitionId && moveTo(TaskId.sequence(taskId));
    }

    /** Moves to a row that is being made. */
    void occupy(long newSequence) {
        page = Invariant.present(state.tasks.page(newSequence), "a new task without a page");
        row = (int) newSequence & TaskPage.MASK;
        sequence = newSequence;
        Invariant.check(page.bits[row] == 0, "a row taken twice");
    }

    public long sequence() {
        return sequence;
    }

    public long taskId() {
        return TaskId.of(state.partitionId, sequence);
    }

    public TaskState state() {
        return TaskState.of(RowBits.get(page.bits[row], RowBits.STATE, RowBits.STATE_MASK));
    }

    public Priority priority() {
        return Priority.of(priorityCode());
    }

    int priorityCode() {
        return RowBits.get(page.bits[row], RowBits.PRIORITY, RowBits.PRIORITY_MASK);
    }

    public String queue() {
        return kind().queue.name();
    }

    public String type() {
        return kind().type;
    }

    public TaskQueue taskQueue() {
        return kind().queue;
    }

    public int attempts() {
        return page.worked == null ? 0 : page.worked.attempts[row];
    }

    /** Attempts that ended with a lease that ran out or a connection that closed. */
    public int crashes() {
        return page.worked == null ? 0 : page.worked.crashes[row];
    }

    public int replays() {
        return page.worked == null ? 0 : page.worked.replays[row] & 0xFFFF;
    }

    /** The task's own or its queue's. */
    public int maxRetries() {
        return kind().maxRetries();
    }

    /** The task's own or its queue's. */
    public int visibilityTimeoutMs() {
        return kind().visibilityTimeoutMs();
    }

    /**
     * Milliseconds since 1970 by the wall clock as it stands to the broker's now, like all times here whose names end in {@code AtMs}; 0 = none. What was
     * recorded while the wall clock was wrong comes right with it. Durations are between stamps.
     */
    public long createdAtMs() {
        return wallMs(createdStampMs());
    }

    public long startedAtMs() {
        return wallMs(startedStampMs());
    }

    public long finishedAtMs() {
        return wallMs(finishedStampMs());
    }

    public long nextRunAtMs() {
        TaskState is = state();
        if (is != TaskState.SCHEDULED && is != TaskState.RETRY_WAIT) {
            return 0;
        }
        return has(RowBits.RUNS_AT) ? due() : wallMs(due());
    }

    public long expiresAtMs() {
        return has(RowBits.EXPIRES_IN) ? wallMs(expiry()) : expiry();
    }

    /** What the wall clock showed at this stamp; 0 stays 0. */
    public long wallMs(long stampMs) {
        return stampMs == 0 ? 0 : stampMs + state.wallOffsetMs();
    }

    /** By the broker's clock, like all whose names end in {@code StampMs}; 0 = none. */
    public long createdStampMs() {
        return page.createdAtMs[row];
    }

    public long startedStampMs() {
        return page.worked == null ? 0 : page.worked.startedAtMs[row];
    }

    public long finishedStampMs() {
        return state().isFinal() ? page.due[row] : 0;
    }

    /** When it lined up, 0 when it is not ready. */
    public long readySinceStampMs() {
        return state() == TaskState.READY ? page.due[row] : 0;
    }

    /** It cannot start any more. A duration is over when the stamp behind its end has come, since stamps are rounded down. */
    public boolean isExpired() {
        long expiry = expiry();
        if (expiry == 0) {
            return false;
        }
        return has(RowBits.EXPIRES_IN) ? expiry < state.nowMs() : expiry <= state.wallNowMs();
    }

    /** By the clock that the task's bits name; 0 = it does not expire. */
    public long expiry() {
        return page.expiresAtMs == null ? 0 : page.expiresAtMs[row];
    }

    public DeadReason deadReason() {
        return DeadReason.of(RowBits.get(page.bits[row], RowBits.REASON, RowBits.REASON_MASK));
    }

    public boolean cancelRequested() {
        return has(RowBits.CANCEL_REQUESTED);
    }

    /** Where the SUBMIT frame lies. */
    public long submitLocation() {
        return page.submitLocation[row];
    }

    /** CRC32C of the SUBMIT frame. */
    public int submitCrc() {
        return page.submitCrc[row];
    }

    /** Length of the SUBMIT frame, its length field included. */
    public int submitBytes() {
        return page.submitBytes[row];
    }

    public LastOutcome lastOutcome() {
        return LastOutcome.of(RowBits.get(page.bits[row], RowBits.OUTCOME, RowBits.OUTCOME_MASK));
    }

    /** Whether payload and headers may be wanted again: those of a task that is over may be gone before the task is. */
    public boolean isSubmitNeeded() {
        TaskState is = state();
        return !is.isFinal() || is == TaskState.DEAD;
    }

    /** Where the NACK or PAYLOAD_UNREADABLE frame lies, or the ACK frame with a result, see {@link LastOutcome}; {@link #NO_FRAME} otherwise. */
    public long outcomeLocation() {
        return page.worked == null ? NO_FRAME : page.worked.outcomeLocation[row];
    }

    /** A dead task's place among all dead: the number of its death. */
    public long death() {
        long[] column = page.death;
        return column == null ? 0 : column[row];
    }

    /** {@link Fingerprint#hash} of a dead task's last error. Nothing is read for it. */
    public long errorFingerprint() {
        LastOutcome last = lastOutcome();
        long[] column = page.fingerprint;
        return !last.hasErrorFrame() ? last.fingerprint() : column == null ? 0 : column[row];
    }

    /** Length of that frame. */
    public int outcomeBytes() {
        return page.worked == null ? 0 : page.worked.outcomeBytes[row];
    }

    /** The last lease given; 0 = none counts any more. */
    public long leaseId() {
        return page.worked == null ? 0 : page.worked.leaseId[row];
    }

    /** When the running attempt's lease ends; this and the following are 0 or empty when no attempt runs. */
    public long leaseDeadlineMs() {
        Lease lease = lease();
        return lease == null ? 0 : lease.deadlineMs;
    }

    public int leaseMs() {
        Lease lease = lease();
        return lease == null ? 0 : lease.leaseMs;
    }

    /** How long the task had been ready when the running attempt began, ms. Forgotten when the broker starts again. */
    public long waitedMs() {
        Lease lease = lease();
        return lease == null ? 0 : lease.waitedMs;
    }

    /** 0 while the lease's holder is not connected. */
    public long session() {
        Lease lease = lease();
        return lease == null || lease.session == null ? 0 : lease.session.id();
    }

    public String worker() {
        Lease lease = lease();
        return lease == null ? "" : lease.worker;
    }

    /** 0-100; 100 when completed. */
    public int progress() {
        Lease lease = lease();
        int finished = state() == TaskState.COMPLETED ? COMPLETED_PERCENT : 0;
        return lease == null ? finished : lease.progress;
    }

    /** True: the PROGRESS frame at {@link #noteLocation} has the note. */
    public boolean hasNote() {
        Lease lease = lease();
        return lease != null && lease.hasNote;
    }

    public long noteLocation() {
        Lease lease = lease();
        return lease == null ? 0 : lease.noteLocation;
    }

    /** A frame was copied; does nothing when it is not the one that counts any more. */
    public void relocate(Relocate.Part part, long from, long to) {
        switch (part) {
            case SUBMIT -> {
                if (submitLocation() == from) {
                    edit().submitLocation[row] = to;
                }
            }
            case OUTCOME -> {
                if (outcomeLocation() == from) {
                    edit().worked().outcomeLocation[row] = to;
                }
            }
            case NOTE -> {
                Lease lease = lease();
                if (lease != null && lease.noteLocation == from) {
                    state.copying.beforeChange(lease);
                    lease.noteLocation = to;
                }
            }
            case NONE -> throw new IllegalStateException("a RELOCATE of a newer broker's");
        }
    }

    /** Fills in everything that needs no reading of frames. */
    public void fill(TaskView view) {
        view.taskId = taskId();
        view.createdAtMs = createdAtMs();
        view.startedAtMs = startedAtMs();
        view.finishedAtMs = finishedAtMs();
        view.nextRunAtMs = nextRunAtMs();
        view.expiresAtMs = expiresAtMs();
        view.leaseDeadlineMs = wallMs(leaseDeadlineMs());
        view.leaseId = leaseId();
        view.attempts = attempts();
        view.crashes = crashes();
        view.replays = replays();
        view.maxRetries = maxRetries();
        view.visibilityTimeoutMs = visibilityTimeoutMs();
        view.state = state();
        view.priority = priority();
        view.deadReason = deadReason();
        view.cancelRequested = cancelRequested();
        view.progress = progress();
        view.queue = queue();
        view.type = type();
        view.worker = worker();
    }

    @Nullable
    public Lease lease() {
        return state() == TaskState.ACTIVE ? state.leases.get((int) page.due[row]) : null;
    }

    /** Of a row that comes from a snapshot: it goes on under the slot that its kind has now. */
    public TaskKind renumberedKind() {
        TaskKind kind = state.kinds.renumbered(page.kind[row]);
        page.kind[row] = kind.slot;
        return kind;
    }

    public TaskKind kind() {
        return state.kinds.get(page.kind[row]);
    }

    public TaskPage page() {
        return page;
    }

    /** The page to write to: every change of a row asks for it, so that a snapshot under way keeps the page as it was. */
    TaskPage edit() {
        if (page.copied != state.copying.number()) {
            state.copying.beforeChange(page);
        }
        return page;
    }

    public int row() {
        return row;
    }

    public boolean has(int flag) {
        return (page.bits[row] & flag) != 0;
    }

    void set(int flag, boolean value) {
        edit().bits[row] = RowBits.with(page.bits[row], flag, value);
    }

    void set(int shift, int mask, int value) {
        edit().bits[row] = RowBits.with(page.bits[row], shift, mask, value);
    }

    /** By state: ready since, run at, retry at, slot of the lease, finished at. */
    public long due() {
        return state.dueMs(page.bits[row], page.due[row]);
    }

    /** The timer of the expiry + 1; {@link TaskPage#NO_TIMER} when it has none. */
    int expiryTimer() {
        return page.expiryTimer == null ? TaskPage.NO_TIMER : page.expiryTimer[row];
    }

    public void due(long value) {
        edit().due[row] = value;
    }

    /** Ids of the tasks that its ack made; 0 for one that another partition made. */
    public long[] followUps() {
        long[] taskIds = page.followUps == null ? null : page.followUps[row];
        return taskIds == null ? NO_IDS : taskIds;
    }

    /** Slot in the idempotency index, {@link IdempotencyIndex#NONE} when the task has no key there. */
    public int keySlot() {
        return page.keySlot == null ? IdempotencyIndex.NONE : page.keySlot[row] - 1;
    }
}
