package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.Clock;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the shell asks a partition beside giving it records. */
class PartitionTest {
    private static final int ID = 7;
    private static final long SESSION = 5;

    private final TestJournal journal = new TestJournal();
    private final Partition partition = new Partition(Placement.alone(ID), Outbox.DISCARD);

    private void apply(FrameWriter frame) {
        journal.apply(partition, Cast.START_MS, SESSION, frame);
    }

    private void submit(String queue) {
        apply(Submit.write(new FrameWriter(), 1, TaskSpec.type("work").queue(queue)));
    }

    private void put(String queue, long maxTasks) {
        apply(PutQueue.write(
                new FrameWriter(), 1, queue, QueuePolicyFields.NOTHING.with(PolicyField.MAX_TASKS, maxTasks)));
    }

    private void shares(String queue, int normal, int low) {
        QueuePolicyFields shares = QueuePolicyFields.NOTHING
                .with(PolicyField.MINIMUM_SHARE_NORMAL, normal)
                .with(PolicyField.MINIMUM_SHARE, low);
        apply(PutQueue.write(new FrameWriter(), 1, queue, shares));
    }

    private String sharesOf(String queue) {
        QueuePolicyFields policy =
                Objects.requireNonNull(partition.findQueue(queue)).policy();
        return policy.minimumShareNormal() + " " + policy.minimumShareLow();
    }

    @Test
    void shouldRefuseSharesThatAddUpToTooMuchWithTheQueuesOwn() {
        shares("mail", 20, QueuePolicyFields.UNSET);
        shares("mail", QueuePolicyFields.UNSET, 70);
        assertEquals("20 70", sharesOf("mail"));
        shares("mail", 21, QueuePolicyFields.UNSET);
        assertEquals("20 70", sharesOf("mail"));
    }

    private static ByteBuffer name(String queue) {
        return TestJournal.buffer(("??" + queue).getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldPutItsOwnNumberIntoTaskIds() {
        submit("mail");
        assertNotNull(partition.find(TaskId.of(ID, 1)));
        assertNull(partition.find(TaskId.of(ID + 1, 1)));
        assertFalse(partition.wasPurged(TaskId.of(ID + 1, 1)));
        assertFalse(partition.wasPurged(TaskId.of(ID, 1)));
        assertFalse(partition.wasPurged(TaskId.of(ID, 2)));
    }

    @Test
    void shouldSayBeforehandWhatASubmitWouldBeRefusedFor() {
        put("mail", 1);
        assertEquals(Partition.QueueRoom.OPEN, partition.roomIn(name("mail"), 2, 4));
        submit("mail");
        assertEquals(Partition.QueueRoom.FULL, partition.roomIn(name("mail"), 2, 4));
        assertEquals(Partition.QueueRoom.MISSING, partition.roomIn(name("sms"), 2, 3));
        apply(PauseQueue.write(new FrameWriter(), 1, "mail", true));
        assertEquals(Partition.QueueRoom.REFUSES, partition.roomIn(name("mail"), 2, 4));
    }

    @Test
    void shouldListALargePartitionInBoundedSteps() {
        int tasks = 50_000;
        for (int i = 0; i < tasks; i++) {
            submit(i % 10_000 == 0 ? "rare" : "mail");
        }
        List<Long> found = new ArrayList<>();
        int pages = 0;
        long after = 0;
        do {
            after = partition.list(new TaskFilter(after, 0, "rare", ""), 20_000, task -> found.add(task.sequence()));
            pages++;
        } while (after != 0);
        assertEquals(List.of(1L, 10_001L, 20_001L, 30_001L, 40_001L), found);
        assertTrue(pages > 2, "one look at everything stops the partition for too long");
    }

    /** What an operator asks for is a time of the wall clock, also when that was set since. */
    @Test
    void shouldFindTheDeadOfATimeByTheWallClock() {
        submit("mail");
        apply(Reserve.write(new FrameWriter(), 2, new Reserve.Wants(1, 0, 40_000, "ann"), List.of("mail")));
        TaskCursor task = partition.find(TaskId.of(ID, 1));
        assertNotNull(task);
        apply(Nack.write(new FrameWriter(), 3, task.taskId(), task.leaseId(), 0, true, "boom"));
        for (long offset : new long[] {0, -3_600_000, 3_600_000}) {
            apply(Clock.write(new FrameWriter(), 0, offset));
            long diedAtMs = Cast.START_MS + offset;
            assertEquals(List.of(task.taskId()), deadSince(diedAtMs));
            assertEquals(List.of(), deadSince(diedAtMs + 1));
        }
    }

    private List<Long> deadSince(long diedAtMs) {
        List<Long> dead = new ArrayList<>();
        partition.whileDeadPassAfter("mail", partition.deadBefore("mail", diedAtMs), task -> dead.add(task.taskId()));
        return dead;
    }

    @Test
    void shouldFillAViewOfARunningTask() {
        submit("mail");
        apply(Reserve.write(new FrameWriter(), 2, new Reserve.Wants(1, 0, 40_000, "ann"), List.of("mail")));
        TaskCursor task = partition.find(TaskId.of(ID, 1));
        assertNotNull(task);
        TaskView view = new TaskView();
        task.fill(view);
        assertEquals(TaskState.ACTIVE, view.state);
        assertEquals("mail", view.queue);
        assertEquals("ann", view.worker);
        assertEquals(1, view.attempts);
        assertEquals(Cast.START_MS + 40_000, view.leaseDeadlineMs);
        assertEquals(SESSION, task.session());
        assertEquals(1, partition.leaseCount(SESSION));
        assertEquals(Cast.START_MS + 40_000, partition.nextDeadlineMs());
        assertEquals(1, partition.counts().live());
    }

    @Test
    void shouldStopWhenTimeGoesBack() {
        submit("mail");
        FrameWriter frame = Submit.write(new FrameWriter(), 1, TaskSpec.type("work"));
        assertThrows(IllegalStateException.class, () -> journal.apply(partition, Cast.START_MS - 1, SESSION, frame));
    }

    @Test
    void shouldStopAtARecordThatIsNoCommand() {
        FrameWriter query = new FrameWriter().begin(MessageType.GET, 1).pad().end();
        assertEquals(MessageType.GET, new Get().wrap(query.written(), 0).type());
        assertThrows(IllegalStateException.class, () -> apply(query));
    }

    @Test
    void shouldHaveAnotherStateHashAfterEveryChange() {
        long empty = partition.stateHash();
        submit("mail");
        long one = partition.stateHash();
        submit("mail");
        assertNotEquals(empty, one);
        assertNotEquals(one, partition.stateHash());
        assertEquals(journal.replay(ID).stateHash(), partition.stateHash());
    }
}
