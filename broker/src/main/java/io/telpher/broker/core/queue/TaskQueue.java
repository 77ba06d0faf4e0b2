package io.telpher.broker.core.queue;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.time.Timed;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One queue: its policy, its ready tasks by lane, its dead letters, who waits for it, and counts of its tasks by state. */
public final class TaskQueue extends Timed {
    private static final int STATES = TaskState.values().length;

    private final String name;
    private final long hash;
    private final long[] tasksByState = new long[STATES];
    public final ReadyLanes ready = new ReadyLanes();
    public final DeadLetters deadLetters;
    public final WaitingLine waiting = new WaitingLine();
    private final BasePolicy base;
    private final CopyOnChange copying;
    /** See {@link CopyOnChange}. */
    public int copied;

    private int index = -1;
    private QueuePolicyFields ownPolicy = QueuePolicyFields.NOTHING;
    private QueuePolicyFields policy = QueuePolicyFields.DEFAULT;
    /** Of the base that the policy was put together with. */
    private int policyVersion = -1;

    private boolean listed;
    private long maker = QueueMakers.NOBODY;
    /** In whatever state. */
    private long tasks;

    private boolean paused;
    private boolean refusesSubmits;
    private Remark pause = Remark.NONE;
    private Remark note = Remark.NONE;
    private long submitted;
    private long completed;
    private long died;

    public TaskQueue(String name, long hash, BasePolicy base, CopyOnChange copying, TaskTable tasks) {
        this.name = name;
        this.hash = hash;
        this.base = base;
        this.copying = copying;
        this.deadLetters = new DeadLetters(tasks);
        this.copied = copying.number();
    }

    /** To be changed: every change of the queue or of its lines asks for it, so that a snapshot under way keeps them as they were. */
    public TaskQueue edit() {
        if (copied != copying.number()) {
            copying.beforeChange(this);
        }
        return this;
    }

    public String name() {
        return name;
    }

    public long hash() {
        return hash;
    }

    /** Its number; -1 as long as the queue is only planned. */
    public int index() {
        return index;
    }

    public void numbered(int number) {
        index = number;
    }

    /** Of queues that are idle for the same time the one with the lower number goes first. */
    @Override
    protected long orderId() {
        return index;
    }

    /** False for a name that is only waited for, or whose queue was deleted. */
    public boolean isListed() {
        return listed;
    }

    public void list() {
        edit();
        listed = true;
    }

    /** As if it was new, but for the tasks that are remembered. */
    public void unlist() {
        edit();
        listed = false;
        paused = false;
        refusesSubmits = false;
        pause = Remark.NONE;
        note = Remark.NONE;
        submitted = 0;
        completed = 0;
        died = 0;
        ownPolicy = QueuePolicyFields.NOTHING;
        policyVersion = -1;
    }

    /** Who is charged with the name, see {@link QueueMakers}. */
    public long maker() {
        return maker;
    }

    public void maker(long inNameOf) {
        maker = inNameOf;
    }

    /** It has no task, not even a remembered one, no reserve waits for it, and nothing was set for it. */
    public boolean isUnused() {
        return tasks == 0
                && waiting.count() == 0
                && !paused
                && note.equals(Remark.NONE)
                && ownPolicy.equals(QueuePolicyFields.NOTHING);
    }

    /** What holds for this queue, every field set. */
    public QueuePolicyFields policy() {
        if (policyVersion != base.version()) {
            policyVersion = base.version();
            policy = ownPolicy.equals(QueuePolicyFields.NOTHING)
                    ? base.fields()
                    : ownPolicy.overWithinShares(base.fields());
        }
        return policy;
    }

    public QueuePolicyFields ownPolicy() {
        return ownPolicy;
    }

    /** Sets the given fields of this queue's own policy. */
    public void put(QueuePolicyFields changes) {
        edit();
        ownPolicy = changes.over(ownPolicy);
        policyVersion = -1;
    }

    public boolean paused() {
        return paused;
    }

    public boolean refusesSubmits() {
        return refusesSubmits;
    }

    /** @param why its text is empty when nothing was said */
    public void pause(boolean refuseSubmits, Remark why) {
        edit();
        paused = true;
        refusesSubmits = refuseSubmits;
        pause = why;
    }

    /** Why and since when it is paused. */
    public Remark pause() {
        return pause;
    }

