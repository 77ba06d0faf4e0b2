package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.Withdraw;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a broker with several partitions: cuts what it sends into runs for each, and takes what concerns several apart. For the thread
 * that the connection's frames come on, but where it says otherwise.
 */
final class MultiPartitionSession {
    private final Session connection;
    private final PartitionAgent[] agents;
    private final LongSupplier clock;
    private final Routes routes;
    private final PartitionSession[] branches;
    private final Map<Integer, MultiPartitionReserve> reserves = new ConcurrentHashMap<>();
    private final MultiPartitionQueries queries;
    private long chances;

    MultiPartitionSession(
            Session connection, PartitionAgent[] agents, LongSupplier clock, MultiPartitionQueries queries) {
        this.connection = connection;
        this.agents = agents;
        this.clock = clock;
        this.routes = new Routes(agents.length);
        this.queries = queries;
        this.branches = new PartitionSession[agents.length];
        for (int i = 0; i < agents.length; i++) {
            branches[i] = new PartitionSession(connection, this);
        }
    }

    int partitions() {
        return agents.length;
    }

    /** A number below {@code total}, spread evenly over the asking and over connections. On the connection's thread. */
    int chance(int total) {
        long turn = connection.id() + chances++;
        return (int) ((turn * 0x9E3779B97F4A7C15L >>> Integer.SIZE) * total >>> Integer.SIZE);
    }

    /** Any thread. */
    boolean isDraining() {
        return connection.isDraining();
    }

    /** Runs of frames for one partition go on as the slices that they are. */
    void receive(ByteBuf frames) {
        ByteBuffer buffer = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int start = 0;
        int offset = 0;
        int running = Routes.SEVERAL;
        while (offset < buffer.limit()) {
            int partition = routes.partitionOf(buffer, offset);
            if (partition != running) {
                pass(running, frames, start, offset);
                running = partition;
                start = offset;
            }
            int bytes = (int) Frame.bytes(buffer, offset);
            if (partition == Routes.SEVERAL) {
                byte[] frame = new byte[bytes];
                buffer.get(offset, frame);
                spread(ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN));
                start = offset + bytes;
            }
            offset += bytes;
        }
        pass(running, frames, start, offset);
        frames.release();
    }

    private void pass(int partition, ByteBuf frames, int start, int end) {
        if (partition != Routes.SEVERAL && end > start) {
            agents[partition].receive(
                    branches[partition], frames.retainedSlice(frames.readerIndex() + start, end - start));
        }
    }

    private void spread(ByteBuffer frame) {
        MessageType type = MessageType.known(Frame.typeCode(frame, 0));
        if (type == MessageType.RESERVE) {
            reserve(new Reserve().wrap(frame, 0));
        } else if (type.hasNewTasks()) {
            boolean isOfTask = type.subject() == MessageType.Subject.TASK;
            int decides = isOfTask ? routes.ofTask(type.taskId(frame, 0)) : routes.partitionOfFirst(frame, 0);
            submit(frame, decides, routes.partitionsOf(frame, 0));
        } else {
            queries.ask(connection, frame, this::answer);
        }
    }

    private void reserve(Reserve reserve) {
        MultiPartitionReserve spread = new MultiPartitionReserve(this, reserve, clock.getAsLong());
        if (reserves.putIfAbsent(reserve.requestId(), spread) != null) {
            answer(MultiPartitionQueries.refusal(
                    reserve.requestId(),
                    "request id " + reserve.requestId() + " is that of a reserve that is under way"));
        } else {
            spread.begin();
        }
    }

    /**
     * A batch, or an acknowledgement with follow-up tasks, for several partitions. Each is asked whether it would take its part; when all
     * would, the whole goes to the one that decides.
     *
     * @param takers partitions with tasks in it
     */
    private void submit(ByteBuffer frame, int decides, boolean[] takers) {
        int asked = 0;
        for (int i = 0; i < takers.length; i++) {
            asked += takers[i] && i != decides ? 1 : 0;
        }
        int bytes = frame.remaining();
        agents[decides].keeps(branches[decides], bytes);
        FanIn answers = new FanIn(asked, replies -> {
            agents[decides].took(branches[decides], bytes);
            ByteBuffer refused = FanIn.firstError(replies);
            if (refused != null) {
                connection.send(Unpooled.wrappedBuffer(refused));
            } else {
                agents[decides].receive(branches[decides], Unpooled.wrappedBuffer(frame));
            }
        });
        for (int i = 0; i < takers.length; i++) {
            if (takers[i] && i != decides) {
                new SubQuery(agents[i], connection, answers.next())
                        .askWhetherItWouldTake(frame.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    /** From wherever it waits: the other partitions know nothing of it. */
    void withdraw(int requestId) {
        for (int i = 0; i < agents.length; i++) {
            send(i, Withdraw.write(new FrameWriter(), requestId));
        }
    }

    /** Any thread. */
    void send(int partition, FrameWriter frame) {
        agents[partition].receive(branches[partition], Unpooled.wrappedBuffer(frame.toBytes()));
    }

    private void answer(FrameWriter reply) {
        connection.send(Unpooled.wrappedBuffer(reply.toBytes()));
    }

    /** Any thread. */
    @Nullable
    MultiPartitionReserve reserve(int requestId) {
        return reserves.isEmpty() ? null : reserves.get(requestId);
    }

    /** The reserve is not under way any more. Any thread. */
    void ended(int requestId) {
        reserves.remove(requestId);
    }

    void rightsChanged() {
        for (int i = 0; i < agents.length; i++) {
            agents[i].rightsChanged(branches[i]);
        }
    }

    void closed() {
        for (int i = 0; i < agents.length; i++) {
            agents[i].closed(branches[i]);
        }
    }
}
