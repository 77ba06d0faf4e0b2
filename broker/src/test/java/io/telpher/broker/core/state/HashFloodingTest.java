package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.hash.HashKey;
import io.telpher.broker.core.queue.QueueMakers;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import org.junit.jupiter.api.Test;

/** Names that all have one {@link String#hashCode} cost no more than others. */
class HashFloodingTest {
    private static final int NAMES = 1 << 13;
    private static final int CHOICES = 13;

    private final FrameWriter out = new FrameWriter();
    private final Submit submit = new Submit();

    /** "Aa" and "BB" have the same hash, and so has whatever is put together from them. */
    private static String colliding(int number) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < CHOICES; bit++) {
            name.append((number >>> bit & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }

    private static String other(int number) {
        return "name-" + number * 7919L;
    }

    private static PartitionState state() {
        PartitionState state = new PartitionState(Placement.alone(0));
        state.hashKey(0x0123_4567_89ab_cdefL, 99);
        return state;
    }

    private interface Naming {
        String name(int number);
    }

    @Test
    void shouldTakeTheNamesForColliding() {
        assertEquals(colliding(0).hashCode(), colliding(NAMES - 1).hashCode());
        assertNotEquals(colliding(0), colliding(NAMES - 1));
    }

    @Test
    void shouldFindTaskTypesAtTheSameCost() {
        long others = looksForTypes(HashFloodingTest::other);
        long colliding = looksForTypes(HashFloodingTest::colliding);
        assertTrue(colliding < others + others / 2, colliding + " places looked at instead of " + others);
    }

    private long looksForTypes(Naming naming) {
        PartitionState state = state();
        TaskQueue queue = state.queues().plan("q");
        state.queues().create(queue, QueueMakers.NOBODY, 1);
        for (int i = 0; i < NAMES; i++) {
            Submit.write(out.clear(), 1, TaskSpec.type(naming.name(i)));
            state.kinds.enter(queue, submit.wrap(out.written(), 0));
        }
        return state.kinds.looks();
    }

    @Test
    void shouldFindQueuesAtTheSameCost() {
        long others = looksForQueues(HashFloodingTest::other);
        long colliding = looksForQueues(HashFloodingTest::colliding);
        assertTrue(colliding < others + others / 2, colliding + " places looked at instead of " + others);
    }

    private static long looksForQueues(Naming naming) {
        Queues queues = state().queues();
        for (int i = 0; i < NAMES; i++) {
            queues.create(queues.plan(naming.name(i)), QueueMakers.NOBODY, 1);
        }
        for (int i = 0; i < NAMES; i++) {
            assertEquals(
                    i, Invariant.present(queues.find(naming.name(i)), "a queue").index());
        }
        return queues.looks();
    }

    @Test
    void shouldHashWithTheFirstKeyThatWasTold() {
        PartitionState state = state();
        long hash = state.hashKey().of("q");
        assertNotEquals(hash, new HashKey().of("q"));
        state.hashKey(5, 6);
        assertEquals(hash, state.hashKey().of("q"));
    }
}
