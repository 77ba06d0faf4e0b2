package io.telpher.broker.core.command.task;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.Arrival;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.table.IdempotencyIndex;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Submits that come together: all are looked at before anything changes, so that one refusal refuses them all. {@link #begin},
 * {@link #add} each, then {@link #commit}, or leave it.
 */
public final class SubmitPlan {
    static final int TASKS_MAX = Math.max(Limits.BATCH_TASKS_MAX, Limits.FOLLOW_UPS_MAX);
    private static final int TABLE_LENGTH = 2048;
    private static final int NOT_PLANNED = -1;

    private final PartitionState state;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final PlannedQueues queues;
    private final Arrival arrival = new Arrival();
    private final NestedCrc nestedCrc = new NestedCrc();
    private final TaskCursor task;
    private final BatchOutcome outcome = new BatchOutcome(TASKS_MAX);

    private final int[] offsets = new int[TASKS_MAX];
    /** Another partition + 1 that the task belongs to; 0 = it stays here. */
    private final int[] elsewhere = new int[TASKS_MAX];

    private final TaskQueue[] queueOf = new TaskQueue[TASKS_MAX];
    private final boolean[] hasKey = new boolean[TASKS_MAX];
    private final long[] keyHigh = new long[TASKS_MAX];
    private final long[] keyLow = new long[TASKS_MAX];
    private final long[] content = new long[TASKS_MAX];
    /** The task that this submit repeats, 0 = none. */
    private final long[] repeatsTask = new long[TASKS_MAX];
    /** The submit of this plan that this one repeats. */
    private final int[] repeatsSubmit = new int[TASKS_MAX];
    /** Keyed submits of this plan by key; number + 1, 0 = free. */
    private final int[] byKey = new int[TABLE_LENGTH];

    private int count;
    private boolean keyed;

    public SubmitPlan(PartitionState state, Lifecycle lifecycle, Grants grants) {
        this.state = state;
        this.lifecycle = lifecycle;
        this.grants = grants;
        this.queues = new PlannedQueues(state);
        this.task = state.newCursor();
    }

    /** What this session wants; in its name queues are made that are missing. */
    public void begin(long session) {
        beginInNameOf(state.queues().makers().of(session));
    }

    /** @param maker see {@link QueueMakers} */
    public void beginInNameOf(long maker) {
        count = 0;
        queues.begin(maker);
        if (keyed) {
            Arrays.fill(byKey, 0);
            keyed = false;
        }
    }

    /** This queue will have a place more by then. */
    public void frees(TaskQueue queue) {
        queues.frees(queue);
    }

    /** Looks at the SUBMIT frame at this offset; what stands in its way, null when nothing does. */
    @Nullable
    Problem add(ByteBuffer frames, int offset) {
        int i = next(offset);
        Submit submit = arrival.submit.wrap(frames, offset);
        if (isElsewhere(i, submit)) {
            count++; // that partition was asked
            return null;
        }
        hasKey[i] = submit.idempotencyKeyLength() > 0;
        if (hasKey[i]) {
            Problem mismatch = findRepeated(i, submit);
            if (mismatch != null) {
                return mismatch;
            }
        }
        count++;
        return repeatsTask[i] != 0 || repeatsSubmit[i] != NOT_PLANNED ? null : findQueue(i, submit);
    }

    private int next(int offset) {
        int i = count;
        offsets[i] = offset;
        hasKey[i] = false;
        repeatsTask[i] = 0;
        repeatsSubmit[i] = NOT_PLANNED;
        elsewhere[i] = 0;
        return i;
    }

    private boolean isElsewhere(int i, Submit submit) {
        int partition = state.placement().of(submit.buffer(), submit.queueOffset(), submit.queueLength());
        elsewhere[i] = partition == state.placement().partition() ? 0 : partition + 1;
        return elsewhere[i] != 0;
    }

    /** Like {@link #add}, but never refused: a key that belongs to other content meanwhile does not count. */
    public void addPromised(ByteBuffer frames, int offset) {
        int i = next(offset);
        Submit submit = arrival.submit.wrap(frames, offset);
        hasKey[i] = submit.idempotencyKeyLength() > 0;
        if (hasKey[i] && findRepeated(i, submit) != null) {
            hasKey[i] = false;
            repeatsTask[i] = 0;
            repeatsSubmit[i] = NOT_PLANNED;
        }
        if (repeatsTask[i] == 0 && repeatsSubmit[i] == NOT_PLANNED) {
            queueOf[i] = queues.find(submit);
        }
        count++;
    }

    private @Nullable Problem findRepeated(int i, Submit submit) {
        arrival.key.of(submit, state.hashKey());
        keyHigh[i] = arrival.key.high;
        keyLow[i] = arrival.key.low;
        content[i] = arrival.key.content;
        int slot = lifecycle.findKey(arrival.key, task);
        if (slot != IdempotencyIndex.NONE) {
            repeatsTask[i] = task.sequence();
            return state.keys().content(slot) == content[i] ? null : mismatch(task.taskId());
        }
        keyed = true;
        int at = (int) keyLow[i] & TABLE_LENGTH - 1;
        while (byKey[at] != 0) {
            int other = byKey[at] - 1;
            if (keyLow[other] == keyLow[i] && keyHigh[other] == keyHigh[i]) {
                repeatsSubmit[i] = other;
                return content[other] == content[i] ? null : mismatch(0);
            }
            at = at + 1 & TABLE_LENGTH - 1;
        }
        byKey[at] = i + 1;
        return null;
    }

    private static Problem mismatch(long taskId) {
        String which = taskId == 0 ? "another task of this request" : "task " + TaskId.format(taskId);
        return new Problem(
                ErrorCode.IDEMPOTENCY_MISMATCH, "the idempotency key belongs to " + which + ", whose content differs");
    }

    private @Nullable Problem findQueue(int i, Submit submit) {
        queueOf[i] = queues.find(submit);
        Problem limit = queueOf[i].isListed() ? null : queues.limitProblem();
        Problem problem = limit != null ? limit : queues.takePlace(queueOf[i]);
        return problem != null ? problem : timesProblem(submit);
    }

    private @Nullable Problem timesProblem(Submit submit) {
        long now = state.wallNowMs();
        long expiresAtMs = submit.expiresAtMs();
        if (expiresAtMs > 0 && expiresAtMs <= now) {
            return new Problem(ErrorCode.BAD_REQUEST, "expires_at is " + (now - expiresAtMs) + " ms in the past");
        }
        if (expiresAtMs > 0 && expiresAtMs - now <= submit.delayMs()) {
            return new Problem(
                    ErrorCode.BAD_REQUEST,
                    "expires_at comes before the delay of " + submit.delayMs() + " ms has passed");
        }
        long expiresInMs = submit.expiresInMs();
        if (expiresInMs > 0 && expiresInMs <= Math.max(submit.delayMs(), submit.runAtMs() - now)) {
            return new Problem(ErrorCode.BAD_REQUEST, "expires_in_ms ends before the task may run");
        }
        if (submit.runAtMs() - now > Limits.DELAY_MS_MAX) {
            return new Problem(ErrorCode.BAD_REQUEST, "run_at lies more than a year ahead");
        }
        return null;
    }

    /** Makes the tasks; marks their queues for grants. */
    public BatchOutcome commit(CommandRequest request) {
        queues.create();
        outcome.clear(state.wallNowMs());
        for (int i = 0; i < count; i++) {
            if (elsewhere[i] != 0) {
                outcome.addElsewhere(handOver(i, request));
            } else if (repeatsTask[i] != 0) {
                Invariant.check(task.moveTo(repeatsTask[i]), "a key of a task that is not there");
                outcome.add(task.taskId(), task.state(), true);
            } else if (repeatsSubmit[i] != NOT_PLANNED) {
                outcome.add(outcome.taskId(repeatsSubmit[i]), outcome.state(repeatsSubmit[i]), true);
            } else {
                accept(i, request);
                outcome.add(task.taskId(), task.state(), false);
            }
        }
        return outcome;
    }

    /** One for all of the request's tasks that belong to the same partition. */
    private long handOver(int i, CommandRequest request) {
        for (int before = 0; before < i; before++) {
            if (elsewhere[before] == elsewhere[i]) {
                return outcome.handOver(before);
            }
        }
        int bytes = (int) Frame.bytes(request.frames(), request.offset());
        return state.handOvers().owe(elsewhere[i] - 1, request.location(), bytes, queues.maker());
    }

    private void accept(int i, CommandRequest request) {
        // Of a single one the reader still lies over it.
        Submit submit = count == 1 ? arrival.submit : arrival.submit.wrap(request.frames(), offsets[i]);
        boolean nested = offsets[i] != request.offset();
        arrival.location = request.locationOf(offsets[i]);
        arrival.crc = nested ? nestedCrc.of(submit) : request.crc();
        arrival.hasKey = hasKey[i];
        arrival.key.high = keyHigh[i];
        arrival.key.low = keyLow[i];
        arrival.key.content = content[i];
        lifecycle.accept(task, queueOf[i], arrival);
        grants.mark(queueOf[i]);
    }
}
