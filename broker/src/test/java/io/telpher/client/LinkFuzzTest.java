package io.telpher.client;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.telpher.broker.Held;
import io.telpher.protocol.Limits;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.session.Ping;
import io.telpher.protocol.session.Welcome;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.protocol.task.Tasks;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The client's connection, and any bytes from a broker. The first byte says whether a welcome and requests come before, the second how the rest is cut. Here and not
 * among the client's tests, since what counts memory and logged errors is here.
 */
class LinkFuzzTest {
    private static final int WELCOME = 1;
    private static final int PLAN_BYTES = 2;
    private static final int CALLS = 4;
    private static final int FRAME_BYTES_MAX = 1 << 20;
    private static final Held HELD = new Held(512 << 10, 64);

    static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (HexVector vector : HexVector.all()) {
            seeds.add(input(0, vector.bytes()));
            seeds.add(input(WELCOME, vector.bytes()));
            if (vector.isValid()) {
                seeds.add(input(WELCOME, vector.withRequestId(1)));
            }
        }
        return seeds;
    }

    private static byte[] input(int flags, byte[] stream) {
        return ByteBuffer.allocate(PLAN_BYTES + stream.length)
                .put((byte) flags)
                .put((byte) 0)
                .put(stream)
                .array();
    }

    /** Reads what is pushed as a worker does. */
    private static final class Pushes implements LinkListener {
        @Override
        public void connected() {}

        @Override
        public void disconnected(String reason) {}

        @Override
        public void pushed(ByteBuffer frame) {
            if (Frame.typeCode(frame, 0) == MessageType.CANCEL_REQUESTED.code()) {
                new CancelRequested().wrap(frame, 0).leaseId();
            }
        }
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldSurviveAnyBytes(byte[] input) {
        if (input.length >= PLAN_BYTES) {
            HELD.during(input.length, () -> listen(input));
        }
    }

    private static void listen(byte[] input) {
        EmbeddedChannel channel = new EmbeddedChannel();
        ClientUrl url = ClientUrl.parse("tq://localhost");
        Link link =
                new Link(url, ClientOptions.byDefault("fuzz"), channel.eventLoop(), null, new Pushes(), new Counts());
        channel.pipeline().addLast(new LinkHandler(link));
        channel.pipeline().fireChannelActive();
        List<CompletableFuture<ByteBuffer>> replies = new ArrayList<>();
        if ((input[0] & WELCOME) != 0) {
            byte[] welcome = Welcome.write(new FrameWriter(), 0, 0, FRAME_BYTES_MAX, 0, 1, "fuzz")
                    .toBytes();
            take(channel, welcome, 0, welcome.length);
            for (int i = 0; i < CALLS; i++) {
                replies.add(link.call(id -> Ping.write(new FrameWriter(), id)));
            }
        }
        Random cuts = new Random(input[1]);
        for (int at = PLAN_BYTES; at < input.length; ) {
            int bytes = input[1] == 0 ? input.length - at : Math.min(input.length - at, 1 + cuts.nextInt(100));
            take(channel, input, at, bytes);
            at += bytes;
        }
        link.close();
        channel.runPendingTasks();
        channel.finishAndReleaseAll();
        replies.forEach(LinkFuzzTest::shouldEnd);
    }

    private static void take(EmbeddedChannel channel, byte[] bytes, int from, int count) {
        channel.runPendingTasks();
        if (channel.isOpen()) {
            channel.writeInbound(ByteBufAllocator.DEFAULT.buffer(count).writeBytes(bytes, from, count));
        }
        channel.releaseOutbound();
    }

    /** With a reply that can be read, or one of the errors that the client declares. */
    private static void shouldEnd(CompletableFuture<ByteBuffer> reply) {
        if (!reply.isDone()) {
            throw new AssertionError("a request that never ends");
        }
        try {
            read(reply.join());
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof TelpherException)) {
                throw e;
            }
        }
    }

    private static void read(ByteBuffer reply) {
        MessageType type = new MessageReader().read(reply, 0).type();
        switch (type) {
            case SUBMITTED -> Submission.of(new Submitted().wrap(reply, 0));
            case BATCH_SUBMITTED -> readEntries(new BatchSubmitted().wrap(reply, 0));
            case TASK -> new Task().wrap(reply, 0).view();
            case TASKS -> readTasks(new Tasks().wrap(reply, 0).tasks());
            case TASK_STATE -> new TaskStateReply().wrap(reply, 0).state();
            case QUEUE -> new Queue().wrap(reply, 0).view();
            case DELIVERIES -> readDeliveries(new Deliveries().wrap(reply, 0).first());
            default -> {
                // nothing is made of it but what the reader above did
            }
        }
    }

    private static void readEntries(BatchSubmitted reply) {
        for (int i = 0; i < reply.count(); i++) {
            new Submission(reply.taskId(i), reply.state(i), reply.createdAtMs(), reply.duplicate(i), null);
        }
    }

    private static void readTasks(Frames frames) {
        Task task = new Task();
        while (frames.next()) {
            task.wrap(frames.buffer(), frames.offset()).view();
        }
    }

    private static void readDeliveries(Delivery delivery) {
        while (delivery.next()) {
            delivery.submit().problem(Limits.DEFAULT);
        }
    }
}
