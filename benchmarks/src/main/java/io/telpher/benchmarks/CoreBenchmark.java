package io.telpher.benchmarks;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.SetRetention;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The core alone, without journal and network: records applied per second on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class CoreBenchmark {
    private static final int PAYLOAD_BYTES = 2048;
    private static final int TICK_EVERY = 256;
    private static final long SESSION = 1;

    /** Tasks that wait all the time beside those that come and go. */
    @Param({"0", "1000000"})
    public int backlog;

    private final LastDelivery outbox = new LastDelivery();
    private final Partition partition = new Partition(Placement.alone(0), outbox);
    private ByteBuffer submit;
    private ByteBuffer reserve;
    private ByteBuffer ack;
    private ByteBuffer tick;
    private long nowMs = 1_700_000_000_000L;
    private long rounds;

    @Setup
    public void fill() {
        TaskSpec task = TaskSpec.type("work").queue("mail").payload(new byte[PAYLOAD_BYTES]);
        submit = Submit.write(new FrameWriter(), 1, task).written();
        reserve = Reserve.write(new FrameWriter(), 2, new Reserve.Wants(1, 0, 0, "worker"), List.of("mail"))
                .written();
        ack = Ack.write(new FrameWriter(), 3, 0, 0, Result.NONE, ByteBuffer.allocate(0))
                .written();
        tick = Tick.write(new FrameWriter(), 0, 10_000).written();
        apply(SetRetention.write(new FrameWriter(), 0, 1000).written());
        for (int i = 0; i < backlog; i++) {
            apply(submit);
        }
    }

    /** Three records: a task is submitted, one is leased, and acknowledged. */
    @Benchmark
    @OperationsPerInvocation(3)
    public long submitReserveAck() {
        apply(submit);
        apply(reserve);
        ack.putLong(Frame.HEADER_BYTES, outbox.taskId);
        ack.putLong(Frame.HEADER_BYTES + Long.BYTES, outbox.leaseId);
        apply(ack);
        if (++rounds % TICK_EVERY == 0) {
            nowMs++;
            if (partition.nextDeadlineMs() <= nowMs) {
                apply(tick);
            }
        }
        return outbox.taskId;
    }

    private void apply(ByteBuffer frame) {
        partition.onRecord(nowMs, SESSION, rounds << 12, 0, frame, 0);
    }

    /** Remembers what the worker needs for its ack. */
    private static final class LastDelivery implements Outbox {
        private long taskId;
        private long leaseId;

        @Override
        public void deliveries(long session, int requestId, Grants grants) {
            TaskCursor task = grants.task(0);
            taskId = task.taskId();
            leaseId = task.leaseId();
        }

        @Override
        public void rejected(long session, int requestId, ErrorCode code, String message) {
            throw new IllegalStateException("refused: " + code + " " + message);
        }

        @Override
        public void submitted(long session, int requestId, TaskCursor task, boolean duplicate) {}

        @Override
        public void batchSubmitted(long session, int requestId, BatchOutcome outcome) {}

        @Override
        public void taskChanged(long session, int requestId, TaskCursor task, BatchOutcome followUps) {}

        @Override
        public void queueChanged(long session, int requestId, QueueCursor queue) {}

        @Override
        public void counted(long session, int requestId, long count) {}

        @Override
        public void handOver(long number, int target, long maker, ByteBuffer frames, int frame) {}

        @Override
        public void taken(int source, long number, BatchOutcome tasks) {}

        @Override
        public void cancelRequested(long session, long taskId, long leaseId) {}

        @Override
        public void finished(TaskCursor task) {}
    }
}
