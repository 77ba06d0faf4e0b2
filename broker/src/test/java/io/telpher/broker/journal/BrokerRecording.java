package io.telpher.broker.journal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.Snapshot;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A run of one or several real partitions, whose batches and follow-up tasks lie in all of them: what each has on the disk after each append of any,
 * before any of it is synced, and after each time that nothing is left to do.
 */
final class BrokerRecording {
    private static final long START_MS = 1_700_000_000_000L;

    private final Random random;
    private final List<RecordedPartition> partitions = new ArrayList<>();
    private final PartitionRouter router;
    private final Session session = new Watched(1L << 32);
    private final FrameWriter out = new FrameWriter();
    private final List<List<RecordedPartition.Moment>> moments = new ArrayList<>();
    private final List<String> queues = new ArrayList<>();
    private long nowMs = START_MS;
    private int tasks;
    private int requests;

    BrokerRecording(Path data, int count, int fileBytes, long seed) throws IOException {
        random = new Random(seed);
        for (int i = 0; i < count; i++) {
            Placement placement = new Placement(i, count);
            Path own = Files.createDirectories(data.resolve("partition-" + i));
            partitions.add(new RecordedPartition(own, placement, fileBytes, () -> nowMs, this::capture));
            IntStream.range(0, Integer.MAX_VALUE)
                    .mapToObj(number -> "q" + number)
                    .filter(placement::isHome)
                    .limit(2)
                    .forEach(queues::add);
        }
        router = PartitionRouter.over(
                partitions.stream().map(RecordedPartition::agent).toList(), () -> nowMs);
        partitions.forEach(RecordedPartition::begin);
    }

    private final class Watched extends Session {
        Watched(long id) {
            super(id);
        }

        @Override
        public String address() {
            return "recorded";
        }

        @Override
        public String clientName() {
            return "recorded";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        public void send(ByteBuf frames) {
            ByteBuffer replies = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < replies.limit(); at += (int) Frame.bytes(replies, at)) {
                if (Frame.typeCode(replies, at) == MessageType.BATCH_SUBMITTED.code()) {
                    batchSubmitted(new BatchSubmitted().wrap(replies, at));
                }
            }
            frames.release();
        }

        @Override
        public void taken() {
            // Nobody waits for room to send more.
        }
    }

    private void batchSubmitted(BatchSubmitted reply) {
        for (int i = 0; i < reply.count(); i++) {
            long id = reply.taskId(i);
            partitions.get(TaskId.partition(id)).told(TaskId.sequence(id));
        }
    }

    /** At each of them the power may go: what each partition has then. */
    List<List<RecordedPartition.Moment>> moments() {
        return moments;
    }

    List<RecordedPartition> partitions() {
        return partitions;
    }

    /** Some commands at once, and duty cycles until nothing is left to do. */
    void group() {
        nowMs += random.nextInt(8) == 0 ? random.nextInt(70_000) : random.nextInt(300);
        out.clear();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            command();
        }
        if (random.nextInt(10) == 0) {
            Snapshot.write(out, ++requests);
        }
        router.receive(session, Unpooled.copiedBuffer(out.written()));
        int idle = 0;
        while (idle < 2 || partitions.stream().anyMatch(RecordedPartition::isBehind)) {
            int work = 0;
            int first = random.nextInt(partitions.size());
            for (int i = 0; i < partitions.size(); i++) {
                work += partitions.get((first + i) % partitions.size()).agent().step();
            }
            if (work == 0) {
                idle++;
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
            } else {
                idle = 0;
            }
        }
        capture();
    }

    private void command() {
        List<long[]> active = active();
        int request = ++requests;
        switch (active.isEmpty() ? random.nextInt(7) : random.nextInt(10)) {
            case 0, 1 -> Submit.write(out, request, task());
            case 2 -> {
                int count = 2 + random.nextInt(3);
                SubmitBatch.write(out, request, count, tasks(count));
            }
            case 3, 4 -> Reserve.write(out, request, new Reserve.Wants(1 + random.nextInt(4), 0, 0, "w"), queues);
            case 5, 6 -> {
                int partition = random.nextInt(partitions.size());
                Cancel.write(out, request, TaskId.of(partition, 1 + random.nextInt(Math.max(1, tasks))));
            }
            case 7 -> {
                long[] held = active.get(random.nextInt(active.size()));
                Nack.write(out, request, held[0], held[1], 10, random.nextInt(4) == 0, "no luck");
            }
            default -> {
                long[] held = active.get(random.nextInt(active.size()));
                ByteBuffer followUps = random.nextInt(3) == 0 ? tasks(1 + random.nextInt(2)) : ByteBuffer.allocate(0);
                byte[] result = new byte[random.nextInt(200)];
                Ack.write(out, request, held[0], held[1], Result.of("text/plain", result), followUps);
            }
        }
    }

    private ByteBuffer tasks(int count) {
        FrameWriter frames = new FrameWriter();
        for (int i = 0; i < count; i++) {
            Submit.write(frames, 0, task());
        }
        return frames.written();
    }

    private TaskSpec task() {
        byte[] payload = new byte[random.nextInt(5) == 0 ? random.nextInt(4_000) : random.nextInt(300)];
        random.nextBytes(payload);
        TaskSpec task = TaskSpec.type("t")
                .queue(queues.get(random.nextInt(queues.size())))
                .payload(payload);
        tasks++;
        return random.nextInt(3) == 0 ? task.idempotencyKey("k" + random.nextInt(100) + "-" + tasks) : task;
    }

    private List<long[]> active() {
        return partitions.stream()
                .flatMap(partition -> partition.active().stream())
                .toList();
    }

    private void capture() {
        moments.add(partitions.stream().map(RecordedPartition::capture).toList());
    }

    void close() {
        partitions.forEach(RecordedPartition::close);
    }
}
