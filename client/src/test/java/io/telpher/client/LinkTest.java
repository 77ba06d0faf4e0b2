package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the client does when the broker, the network or its caller misbehaves. */
@Timeout(60)
class LinkTest {
    private static final int LARGE = 1 << 20;
    private static final TaskSpec TASK = TaskSpec.type("t");

    private static byte[] submitted(ByteBuffer frame) {
        return Submitted.write(new FrameWriter(), Frame.requestId(frame, 0), TaskState.READY, 7, 1, null)
                .toBytes();
    }

    @Test
    void shouldGoOnAfterATaskThatCannotBeWritten() throws IOException {
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.connect(broker.url())) {
            @SuppressWarnings("NullAway") // the caller's mistake
            TaskSpec broken = TaskSpec.type("t").header("name", null);
            assertThrows(NullPointerException.class, () -> telpher.submit(broken));
            assertEquals(7, telpher.submit(TASK).taskId());
        }
    }

    @Test
    void shouldRefuseWhatTheBrokerWouldHangUpOn() throws IOException {
        try (FakeBroker broker = new FakeBroker(1000, (type, frame) -> submitted(frame));
                Telpher telpher = Telpher.connect(broker.url())) {
            TaskSpec large = TaskSpec.type("t").payload(new byte[1000]);
            TelpherException refusal = assertThrows(TelpherException.class, () -> telpher.submit(large));
            assertEquals(ErrorCode.PAYLOAD_TOO_LARGE, refusal.code());
            assertEquals(7, telpher.submit(TASK).taskId());
        }
    }

    @Test
    @Timeout(60)
    void shouldSayThatItIsClosedHoweverOftenItIsAsked() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, (type, frame) -> submitted(frame))) {
            Telpher telpher = Telpher.connect(broker.url());
            EventLoop loop = telpher.newLink(LinkListener.SILENT).loop();
            telpher.close();
            loop.terminationFuture().sync();
            for (int i = 0; i < 3; i++) {
                ConnectionException closed = assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
                assertEquals("the client is closed", closed.getMessage());
                assertFalse(closed.isOutcomeUnknown());
            }
            telpher.close();
        }
    }

    @Test
    void shouldRepeatOnlyASubmitWithAKey() throws IOException {
        AtomicInteger seen = new AtomicInteger();
        FakeBroker.Script loseEveryOther = (type, frame) -> seen.incrementAndGet() % 2 == 1 ? null : submitted(frame);
        try (FakeBroker broker = new FakeBroker(LARGE, loseEveryOther);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(
                    7, telpher.submit(TaskSpec.type("t").idempotencyKey("k")).taskId());
            assertEquals(2, seen.get());
            ConnectionException lost = assertThrows(ConnectionException.class, () -> telpher.submit(TASK));
            assertTrue(lost.isOutcomeUnknown());
            assertEquals(3, seen.get());
        }
    }

    @Test
    void shouldGiveBackWhatIsNotDoneAndThenBeSilent() throws Exception {
        BlockingQueue<MessageType> seen = new LinkedBlockingQueue<>();
        AtomicInteger reserves = new AtomicInteger();
        FakeBroker.Script oneTask = (type, frame) -> {
            seen.add(type);
            if (type == MessageType.RESERVE) {
                return reserves.incrementAndGet() == 1 ? delivery(frame) : FakeBroker.SILENCE;
            }
            return state(frame);
        };
        CountDownLatch started = new CountDownLatch(1);
        try (FakeBroker broker = new FakeBroker(LARGE, oneTask);
                Telpher telpher = Telpher.connect(broker.url())) {
            Worker worker = telpher.worker("default").start(task -> {
                started.countDown();
                new CountDownLatch(1).await(); // until it is interrupted
                return null;
            });
            started.await();
            worker.close(Duration.ZERO);
            while (worker.inHand() > 0) {
                Patience.look();
            }
        }
        assertTrue(seen.contains(MessageType.RELEASE), seen::toString);
        assertFalse(seen.contains(MessageType.NACK), seen::toString);
    }

    /** A task that comes when the worker closes already. */
    private static final class TooLate implements FakeBroker.Script {
        final BlockingQueue<MessageType> seen = new LinkedBlockingQueue<>();

        @Override
        public byte[] reply(MessageType type, ByteBuffer frame) {
            seen.add(type);
            if (type != MessageType.RESERVE) {
                return state(frame);
            }
            return new Reserve().wrap(frame, 0).waitMs() > 0
                    ? FakeBroker.SILENCE
                    : FakeBroker.nothing(Frame.requestId(frame, 0));
        }

        @Override
        public byte[] withdrawn(int requestId) {
            seen.add(MessageType.GOAWAY);
            return WorkerScript.delivery(requestId, 7, 30_000);
        }
    }

    @Test
    void shouldEndItsReserveWhenItClosesAndGiveBackWhatStillCame() throws Exception {
        TooLate broker = new TooLate();
        try (FakeBroker fake = new FakeBroker(LARGE, broker);
                Telpher telpher = Telpher.connect(fake.url())) {
            Worker worker = telpher.worker("default").start(task -> {
                throw new AssertionError("a closed worker handles nothing");
            });
            while (broker.seen.stream().filter(MessageType.RESERVE::equals).count() < 2) {
                Patience.look();
            }
            worker.close();
            assertEquals(1, worker.counters().delivered());
            assertEquals(1, worker.counters().released());
            assertEquals(0, worker.inHand());
        }
        assertEquals(
                List.of(MessageType.RESERVE, MessageType.RESERVE, MessageType.GOAWAY, MessageType.RELEASE),
                List.copyOf(broker.seen));
    }

    @Test
    void shouldReserveOnANewConnectionWhenTheAnswerWasNone() throws Exception {
        AtomicInteger reserves = new AtomicInteger();
        FakeBroker.Script nonsenseFirst = (type, frame) -> {
            if (type != MessageType.RESERVE) {
                return state(frame);
            }
            return switch (reserves.incrementAndGet()) {
                case 1 -> submitted(frame);
                case 2 -> delivery(frame);
                default -> FakeBroker.SILENCE;
            };
        };
        CountDownLatch handled = new CountDownLatch(1);
        try (FakeBroker broker = new FakeBroker(LARGE, nonsenseFirst);
                Telpher telpher = Telpher.connect(broker.url())) {
            Worker worker = telpher.worker("default").start(task -> {
                handled.countDown();
                return null;
            });
            handled.await();
            worker.close();
        }
    }

    private static byte[] delivery(ByteBuffer reserve) {
        byte[] submit = Submit.write(new FrameWriter(), 0, TASK).toBytes();
        int bytes = Delivery.HEADER_BYTES + submit.length;
        ByteBuffer out = ByteBuffer.allocate(Deliveries.PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(out, Frame.requestId(reserve, 0), 1, false, bytes);
        Delivery.writeHeader(out, new TaskView(), 30_000);
        return out.put(submit).array();
    }

    private static byte[] state(ByteBuffer frame) {
        return TaskStateReply.begin(new FrameWriter(), Frame.requestId(frame, 0), new TaskView())
                .endVar()
                .end()
                .toBytes();
    }
}
