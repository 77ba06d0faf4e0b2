package io.telpher.broker.partition;

import static io.telpher.broker.Interleavings.join;
import static io.telpher.broker.Interleavings.require;

import io.telpher.broker.Interleavings;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The partition's own thread, which goes to rest, and two that bring something, in every order that Lincheck comes upon. */
class SeatInterleavingsTest {
    private static final class Shared {
        final Seat seat = new Seat();
        final ConcurrentLinkedQueue<Integer> queue = new ConcurrentLinkedQueue<>();
        /** Whoever has the seat adds here, with nothing else to order it. */
        int taken;

        volatile boolean isOwnWoken;
        /** It has the seat, and looks again before it rests. */
        volatile boolean isOwnBack;

        volatile boolean mustOwnBeWoken;

        void take() {
            while (queue.poll() != null) {
                taken++;
            }
        }

        void own() {
            seat.leave();
            if (!queue.isEmpty()) {
                if (seat.enter()) {
                    take();
                    isOwnBack = true;
                } else {
                    mustOwnBeWoken = true;
                }
            }
        }

        private void wakeIf(boolean isNeeded) {
            if (isNeeded) {
                isOwnWoken = true;
            }
        }

        void bring(int what) {
            queue.add(what);
            if (!seat.enterAsGuest()) {
                wakeIf(seat.isEmpty());
                return;
            }
            do {
                take();
                wakeIf(seat.leaveAsGuest());
            } while (!queue.isEmpty() && seat.enterAsGuest());
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldLeaveNothingThatNobodyKnowsOf() {
        Interleavings.check(SeatInterleavingsTest::bringTwo);
    }

    private static void bringTwo() {
        Shared shared = new Shared();
        Thread one = new Thread(() -> shared.bring(1));
        Thread two = new Thread(() -> shared.bring(2));
        one.start();
        two.start();
        shared.own();
        join(one);
        join(two);
        boolean isKnown = shared.isOwnWoken || shared.isOwnBack;
        require(shared.queue.isEmpty() || isKnown, "what is left is known to the own thread");
        require(
                !shared.mustOwnBeWoken || shared.isOwnWoken || shared.seat.isEmpty(),
                "the own thread gets the seat back");
        require(shared.taken + shared.queue.size() == 2, "each is taken once");
    }
}