    /** @param what takes the place of the note before */
    public void note(Remark what) {
        edit();
        note = what;
    }

    public Remark note() {
        return note;
    }

    public void resume() {
        edit();
        paused = false;
        refusesSubmits = false;
        pause = Remark.NONE;
    }

    /** Tasks that can be handed out now. */
    public long deliverable() {
        return paused ? 0 : ready.size();
    }

    public @Nullable Waiter longestWaiting() {
        return waiting.first();
    }

    public long tasks(TaskState state) {
        return tasksByState[state.ordinal()];
    }

    /** Tasks still to be done. */
    public long liveTasks() {
        return pendingTasks() + tasks(TaskState.ACTIVE);
    }

    public long pendingTasks() {
        return tasks(TaskState.SCHEDULED) + tasks(TaskState.READY) + tasks(TaskState.RETRY_WAIT);
    }

    /** Pending or dead ones. */
    public boolean hasTasksToPurge() {
        return pendingTasks() + deadLetters.size() > 0;
    }

    /** No room for another task beside {@code planned} new ones. */
    public boolean isFull(long planned) {
        return policy().maxTasks() > 0 && liveTasks() + planned >= policy().maxTasks();
    }

    /** What a snapshot says of this queue, but its policy and its lines. */
    public void write(BlockWriter out) {
        out.u8(listed ? 1 : 0).i64(maker).i64(isEntered() ? deadlineMs : 0);
        out.u8(paused ? 1 : 0)
                .u8(refusesSubmits ? 1 : 0)
                .i64(submitted)
                .i64(completed)
                .i64(died);
        pause.write(out);
        note.write(out);
        out.longs(tasksByState);
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            out.i32(ready.credit(priority));
            out.i64(ready.seen(priority, true).size());
            out.i64(ready.seen(priority, false).size());
        }
    }

    /** What is said of it, of the bytes of {@link #write}: texts have no fixed length. */
    public int remarkBytes() {
        return pause.bytes() + note.bytes();
    }

    /** Adds what was set, said and counted to a hash of this queue. */
    public long addTo(long hash) {
        long all = Mix.add(Mix.add(hash, paused ? 1 : 0), refusesSubmits ? 1 : 0);
        all = Mix.add(Mix.add(Mix.add(all, submitted), completed), died);
        return note.addTo(pause.addTo(all));
    }

    /** Shows what was set, said and counted. */
    public void show(QueueView view, long wallOffsetMs) {
        view.submitted = submitted;
        view.completed = completed;
        view.died = died;
        view.paused = paused;
        view.refusesSubmits = refusesSubmits;
        view.pauseReason = pause.text();
        view.pausedBy = pause.by();
        view.pausedAtMs = pause.wallMs(wallOffsetMs);
        view.note = note.text();
        view.notedBy = note.by();
        view.notedAtMs = note.wallMs(wallOffsetMs);
    }

    public void restore(BlockReader in) {
        listed = in.u8() != 0;
        maker = in.i64();
        deadlineMs = in.i64();
        paused = in.u8() != 0;
        refusesSubmits = in.u8() != 0;
        submitted = in.i64();
        completed = in.i64();
        died = in.i64();
        pause = Remark.read(in);
        note = Remark.read(in);
        in.longs(tasksByState);
        tasks = Arrays.stream(tasksByState).sum();
        int[] credits = new int[Priority.COUNT];
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            credits[priority] = in.i32();
            restoreRing(priority, true, in.i64());
            restoreRing(priority, false, in.i64());
        }
        ready.restore(credits);
    }

    private void restoreRing(int priority, boolean returned, long live) {
        if (live > 0) {
            ready.ring(priority, returned).restore(live);
        }
    }

    public void moved(TaskState from, TaskState to) {
        edit();
        tasksByState[from.ordinal()]--;
        tasksByState[to.ordinal()]++;
        if (to == TaskState.COMPLETED) {
            completed++;
        } else if (to == TaskState.DEAD) {
            died++;
        }
    }

    public void entered(TaskState state) {
        edit();
        tasksByState[state.ordinal()]++;
        tasks++;
        submitted++;
    }

    public void left(TaskState state) {
        edit();
        tasksByState[state.ordinal()]--;
        tasks--;
    }

    public long submitted() {
        return submitted;
    }

    public long completed() {
        return completed;
    }

    /** Tasks that joined the dead letters, again after a replay included. */
    public long died() {
        return died;
    }
}
