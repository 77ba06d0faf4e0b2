package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Audit;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.record.HandOver;
import io.telpher.protocol.record.HandedOver;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that one partition's batch or acknowledgement has for another: owed until they are there, and made once however often they are told. */
class HandOverTest {
    private static final String HERE = "q4";
    private static final String THERE = "q0";
    private static final long SESSION = 5;
    private static final long FIRST = 1;

    private final TestJournal sourceJournal = new TestJournal();
    private final TestJournal targetJournal = new TestJournal();
    private final Partition source = new Partition(new Placement(0, 2), Outbox.DISCARD);
    private final Partition target = new Partition(new Placement(1, 2), Outbox.DISCARD);
    private long nowMs = Cast.START_MS;

    @BeforeEach
    void beginTerms() {
        toSource(NewTerm.write(new FrameWriter(), 0, 1, Partition.SEMANTICS_VERSION));
        toTarget(NewTerm.write(new FrameWriter(), 0, 1, Partition.SEMANTICS_VERSION));
    }

    private void toSource(FrameWriter frame) {
        sourceJournal.apply(source, nowMs++, SESSION, frame);
        new Audit(source.state()).check();
    }

    private void toTarget(FrameWriter frame) {
        targetJournal.apply(target, nowMs++, SESSION, frame);
        new Audit(target.state()).check();
    }

    private static TaskSpec task(String queue, String payload) {
        return TaskSpec.type("t").queue(queue).payload(payload);
    }

    private static FrameWriter frames(TaskSpec... tasks) {
        FrameWriter frames = new FrameWriter();
        for (TaskSpec task : tasks) {
            Submit.write(frames, 0, task);
        }
        return frames;
    }

    private static TaskCursor find(Partition partition, long id) {
        return Objects.requireNonNull(partition.find(id));
    }

    private static List<HandOvers.Owed> owed(Partition partition) {
        List<HandOvers.Owed> owed = new ArrayList<>();
        partition.owed().forEach(owed::add);
        return owed;
    }

    private void ackWithAFollowUpThere(String payload) {
        toSource(Submit.write(new FrameWriter(), 1, task(HERE, "first")));
        toSource(Reserve.write(new FrameWriter(), 2, new Reserve.Wants(1, 0, 0, "w"), List.of(HERE)));
        long id = TaskId.of(0, source.counts().submitted());
        long lease = find(source, id).leaseId();
        toSource(Ack.write(
                new FrameWriter(),
                3,
                id,
                lease,
                Result.NONE,
                frames(task(THERE, payload)).written()));
        assertEquals(TaskState.COMPLETED, find(source, id).state());
    }

    private void tell(long number, TaskSpec... tasks) {
        toTarget(HandOver.begin(new FrameWriter(), 0, number, 0)
                .raw(frames(tasks).written())
                .endVar()
                .end());
    }

    @Test
    void shouldOweAFollowUpOverACrashUntilItIsThere() {
        ackWithAFollowUpThere("next");
        assertEquals(1, owed(source).size());
        assertEquals(1, owed(source).get(0).target());

        Partition restarted = new Partition(new Placement(0, 2), Outbox.DISCARD);
        sourceJournal.replay(restarted, 0);
        assertEquals(owed(source), owed(restarted));
        assertEquals(source.stateHash(), restarted.stateHash());

        toSource(HandedOver.write(new FrameWriter(), owed(source).get(0).number()));
        assertTrue(owed(source).isEmpty());
    }

    @Test
    void shouldKeepWhatIsOwedInASnapshot() {
        ackWithAFollowUpThere("next");
        SnapshotInMemory snapshot = new SnapshotInMemory();
        while (!source.beginSnapshot(snapshot).step(1_000)) {
            throw new AssertionError("so small a state is copied in one step");
        }
        Partition loaded = snapshot.load(new Placement(0, 2), Outbox.DISCARD);
        assertEquals(owed(source), owed(loaded));
        assertEquals(source.stateHash(), loaded.stateHash());
    }

    @Test
    void shouldMakeTheTasksOnceHoweverOftenTheyAreTold() {
        tell(7, task(THERE, "a"), task(THERE, "b"));
        tell(7, task(THERE, "a"), task(THERE, "b"));
        tell(3, task(THERE, "told before, and late"));
        assertEquals(2, target.counts().submitted());

        SnapshotInMemory snapshot = new SnapshotInMemory();
        assertTrue(target.beginSnapshot(snapshot).step(1_000));
        Partition loaded = snapshot.load(new Placement(1, 2), Outbox.DISCARD);
        assertEquals(target.stateHash(), loaded.stateHash());
        toTarget(NewTerm.write(new FrameWriter(), 0, 2, Partition.SEMANTICS_VERSION));
        tell(7, task(THERE, "a"), task(THERE, "b"));
        assertEquals(2, target.counts().submitted());
        tell(8, task(THERE, "c"));
        assertEquals(3, target.counts().submitted());
    }

    @Test
    void shouldNeverGiveANumberAgainThatAPowerCutMadeItForget() {
        ackWithAFollowUpThere("told, then forgotten");
        long told = owed(source).get(0).number();
        // Started without that last record.
        Partition restarted = new Partition(new Placement(0, 2), Outbox.DISCARD);
        TestJournal shorter = new TestJournal();
        shorter.apply(restarted, nowMs++, 0, NewTerm.write(new FrameWriter(), 0, 1, Partition.SEMANTICS_VERSION));
        shorter.apply(restarted, nowMs++, 0, NewTerm.write(new FrameWriter(), 0, 2, Partition.SEMANTICS_VERSION));
        FrameWriter batch = frames(task(HERE, "a"), task(THERE, "b"));
        shorter.apply(restarted, nowMs++, 0, SubmitBatch.write(new FrameWriter(), 1, 2, batch.written()));
        assertTrue(owed(restarted).get(0).number() > told);
    }

    @Test
    void shouldTakeWhatWasPromisedAlthoughTheQueueRefusesByNow() {
        tell(1, task(THERE, "makes the queue"));
        toTarget(PauseQueue.write(new FrameWriter(), 1, THERE, true));
        tell(2, task(THERE, "promised"));
        assertEquals(2, target.counts().submitted());
    }

    @Test
    void shouldMakeAPromisedTaskWithoutItsKeyWhenOtherContentHasItByNow() {
        toTarget(Submit.write(new FrameWriter(), 1, task(THERE, "mine").idempotencyKey("k")));
        tell(1, task(THERE, "other").idempotencyKey("k"));
        tell(2, task(THERE, "mine").idempotencyKey("k"));
        assertEquals(2, target.counts().submitted());
        assertEquals(TaskState.READY, find(target, TaskId.of(1, FIRST + 1)).state());
    }

    @Test
    void shouldOweOneHandOverForAllTasksOfABatchInTheSamePartition() {
        FrameWriter batch = frames(task(THERE, "a"), task(HERE, "b"), task(THERE, "c"));
        toSource(SubmitBatch.write(new FrameWriter(), 1, 3, batch.written()));
        assertEquals(1, source.counts().submitted());
        assertEquals(1, owed(source).size());
    }
}
