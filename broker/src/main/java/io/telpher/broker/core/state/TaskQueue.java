package io.telpher.broker.core.state;

import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.protocol.Priority;
import io.telpher.protocol.QueuePolicyFields;
import io.telpher.protocol.TaskState;
import org.jspecify.annotations.Nullable;

/** One queue: its policy, its ready tasks by lane, its dead letters, who waits for it, and counts of its tasks by state. */
public final class TaskQueue {
    private static final int STATES = TaskState.values().length;

    private final String name;
    private final long hash;
    private final long[] tasksByState = new long[STATES];
    final ReadyLanes ready = new ReadyLanes();
    final DeadLetters deadLetters;
    final WaitingLine waiting = new WaitingLine();
    private final CopyOnChange copying;
    /** See {@link CopyOnChange}. */
    int copied;

    private int index = -1;
    private QueuePolicyFields ownPolicy = QueuePolicyFields.NOTHING;
    private QueuePolicyFields policy = QueuePolicyFields.DEFAULT;
    private boolean paused;
    private boolean refusesSubmits;
    private long submitted;
    private long completed;

    TaskQueue(String name, long hash, CopyOnChange copying, TaskTable tasks) {
        this.name = name;
        this.hash = hash;
        this.copying = copying;
        this.deadLetters = new DeadLetters(tasks);
        this.copied = copying.number();
    }

    /** To be changed: every change of the queue or of its lines asks for it, so that a snapshot under way keeps them as they were. */
    TaskQueue edit() {
        if (copied != copying.number()) {
            copying.beforeChange(this);
        }
        return this;
    }

    public String name() {
        return name;
    }

    long hash() {
        return hash;
    }

    /** Position in creation order; -1 as long as the queue is only planned. */
    int index() {
        return index;
    }

    void created(int atIndex) {
        index = atIndex;
    }

    /** What holds for this queue, every field set. */
    public QueuePolicyFields policy() {
        return policy;
    }

    QueuePolicyFields ownPolicy() {
        return ownPolicy;
    }

    /** Sets the given fields of this queue's own policy; {@link #policyOver} makes them count. */
    void put(QueuePolicyFields changes) {
        edit();
        ownPolicy = changes.over(ownPolicy);
    }

    void policyOver(QueuePolicyFields base) {
        policy = ownPolicy.overWithinShares(base);
    }

    public boolean paused() {
        return paused;
    }

    public boolean refusesSubmits() {
        return refusesSubmits;
    }

    public void pause(boolean refuseSubmits) {
        edit();
        paused = true;
        refusesSubmits = refuseSubmits;
    }

    public void resume() {
        edit();
        paused = false;
        refusesSubmits = false;
    }

    /** Tasks that can be handed out now. */
    public long deliverable() {
        return paused ? 0 : ready.size();
    }

    public @Nullable Waiter longestWaiting() {
        return waiting.first();
    }

    long tasks(TaskState state) {
        return tasksByState[state.ordinal()];
    }

    /** Tasks still to be done. */
    long liveTasks() {
        return pendingTasks() + tasks(TaskState.ACTIVE);
    }

    public long pendingTasks() {
        return tasks(TaskState.SCHEDULED) + tasks(TaskState.READY) + tasks(TaskState.RETRY_WAIT);
    }

    /** No room for another task beside {@code planned} new ones. */
    public boolean isFull(long planned) {
        return policy.maxTasks() > 0 && liveTasks() + planned >= policy.maxTasks();
    }

    /** What a snapshot says of this queue, but its policy and its lines. */
    void write(BlockWriter out) {
        out.u8(paused ? 1 : 0).u8(refusesSubmits ? 1 : 0).i64(submitted).i64(completed);
        out.longs(tasksByState);
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            out.i32(ready.credit(priority));
            out.i64(ready.ring(priority, true).size());
            out.i64(ready.ring(priority, false).size());
        }
    }

    void restore(BlockReader in) {
        paused = in.u8() != 0;
        refusesSubmits = in.u8() != 0;
        submitted = in.i64();
        completed = in.i64();
        in.longs(tasksByState);
        int[] credits = new int[Priority.COUNT];
        for (int priority = 0; priority < Priority.COUNT; priority++) {
            credits[priority] = in.i32();
            ready.ring(priority, true).restore(in.i64());
            ready.ring(priority, false).restore(in.i64());
        }
        ready.restore(credits);
    }

    void moved(TaskState from, TaskState to) {
        edit();
        tasksByState[from.ordinal()]--;
        tasksByState[to.ordinal()]++;
        if (to == TaskState.COMPLETED) {
            completed++;
        }
    }

    void entered(TaskState state) {
        edit();
        tasksByState[state.ordinal()]++;
        submitted++;
    }

    void left(TaskState state) {
        edit();
        tasksByState[state.ordinal()]--;
    }

    long submitted() {
        return submitted;
    }

    long completed() {
        return completed;
    }
}
