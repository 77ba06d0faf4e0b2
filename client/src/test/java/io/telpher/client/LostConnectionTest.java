package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import io.telpher.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a worker says when its outcomes no longer count. */
class LostConnectionTest {
    private static final int TASKS = 5;
    private static final Logger LOG = Logger.getLogger(Worker.class.getName());

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord line) {
            lines.add(formatter.formatMessage(line) + (line.getThrown() == null ? "" : " and its stack"));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOG.addHandler(handler);
        LOG.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        LOG.removeHandler(handler);
        LOG.setUseParentHandlers(true);
    }

    @Test
    void shouldBeToldInOneLineWhateverNumberOfOutcomesItCost() throws Exception {
        AtomicBoolean delivered = new AtomicBoolean();
        AtomicBoolean lost = new AtomicBoolean();
        FakeBroker.Script loseAllLeases = (type, frame) -> {
            if (type == MessageType.RESERVE) {
                return delivered.getAndSet(true) ? FakeBroker.SILENCE : deliveries(frame);
            }
            return lost.getAndSet(true) ? stale(frame) : null;
        };
        CountDownLatch started = new CountDownLatch(TASKS);
        try (FakeBroker broker = new FakeBroker(1 << 20, loseAllLeases);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default")
                        .name("w")
                        .concurrency(TASKS)
                        .start(task -> {
                            started.countDown();
                            started.await();
                            return null;
                        })) {
            started.await();
            while (worker.inHand() > 0) {
                Patience.look();
            }
        }
        assertEquals(
                List.of("worker w lost its connection: the outcomes of 5 of the 5 tasks it held did not count"), lines);
    }

    @Test
    void shouldNotBeWorthALineWhenEverythingCounted() {
        LostConnection lost = new LostConnection("w", List.of(1L, 2L, 3L));
        lost.settled(1);
        lost.keepOnly(java.util.Set.of(3L));
        lost.settled(3);
        assertEquals(List.of(), lines);
    }

    private static byte[] deliveries(ByteBuffer reserve) {
        byte[] submit = Submit.write(new FrameWriter(), 0, TaskSpec.type("t")).toBytes();
        int bytes = TASKS * (Delivery.HEADER_BYTES + submit.length);
        ByteBuffer out = ByteBuffer.allocate(Deliveries.PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(out, Frame.requestId(reserve, 0), TASKS, false, bytes);
        for (int i = 1; i <= TASKS; i++) {
            TaskView task = new TaskView();
            task.taskId = i;
            task.leaseId = i;
            Delivery.writeHeader(out, task, 30_000);
            out.put(submit);
        }
        return out.array();
    }

    @Test
    void shouldTellARefusedReserveInOneLineAndTryAgain() throws Exception {
        CountDownLatch reserves = new CountDownLatch(2);
        FakeBroker.Script drainsAtFirst = (type, frame) -> {
            reserves.countDown();
            return reserves.getCount() > 0 ? error(frame, ErrorCode.DRAINING, "it stops") : FakeBroker.SILENCE;
        };
        try (FakeBroker broker = new FakeBroker(1 << 20, drainsAtFirst);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default").name("w").start(task -> null)) {
            reserves.await();
            assertEquals(0, worker.inHand());
        }
        assertEquals(List.of("worker w can't reserve, and tries again: DRAINING: it stops"), lines);
    }

    private static byte[] stale(ByteBuffer frame) {
        return error(frame, ErrorCode.STALE_LEASE, "leased to another worker meanwhile");
    }

    private static byte[] error(ByteBuffer frame, ErrorCode code, String message) {
        return ErrorReply.write(new FrameWriter(), Frame.requestId(frame, 0), new Problem(code, message), 0, "")
                .toBytes();
    }
}
