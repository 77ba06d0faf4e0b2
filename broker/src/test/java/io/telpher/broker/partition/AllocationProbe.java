package io.telpher.broker.partition;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints what a partition's thread allocates for one task that is submitted, reserved and acknowledged: {@code bytes per trip}, then {@code duty cycles per
 * trip}. Exact when nothing is compiled ({@code -Xint}): compiled code leaves out what it can prove to be short-lived.
 */
final class AllocationProbe {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final int WARM_TRIPS = 100;
    private static final int TRIPS = 400;

    private AllocationProbe() {}

    /** Keeps of each reply the task and lease that it delivers. */
    private static final class Client extends TestSession {
        private final Deliveries deliveries = new Deliveries();
        private long taskId;
        private long leaseId;

        Client() {
            super(1);
        }

        @Override
        public void send(ByteBuf replies) {
            ByteBuffer frames = replies.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
            if (Frame.typeCode(frames, 0) == MessageType.DELIVERIES.code()) {
                Delivery delivery = deliveries.wrap(frames, 0).first();
                delivery.next();
                taskId = delivery.taskId();
                leaseId = delivery.leaseId();
            }
            replies.release();
        }
    }

    /** @param arguments an empty directory for the journal */
    public static void main(String[] arguments) throws Exception {
        try (AgentInHand agent = new AgentInHand(Path.of(arguments[0]))) {
            byte[] submit = Submit.write(
                            new FrameWriter(),
                            1,
                            TaskSpec.type("mail").queue("mail").payload(new byte[2048]))
                    .toBytes();
            byte[] reserve = Reserve.write(
                            new FrameWriter(), 2, new Reserve.Wants(1, 0, 30_000, "worker"), List.of("mail"))
                    .toBytes();
            Client client = new Client();
            long allocated = 0;
            for (int i = 0; i < WARM_TRIPS + TRIPS; i++) {
                long before = allocatedBytes();
                agent.take(client, Unpooled.wrappedBuffer(submit));
                agent.take(client, Unpooled.wrappedBuffer(reserve));
                long here = allocatedBytes() - before;
                byte[] ack = Ack.write(new FrameWriter(), 3, client.taskId, client.leaseId, Result.NONE, NONE)
                        .toBytes();
                before = allocatedBytes();
                agent.take(client, Unpooled.wrappedBuffer(ack));
                allocated += i < WARM_TRIPS ? 0 : here + allocatedBytes() - before;
                agent.pass(1);
            }
            System.out.println(allocated / TRIPS);
        }
    }

    private static long allocatedBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
