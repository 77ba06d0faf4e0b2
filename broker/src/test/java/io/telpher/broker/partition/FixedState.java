package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.partition.snapshot.SnapshotHeader;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.SnapshotWriter;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.Clock;
import io.telpher.protocol.record.Disconnect;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetRetention;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Submit;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A state with something of everything that a snapshot holds, always the same; its commands must never change, golden files were made of it. */
final class FixedState {
    private static final long START_MS = 1_790_000_000_000L;
    private static final int LEASE_MS = 3_600_000;
    private static final long WALL_AHEAD_MS = 90_000;
    private static final long FIRST_SESSION = 1L << 32;
    private static final long LOCATION_STEP = 1 << 12;

    private final Partition partition;
    private final FrameWriter out = new FrameWriter();
    private long nowMs = START_MS;
    private long records;

    private FixedState(Partition partition) {
        this.partition = partition;
    }

    /** @param empty has seen no record */
    static void bringAbout(Partition empty) {
        new FixedState(empty).commands();
    }

    /** Writes the snapshot of a state that {@link #bringAbout} made; returns its file. */
    static Path write(Partition partition, SnapshotStore store, Path directory)
            throws IOException, InterruptedException {
        SnapshotHeader header = new SnapshotHeader(
                0, partition.semanticsVersion(), 0x1234, 0x1_0000_2000L, partition.term(), partition.now(), 0x2345);
        SnapshotWriter writer = store.begin(header, () -> {});
        boolean whole = partition.beginSnapshot(writer).step(Integer.MAX_VALUE);
        writer.start();
        writer.seal();
        while (whole && !writer.isDone() && writer.failure() == null) {
            Patience.look();
        }
        return directory.resolve("snapshots").resolve("0000000000001234.snapshot");
    }

    private void commands() {
        apply(
                0,
                NewTerm.write(
                        out.clear(),
                        0,
                        1,
                        Partition.SEMANTICS_VERSION,
                        0,
                        0x0123_4567_89ab_cdefL,
                        0x1111_2222_3333_4444L));
        apply(0, SetRetention.write(out.clear(), 0, 7_200_000));
        policies();
        submits();
        workers();
        apply(0, PauseQueue.write(out.clear(), 8, "reports", true, "the printer burns", "ann"));
        apply(0, NoteQueue.write(out.clear(), 9, "mail", "asks billing", "bob (4f1c)"));
        while (partition.nextDeadlineMs() <= nowMs) {
            apply(0, Tick.write(out.clear(), 0, 100));
        }
    }

    private void policies() {
        QueuePolicyFields policy = QueuePolicyFields.NOTHING
                .with(PolicyField.VISIBILITY_TIMEOUT, 20_000)
                .with(PolicyField.MAX_RETRIES, 2)
                .with(PolicyField.BASE, 500)
                .with(PolicyField.CAP, 60_000)
                .with(PolicyField.FACTOR, 3000)
                .with(PolicyField.JITTER, 10)
                .with(Backoff.LINEAR)
                .with(OnDisconnect.KEEP)
                .with(PolicyField.MAX_TASKS, 5000)
                .with(PolicyField.MINIMUM_SHARE_NORMAL, 20)
                .with(PolicyField.MINIMUM_SHARE, 5)
                .with(PolicyField.DISCONNECT_GRACE, 3_000)
                .with(PolicyField.MAX_CRASHES, 7)
                .with(PolicyField.KEY_RELEASE, 0);
        apply(1, PutQueue.write(out.clear(), 1, "mail", policy));
        apply(1, PutQueue.write(out.clear(), 2, "reports", QueuePolicyFields.NOTHING.with(OnDisconnect.RELEASE)));
        apply(1, PutQueue.write(out.clear(), 3, "default", policy));
    }

    private static TaskSpec task(String queue, int number) {
        return TaskSpec.type("work-" + number % 3)
                .queue(queue)
                .payload(("payload " + number).getBytes(StandardCharsets.UTF_8));
    }

    private void submits() {
        for (int i = 0; i < 12; i++) {
            apply(1, Submit.write(out.clear(), 10 + i, task("mail", i).priority(Priority.values()[i % 3])));
        }
        apply(1, Submit.write(out.clear(), 30, task("mail", 12).delayMs(86_400_000)));
        apply(1, Submit.write(out.clear(), 31, task("reports", 13).idempotencyKey("once")));
        apply(1, Submit.write(out.clear(), 32, task("reports", 14).expiresAtMs(nowMs + 600_000)));
        apply(1, Submit.write(out.clear(), 33, task("reports", 15).backoff(Backoff.FIXED, 1000, 1000, 1000, 0)));
        apply(1, Submit.write(out.clear(), 34, task("mail", 16)));
        apply(1, Cancel.write(out.clear(), 35, 17));
        apply(0, Clock.write(out.clear(), 0, WALL_AHEAD_MS));
        apply(1, Submit.write(out.clear(), 36, task("mail", 17).runAtMs(nowMs + WALL_AHEAD_MS + 3_600_000)));
    }

    /** Tasks 1, 4, 7 and 10 are of high priority and go first; leases are numbered behind the first term's step. */
    private void workers() {
        long session = FIRST_SESSION + 2;
        reserve(session, 4, "worker-a");
        reserve(FIRST_SESSION + 3, 3, "worker-\u00e9");
        long first = lease(1);
        apply(session, Progress.write(out.clear(), 50, 1, first, 40, "under way"));
        Result result = Result.of("text/plain", "done".getBytes(StandardCharsets.UTF_8));
        apply(session, Ack.write(out.clear(), 51, 4, lease(4), result, ByteBuffer.allocate(0)));
        apply(session, Nack.write(out.clear(), 52, 7, lease(7), -1, false, "out of order"));
        apply(session, Nack.write(out.clear(), 53, 10, lease(10), -1, true, "no such address"));
        apply(
                session,
                Reserve.write(out.clear(), 54, new Reserve.Wants(2, 60_000, 0, "worker-a"), List.of("later", "x")));
        long gone = FIRST_SESSION + 4;
        Reserve.Wants one = new Reserve.Wants(1, 0, LEASE_MS, "worker-c");
        apply(gone, Reserve.write(out.clear(), 56, one, List.of("reports")));
        apply(gone, Disconnect.write(out.clear(), 0, 100));
        apply(
                FIRST_SESSION + 3,
                Reserve.write(out.clear(), 55, new Reserve.Wants(1, 60_000, LEASE_MS, ""), List.of("later")));
    }

    private long lease(long taskId) {
        return java.util.Objects.requireNonNull(partition.find(taskId)).leaseId();
    }

    private void reserve(long session, int max, String worker) {
        apply(session, Reserve.write(out.clear(), 40, new Reserve.Wants(max, 0, LEASE_MS, worker), List.of("mail")));
    }

    private void apply(long session, FrameWriter frame) {
        nowMs += 7;
        records++;
        partition.onRecord(nowMs, session, records * LOCATION_STEP, (int) records * 31, frame.written(), 0);
    }
}
