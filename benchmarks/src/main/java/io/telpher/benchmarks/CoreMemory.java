package io.telpher.benchmarks;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Submit;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The core alone, with many tasks: heap bytes a task by state, what it costs to submit and to fire delayed ones, and for how long a snapshot
 * keeps the partition's thread, in that thread's own CPU time.
 */
@Command(
        name = "memory",
        mixinStandardHelpOptions = true,
        description = "Bytes a task, ticks and snapshot pauses of the core alone.")
public final class CoreMemory implements Callable<Integer> {
    private static final String QUEUE = "load";
    private static final long START_MS = 1_790_000_000_000L;
    private static final long DELAY_MS_MAX = TimeUnit.DAYS.toMillis(30);
    private static final int RESERVED_AT_ONCE = 1000;
    private static final int LEASE_MS = 3_600_000;
    private static final int FIRED_A_TICK = 10_000;
    private static final int SNAPSHOT_PIECES = 8;
    private static final int QUEUES = 9_000;
    private static final int WAITERS = 100_000;
    private static final int EXTENDED_EACH = 61;
    private static final int BLOCK_BYTES = 1 << 20;
    private static final double NANOS_A_US = 1e3;
    private static final double NANOS_A_MS = 1e6;

    @Option(names = "--tasks", description = "of each kind (default: ${DEFAULT-VALUE})")
    private int tasks = 1_000_000;

    @Parameters(paramLabel = "PART", description = "${COMPLETION-CANDIDATES} (default: all)")
    private List<Part> parts = List.of(Part.values());

    /** What is measured. */
    enum Part {
        WAITING,
        COMPLETED,
        DELAYED,
        MOMENT,
        MANY
    }

    private final FrameWriter out = new FrameWriter();
    private long location;
    private long nowMs = START_MS;

    public static void main(String[] args) {
        System.exit(new CommandLine(new CoreMemory()).execute(args));
    }

    @Override
    public Integer call() {
        for (Part part : parts) {
            switch (part) {
                case WAITING -> waiting();
                case COMPLETED -> completed();
                case DELAYED -> delayed();
                case MOMENT -> sameMoment();
                case MANY -> pauses();
            }
        }
        return 0;
    }

    private void waiting() {
        long before = heapBytes();
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        fill(partition, 0, "waiting", before);
        pause(partition, "first snapshot, waiting");
        pause(partition, "second snapshot, waiting");
        lease(partition, tasks);
        say("leased", partition, before);
        pause(partition, "snapshot, leased");
        ack(partition, 1, tasks);
        if (partition.counts().completed() != tasks) {
            throw new IllegalStateException(partition.counts() + " after acks of all");
        }
        say("completed, all leased at once before", partition, before);
    }

    private void ack(Partition partition, int first, int last) {
        ByteBuffer noFollowUps = ByteBuffer.allocate(0);
        for (int i = first; i <= last; i++) {
            // The first in, first leased: ids of tasks and leases are the same.
            apply(
                    partition,
                    Ack.write(out.clear(), 1, i, i, Result.NONE, noFollowUps).written());
        }
    }

    /** As it mostly is: few are under way at a time, so few slots of leases are kept for the next. */
    private void completed() {
        long before = heapBytes();
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        for (int i = 0; i < tasks; i += RESERVED_AT_ONCE) {
            int count = Math.min(tasks - i, RESERVED_AT_ONCE);
            for (int j = 0; j < count; j++) {
                submit(partition, 0);
            }
            lease(partition, count);
            ack(partition, i + 1, i + count);
        }
        say("completed, " + RESERVED_AT_ONCE + " leased at a time", partition, before);
    }

    private void delayed() {
        long before = heapBytes();
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        fill(partition, DELAY_MS_MAX, "delayed", before);
        pause(partition, "snapshot, delayed");
        long end = nowMs + DELAY_MS_MAX;
        long fired = 0;
        long longest = 0;
        long start = cpuNanos();
        while (nowMs < end && partition.nextDeadlineMs() != Partition.NEVER) {
            nowMs = partition.nextDeadlineMs();
            long from = cpuNanos();
            apply(partition, Tick.write(out.clear(), 0, FIRED_A_TICK).written());
            longest = Math.max(longest, cpuNanos() - from);
            fired++;
        }
        System.out.printf(
                "delayed: %,d ticks, %.2f us each with %.1f tasks, the longest %.2f ms%n",
                fired, (cpuNanos() - start) / NANOS_A_US / fired, (double) tasks / fired, longest / NANOS_A_MS);
    }

    private void sameMoment() {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        for (int i = 0; i < tasks; i++) {
            submit(partition, TimeUnit.HOURS.toMillis(1));
        }
        nowMs = partition.nextDeadlineMs();
        long ticks = 0;
        long longest = 0;
        long start = cpuNanos();
        while (partition.nextDeadlineMs() <= nowMs) {
            long from = cpuNanos();
            apply(partition, Tick.write(out.clear(), 0, FIRED_A_TICK).written());
            longest = Math.max(longest, cpuNanos() - from);
            ticks++;
        }
        System.out.printf(
                "%,d due at one moment: %,d ticks in %.0f ms, the longest %.2f ms%n",
                tasks, ticks, (cpuNanos() - start) / NANOS_A_MS, longest / NANOS_A_MS);
    }

