package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What one queue costs does not grow with the number of the others. */
class QueueCostTest {
    private static final int QUEUES = 100_000;
    private static final long TTL_MS = 60_000;

    private final Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
    private final FrameWriter out = new FrameWriter();
    private long nowMs = 1_000;
    private long location;

    private void apply(long session, FrameWriter frame) {
        partition.onRecord(nowMs, session, location += 4096, 1, frame.written(), 0);
    }

    private void makeQueues() {
        for (int i = 0; i < QUEUES; i++) {
            apply(1, PutQueue.write(out.clear(), 1, "q" + i, QueuePolicyFields.NOTHING));
        }
    }

    @Test
    void shouldShowOnlyThePageThatIsAskedFor() {
        makeQueues();
        int[] looked = {0};
        List<String> page = new ArrayList<>();
        partition.queues("q99990", queue -> {
            looked[0]++;
            page.add(queue.name());
            return page.size() < 5;
        });
        assertEquals(List.of("q99991", "q99992", "q99993", "q99994", "q99995"), page);
        assertEquals(5, looked[0]);
    }

    @Test
    void shouldGoOnBehindANameThatIsNotThere() {
        makeQueues();
        List<String> page = new ArrayList<>();
        partition.queues("q9999a", queue -> page.add(queue.name()));
        assertEquals(List.of(), page);
        partition.queues("q99998-deleted", queue -> page.add(queue.name()));
        assertEquals(List.of("q99999"), page);
    }

    @Test
    void shouldLetAllIdleQueuesGoAPieceATick() {
        apply(0, SetQueueLimits.write(out.clear(), 0, QUEUES, QUEUES, TTL_MS));
        makeQueues();
        nowMs += TTL_MS;
        apply(0, Tick.write(out.clear(), 0, 1_000));
        assertEquals(QUEUES - 1_000, partition.queueCount());
        while (partition.nextDeadlineMs() <= nowMs) {
            apply(0, Tick.write(out.clear(), 0, 10_000));
        }
        assertEquals(0, partition.queueCount());
    }

    @Test
    void shouldFollowTheDefaultWithoutAWalkOverTheQueues() {
        makeQueues();
        QueueCursor last = Objects.requireNonNull(partition.findQueue("q99999"));
        QueuePolicyFields before = last.policy();
        apply(1, PutQueue.write(out.clear(), 1, "default", QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 9)));
        assertEquals(3, before.maxRetries());
        assertEquals(9, last.policy().maxRetries());
    }

    @Test
    void shouldKeepNoNameThatNobodyWaitsFor() {
        Reserve.Wants wants = new Reserve.Wants(1, 1_000, 0, "w");
        for (int round = 0; round < 50; round++) {
            int from = round * 64;
            List<String> names =
                    IntStream.range(from, from + 64).mapToObj(i -> "typo-" + i).toList();
            apply(7, Reserve.write(out.clear(), round + 1, wants, names));
        }
        assertEquals(0, partition.queueCount());
        assertEquals(50 * 64, partition.state().queues().unlistedCount());
        nowMs += 1_000;
        apply(0, Tick.write(out.clear(), 0, 10_000));
        assertEquals(0, partition.state().queues().unlistedCount());
    }
}
