package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task takes in memory, all in: its row, its place in a line or among the timers, what all of it hangs on. bin/bench memory has more of it. */
class TaskBytesTest {
    private static final int TASKS = 2_000_000;
    private static final int BYTES_MAX = 64;
    private static final long NOW_MS = 1_790_000_000_000L;

    /** 0 = ready at once. */
    @ParameterizedTest
    @ValueSource(longs = {0, 30L * 24 * 3_600_000})
    void shouldTakeAtMost64BytesForATaskThatWaits(long delayMsMax) {
        long before = heapBytes();
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        FrameWriter out = new FrameWriter();
        for (int i = 1; i <= TASKS; i++) {
            TaskSpec task = TaskSpec.type("work").queue("mail").payload("x");
            if (delayMsMax > 0) {
                // Spread over the time, not in its order.
                task = task.delayMs(1 + Long.remainderUnsigned(i * 0x9E37_79B9_7F4A_7C15L, delayMsMax));
            }
            ByteBuffer frame = Submit.write(out.clear(), 1, task).written();
            partition.onRecord(NOW_MS, 1, (long) i << 12, 0, frame, 0);
        }
        try {
            double bytes = (double) (heapBytes() - before) / TASKS;
            assertTrue(bytes > 8 && bytes <= BYTES_MAX, bytes + " bytes a task");
        } finally {
            Reference.reachabilityFence(partition);
        }
    }

    private static long heapBytes() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            used = Math.min(
                    used,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return used;
    }
}