    /** Of what else there can be much, all of it in one partition; and for how long a command waits that changes a lease while one is taken. */
    private void pauses() {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        for (int i = 0; i < QUEUES; i++) {
            apply(
                    partition,
                    PutQueue.write(out.clear(), 1, "queue-" + i, QueuePolicyFields.NOTHING)
                            .written());
        }
        pause(partition, String.format("snapshot, %,d queues", QUEUES));
        for (int i = 0; i < WAITERS; i++) {
            Reserve.Wants wants = new Reserve.Wants(1, LEASE_MS, LEASE_MS, "worker");
            apply(
                    partition,
                    Reserve.write(out.clear(), 1, wants, List.of("queue-" + i % QUEUES))
                            .written());
        }
        pause(partition, String.format("snapshot, %,d waiting reserves too", WAITERS));
        for (int i = 0; i < tasks; i++) {
            TaskSpec task = TaskSpec.type("type-" + i).queue(QUEUE).payload("x").idempotencyKey("key-" + i);
            apply(partition, Submit.write(out.clear(), 1, task).written());
        }
        pause(partition, "snapshot, as many tasks with keys and types of their own too");
        lease(partition, tasks);
        Scrap scrap = new Scrap();
        SnapshotCopy copy = partition.beginSnapshot(scrap);
        long longest = 0;
        for (int i = 1; i <= tasks; i += EXTENDED_EACH) {
            long from = cpuNanos();
            apply(partition, Extend.write(out.clear(), 1, i, i, LEASE_MS).written());
            longest = Math.max(longest, cpuNanos() - from);
        }
        copy.abandon();
        System.out.printf("a lease extended while all are to be copied: the longest %.2f ms%n", longest / NANOS_A_MS);
        pause(partition, "snapshot, all of these leased");
    }

    private void lease(Partition partition, int count) {
        for (int left = count; left > 0; left -= RESERVED_AT_ONCE) {
            Reserve.Wants wants = new Reserve.Wants(Math.min(left, RESERVED_AT_ONCE), 0, LEASE_MS, "worker");
            apply(
                    partition,
                    Reserve.write(out.clear(), 1, wants, List.of(QUEUE)).written());
        }
    }

    private void fill(Partition partition, long delayMsMax, String what, long before) {
        long start = cpuNanos();
        for (int i = 1; i <= tasks; i++) {
            // Spread over the time, not in its order.
            submit(partition, delayMsMax == 0 ? 0 : 1 + Long.remainderUnsigned(i * 0x9E37_79B9_7F4A_7C15L, delayMsMax));
        }
        long nanos = cpuNanos() - start;
        say(what, partition, before);
        System.out.printf("%s: %.2f us a submit%n", what, nanos / NANOS_A_US / tasks);
    }

    private void submit(Partition partition, long delayMs) {
        TaskSpec task = TaskSpec.type("work").queue(QUEUE).payload("x");
        apply(
                partition,
                Submit.write(out.clear(), 1, delayMs == 0 ? task : task.delayMs(delayMs))
                        .written());
    }

    private void apply(Partition partition, ByteBuffer frame) {
        location += 1 << 12;
        partition.onRecord(nowMs, 1, location, 0, frame, 0);
    }

    /** Copies everything as a snapshot does, into memory that is used again. */
    private static void pause(Partition partition, String what) {
        Scrap scrap = new Scrap();
        long from = cpuNanos();
        SnapshotCopy copy = partition.beginSnapshot(scrap);
        long begin = cpuNanos() - from;
        long longest = 0;
        boolean done = false;
        while (!done) {
            from = cpuNanos();
            done = copy.step(SNAPSHOT_PIECES);
            longest = Math.max(longest, cpuNanos() - from);
        }
        System.out.printf(
                "%s: %,d bytes; begun in %.2f ms, the longest step %.2f ms%n",
                what, scrap.bytes, begin / NANOS_A_MS, longest / NANOS_A_MS);
    }

    private void say(String what, Partition partition, long before) {
        long bytes = heapBytes() - before;
        System.out.printf(
                "%s: %.1f bytes a task (%,d tasks)%n",
                what, (double) bytes / tasks, partition.counts().kept());
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
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

    /** Counts what it is given, and forgets it. */
    private static final class Scrap implements SnapshotSink {
        private ByteBuffer spare = ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private long bytes;

        @Override
        public ByteBuffer buffer(int bytesMin) {
            ByteBuffer given = spare;
            spare = ByteBuffer.allocateDirect(0);
            return given.capacity() >= bytesMin
                    ? given.clear()
                    : ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void block(BlockKind kind, ByteBuffer body) {
            bytes += body.position();
            spare = body;
        }
    }
}
