package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.core.image.StateHashCopy;
import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A snapshot keeps the partition's thread for no longer the more there is: what one step copies has a bound, in bytes. */
class SnapshotStepsTest {
    private static final int MANY = 20_000;
    private static final int QUEUES = 2_000;
    private static final int TASKS_A_PAGE = 1024;
    private static final int LEASE_MS = 3_600_000;
    private static final int WAIT_MS = 60_000;

    /** A page of 1024 tasks that were all leased, expire and have keys. */
    private static final int STEP_BYTES_MAX = 128 << 10;

    private static final int BEGIN_BYTES_MAX = 1 << 10;

    private final FrameWriter out = new FrameWriter();
    private final Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
    private final Counting sink = new Counting();
    private long location;

    /** How many bytes were written into its buffers by now, handed back or not. */
    private static final class Counting implements SnapshotSink {
        private final List<ByteBuffer> open = new ArrayList<>();
        private long closedBytes;

        @Override
        public ByteBuffer buffer(int bytesMin) {
            ByteBuffer given = ByteBuffer.allocate(bytesMin).order(ByteOrder.LITTLE_ENDIAN);
            open.add(given);
            return given;
        }

        @Override
        public void block(BlockKind kind, ByteBuffer body) {
            open.removeIf(each -> each == body);
            closedBytes += body.position();
        }

        long bytes() {
            return closedBytes + open.stream().mapToInt(ByteBuffer::position).sum();
        }
    }

    private void apply(ByteBuffer frame) {
        location += 1 << 12;
        partition.onRecord(Cast.START_MS, 1, location, 0, frame, 0);
    }

    @BeforeEach
    void fill() {
        for (int i = 0; i < QUEUES; i++) {
            apply(PutQueue.write(out.clear(), 1, "queue-" + i, QueuePolicyFields.NOTHING)
                    .written());
        }
        for (int i = 0; i < MANY; i++) {
            TaskSpec task =
                    TaskSpec.type("type-" + i).queue("mail").payload("x").idempotencyKey("key-" + i);
            apply(Submit.write(out.clear(), 1, task).written());
        }
        Reserve.Wants wants = new Reserve.Wants(1000, 0, LEASE_MS, "worker");
        for (int left = MANY; left > 0; left -= wants.max()) {
            apply(Reserve.write(out.clear(), 1, wants, List.of("mail")).written());
        }
        assertEquals(MANY, partition.counts().active());
        Reserve.Wants waits = new Reserve.Wants(1, WAIT_MS, LEASE_MS, "worker");
        for (int i = 0; i < MANY; i++) {
            apply(Reserve.write(out.clear(), 1, waits, List.of("mail")).written());
        }
    }

    @Test
    void shouldCopyNoMoreAtOnceTheMoreThereIs() {
        SnapshotCopy copy = partition.beginSnapshot(sink);
        assertTrue(sink.bytes() <= BEGIN_BYTES_MAX, sink.bytes() + " bytes when it begins");
        long most = 0;
        int steps = 1;
        for (long before = sink.bytes(); !copy.step(1); before = sink.bytes()) {
            most = Math.max(most, sink.bytes() - before);
            steps++;
        }
        assertTrue(most <= STEP_BYTES_MAX, most + " bytes in one step");
        assertTrue(steps > MANY / TASKS_A_PAGE, steps + " steps");
    }

    @Test
    void shouldHashNoMoreAtOnceTheMoreThereIs() {
        long whole = partition.stateHash();
        StateHashCopy hash = partition.beginStateHash();
        assertTrue(hash.things() <= 1, hash.things() + " things when it begins");
        long most = 0;
        int steps = 1;
        for (long before = hash.things(); !hash.step(1); before = hash.things()) {
            most = Math.max(most, hash.things() - before);
            steps++;
        }
        assertTrue(most <= TASKS_A_PAGE, most + " things in one step");
        assertTrue(steps > MANY / TASKS_A_PAGE, steps + " steps");
        assertTrue(hash.things() > 3 * MANY, hash.things() + " things, with tasks, leases and waiting reserves");
        assertEquals(whole, hash.value());
    }

    @Test
    void shouldHashNoMoreThanItsSurroundingsBeforeALeaseChanges() {
        long whole = partition.stateHash();
        StateHashCopy hash = partition.beginStateHash();
        for (long id : new long[] {1, MANY / 2, MANY}) {
            long before = hash.things();
            apply(Extend.write(out.clear(), 1, id, id, LEASE_MS / 2).written());
            long added = hash.things() - before;
            assertTrue(added > 0 && added <= 2 * TASKS_A_PAGE, added + " things before a change of task " + id);
            before = hash.things();
            apply(Extend.write(out.clear(), 1, id, id, LEASE_MS).written());
            assertEquals(before, hash.things(), "added twice");
        }
        assertTrue(hash.step(Integer.MAX_VALUE));
        assertEquals(whole, hash.value());
    }

    @Test
    void shouldCopyNoMoreThanItsSurroundingsBeforeALeaseChanges() {
        SnapshotCopy copy = partition.beginSnapshot(sink);
        for (long id : new long[] {1, MANY / 2, MANY}) {
            long before = sink.bytes();
            // The first in, first leased: ids of tasks and leases are the same.
            apply(Extend.write(out.clear(), 1, id, id, LEASE_MS / 2).written());
            long copied = sink.bytes() - before;
            assertTrue(copied > 0 && copied <= STEP_BYTES_MAX, copied + " bytes before a change of task " + id);
            before = sink.bytes();
            apply(Extend.write(out.clear(), 1, id, id, LEASE_MS).written());
            assertEquals(before, sink.bytes(), "copied twice");
        }
        copy.abandon();
    }
}
