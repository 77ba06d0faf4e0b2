package io.telpher.broker.partition.intake;

import static io.telpher.broker.Interleavings.join;
import static io.telpher.broker.Interleavings.require;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.Interleavings;
import io.telpher.broker.memory.BufferBudget;
import io.telpher.broker.partition.TestSession;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two connections' threads and the partition's, in every order that Lincheck comes upon. */
class IngressInterleavingsTest {
    private static final int BYTES = 10;
    private static final ByteBuf FIRST = Unpooled.wrappedBuffer(new byte[BYTES]);
    private static final ByteBuf SECOND = Unpooled.wrappedBuffer(new byte[2 * BYTES]);

    private static final class Client extends TestSession {
        private final AtomicInteger told = new AtomicInteger();

        Client(long id) {
            super(id);
        }

        @Override
        public void taken() {
            told.incrementAndGet();
        }
    }

    private static void offerTwiceAndEnd(Ingress ingress, Client client) {
        ingress.offer(client, FIRST);
        ingress.offer(client, SECOND);
        ingress.offerEnd(client);
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldHandOverAllOfEachInItsOrderAndKeepCount() {
        Interleavings.check(IngressInterleavingsTest::handOver);
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldResumeEachThatWaitedForRoomOnce() {
        Interleavings.check(IngressInterleavingsTest::waitForRoom);
    }

    /** One arrival crowds it, so that whoever offers one has to wait until the partition took it. */
    private static void waitForRoom() {
        Ingress ingress = new Ingress((int) (BufferBudget.RECEIVED_BYTES_MAX / BYTES));
        Client first = new Client(1);
        Client second = new Client(2);
        AtomicInteger firstResumed = new AtomicInteger();
        AtomicInteger secondResumed = new AtomicInteger();
        Thread one = new Thread(() -> offerAndWait(ingress, first, firstResumed));
        Thread two = new Thread(() -> offerAndWait(ingress, second, secondResumed));
        one.start();
        two.start();
        int taken = takeFrames(ingress) + takeFrames(ingress);
        join(one);
        join(two);
        taken += takeFrames(ingress) + takeFrames(ingress);
        require(taken == 2 && ingress.isEmpty(), "all was taken");
        require(!ingress.isCrowded() && !ingress.isOverfull(), "there is room");
        require(firstResumed.get() == 1 && secondResumed.get() == 1, "each is resumed once");
    }

    private static void offerAndWait(Ingress ingress, Client client, AtomicInteger resumed) {
        ingress.offer(client, FIRST);
        ingress.onceRoomy(resumed::incrementAndGet);
    }

    private static int takeFrames(Ingress ingress) {
        Ingress.Arrival next = ingress.poll();
        if (next == null) {
            return 0;
        }
        Ingress.Arrival.Frames frames = (Ingress.Arrival.Frames) next;
        ingress.took(frames.session(), frames.bytes().readableBytes());
        return 1;
    }

    private static void handOver() {
        Ingress ingress = new Ingress(1);
        Client first = new Client(1);
        Client second = new Client(2);
        Thread one = new Thread(() -> offerTwiceAndEnd(ingress, first));
        Thread two = new Thread(() -> offerTwiceAndEnd(ingress, second));
        one.start();
        two.start();
        int seen = take(ingress, first) + take(ingress, second);
        join(one);
        join(two);
        int ended = 0;
        for (Ingress.Arrival next = ingress.poll(); next != null; next = ingress.poll()) {
            ended += takeOne(ingress, next);
        }
        require(seen + ended == 2, "each connection ends once");
        require(ingress.isEmpty() && !ingress.isCrowded(), "nothing is left");
        require(first.unreadBytes() == 0 && second.unreadBytes() == 0, "all was taken");
        require(first.told.get() == 2 && second.told.get() == 2, "each is told of what was taken");
    }

    private static int take(Ingress ingress, Client client) {
        require(client.unreadBytes() >= 0, "never less than nothing");
        Ingress.Arrival next = ingress.poll();
        return next == null ? 0 : takeOne(ingress, next);
    }

    /** 1 when it was an end. */
    private static int takeOne(Ingress ingress, Ingress.Arrival arrival) {
        if (arrival instanceof Ingress.Arrival.End end) {
            require(((Client) end.session()).told.get() == 2, "the end comes last");
            return 1;
        }
        Ingress.Arrival.Frames received = (Ingress.Arrival.Frames) arrival;
        Client client = (Client) received.session();
        ByteBuf frames = received.bytes();
        require(frames.readableBytes() == (client.told.get() + 1) * BYTES, "in the order sent");
        ingress.took(client, frames.readableBytes());
        return 0;
    }
}
