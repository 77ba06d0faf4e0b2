package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.ClosedJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.intake.Ingress;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetRetention;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a partition's thread does, without network and without waiting for the disk: the hand-over alone, and a task's whole way. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class PartitionBenchmark {
    private static final int PAYLOAD_BYTES = 2048;
    private static final long RETENTION_MS = 1_000;
    private static final int TRIPS_A_MS = 64;

    private final Ingress ingress = new Ingress(1);
    private final Client client = new Client();
    private Path directory;
    private ChronicleJournal journal;
    private PartitionAgent agent;
    private byte[] submit;
    private byte[] reserve;
    private byte[] ack;
    private long nowMs = 1_700_000_000_000L;
    private long trips;

    @Setup
    public void open() throws IOException {
        TaskSpec task = TaskSpec.type("work").queue("mail").payload(new byte[PAYLOAD_BYTES]);
        submit = Submit.write(new FrameWriter(), 1, task).toBytes();
        reserve = Reserve.write(new FrameWriter(), 2, new Reserve.Wants(1, 0, 0, "worker"), List.of("mail"))
                .toBytes();
        ack = Ack.write(new FrameWriter(), 3, 0, 0, Result.NONE, ByteBuffer.allocate(0))
                .toBytes();
        directory = Files.createTempDirectory("telpher-partition-");
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        JournalOptions options =
                new JournalOptions(directory, SyncPolicy.NONE, JournalOptions.FILE_BYTES_DEFAULT, () -> {});
        try (ClosedJournal closed = ClosedJournal.take(options)) {
            closed.replay(JournalStart.BEGINNING, new Recovery(partition));
            journal = closed.open();
        }
        agent = new PartitionAgent(new Parts(
                partition,
                journal,
                journal,
                Parts.Time.of(() -> nowMs, nanos -> {}),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(failure -> {
                    throw new IllegalStateException("the partition ended", failure);
                })));
        agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), Recovery.SEMANTICS_VERSION));
        agent.begin();
        agent.applyOwn(SetRetention.write(new FrameWriter(), 0, RETENTION_MS));
    }

    /** A connection's bytes through the line that the partition's thread takes them from, on one thread. */
    @Benchmark
    public long ingress() {
        ByteBuf frames = Unpooled.wrappedBuffer(submit);
        int bytes = frames.readableBytes();
        ingress.offer(client, frames);
        if (ingress.poll() == null) {
            throw new IllegalStateException("what was offered was not there");
        }
        ingress.took(client, bytes);
        return ingress.bytes();
    }

    /** Submitted, reserved and acknowledged, each in a batch of its own: taken, appended, handed back, applied, answered. */
    @Benchmark
    public long submitReserveAck() {
        take(submit);
        take(reserve);
        ByteBuffer.wrap(ack)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(Frame.HEADER_BYTES, client.taskId)
                .putLong(Frame.HEADER_BYTES + Long.BYTES, client.leaseId);
        take(ack);
        if (++trips % TRIPS_A_MS == 0) {
            nowMs++;
            journal.closedFiles().forEach(file -> journal.delete(file.number()));
        }
        return client.taskId;
    }

    private void take(byte[] frame) {
        int before = client.answers;
        agent.receive(client, Unpooled.wrappedBuffer(frame));
        while (client.answers == before) {
            agent.step();
        }
    }

    @TearDown
    public void close() throws IOException {
        journal.close();
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Keeps what an ack needs. */
    private static final class Client extends Session {
        private final Deliveries deliveries = new Deliveries();
        private long taskId;
        private long leaseId;
        private int answers;

        Client() {
            super(1);
        }

        @Override
        public void send(ByteBuf replies) {
            ByteBuffer frames = replies.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
            int type = Frame.typeCode(frames, 0);
            if (type == MessageType.ERROR.code()) {
                throw new IllegalStateException("a request was refused");
            }
            if (type == MessageType.DELIVERIES.code()) {
                Delivery delivery = deliveries.wrap(frames, 0).first();
                if (!delivery.next()) {
                    throw new IllegalStateException("a reserve brought no task");
                }
                taskId = delivery.taskId();
                leaseId = delivery.leaseId();
            }
            answers++;
            replies.release();
        }

        @Override
        public String address() {
            return "here";
        }

        @Override
        public String clientName() {
            return "benchmark";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        public void taken() {}
    }
}
