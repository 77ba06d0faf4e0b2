package io.telpher.broker.torture;

import io.telpher.broker.torture.Api.Held;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Reserves and settles by single requests, and not always as it should: late, twice, not at all. */
final class TortureWorker implements Runnable {
    private static final int WAIT_MS = 300;
    private static final int MAX = 5;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Api api;
    private final List<String> queues;
    private final History history;
    private final Traffic traffic;
    private final Random random;
    private final FollowUps followUps;

    /** @param queues in order of preference */
    TortureWorker(Api api, List<String> queues, History history, Traffic traffic, Random random) {
        this.api = api;
        this.queues = queues;
        this.history = history;
        this.traffic = traffic;
        this.random = random;
        followUps = new FollowUps(history, traffic, random);
    }

    private interface Request {
        void send() throws Api.Refused, Api.NoAnswer;
    }

    @Override
    public void run() {
        while (traffic.isWorking()) {
            try {
                long sent = history.now();
                for (Held held : api.reserve(queues, MAX, WAIT_MS)) {
                    history.add(delivered(held, sent));
                    work(held);
                }
            } catch (Api.Refused e) {
                // A broker that knows no queue of this name has lost it.
                if (!Traffic.isPassing(e)) {
                    throw new IllegalStateException("the broker refused a good reserve", e);
                }
                LockSupport.parkNanos(this, RETRY_NANOS);
            } catch (Api.NoAnswer e) {
                traffic.unanswered();
                LockSupport.parkNanos(this, RETRY_NANOS);
            }
        }
    }

    static Event delivered(Held held, long sent) {
        return Event.of(Event.Kind.DELIVERED)
                .task(held.taskId())
                .lease(held.leaseId())
                .submission(Payload.submission(held.payload()))
                .crc(Payload.crc(held.payload()))
                .extra(held.leaseMs())
                .sent(sent)
                .text(held.queue());
    }

    /** Mischief is for the time of faults: afterwards everything has to get done. */
    private void work(Held held) {
        int dice = traffic.isSubmitting() ? random.nextInt(100) : 99;
        if (dice < 4) {
            nack(held, false);
        } else if (dice < 5) {
            nack(held, true);
        } else if (dice < 7) {
            history.add(about(Event.Kind.RELEASE, held));
            attempt(() -> api.release(held), null, held);
        } else if (dice < 9) {
            traffic.unanswered(); // forgotten: its lease runs out
        } else if (dice < 10) {
            pause(held.leaseMs() + random.nextInt(500));
            ack(held);
        } else if (dice < 12) {
            extendAndAck(held);
        } else {
            pause(random.nextInt(5));
            ack(held);
        }
    }

    private void pause(int ms) {
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(ms));
    }

    private static Event about(Event.Kind kind, Held held) {
        return Event.of(kind).task(held.taskId()).lease(held.leaseId());
    }

    private void nack(Held held, boolean permanent) {
        int asNumber = permanent ? 1 : 0;
        history.add(about(Event.Kind.NACK, held).extra(asNumber));
        attempt(() -> api.nack(held, permanent), about(Event.Kind.NACKED, held).extra(asNumber), held);
    }

    private void extendAndAck(Held held) {
        pause(held.leaseMs() / 2);
        long sent = history.now();
        attempt(
                () -> api.extend(held),
                about(Event.Kind.EXTENDED, held).sent(sent).extra(held.leaseMs()),
                held);
        pause(held.leaseMs() * 2 / 3);
        ack(held);
    }

    private void ack(Held held) {
        Api.Task followUp = followUps.next();
        byte[] result = (held.leaseId() + " " + Payload.submission(held.payload())).getBytes(StandardCharsets.UTF_8);
        history.add(about(Event.Kind.ACK, held).extra(FollowUps.submission(followUp)));
        boolean again;
        do {
            long sent = history.now();
            again = !attempt(
                    () -> api.ack(held, result, followUp),
                    about(Event.Kind.ACKED, held).sent(sent),
                    held);
        } while (again && random.nextInt(5) > 0 && traffic.isWorking());
    }

    /** Whether there was an answer; {@code confirmed} is what it means when it was OK. */
    private boolean attempt(Request request, @Nullable Event confirmed, Held held) {
        try {
            request.send();
            if (confirmed != null) {
                history.add(confirmed);
                if (confirmed.kind == Event.Kind.ACKED) {
                    traffic.acknowledged();
                }
            }
            return true;
        } catch (Api.Refused e) {
            history.add(about(Event.Kind.ACK_REFUSED, held).text(e.code()));
            return !Traffic.isPassing(e);
        } catch (Api.NoAnswer e) {
            traffic.unanswered();
            LockSupport.parkNanos(this, RETRY_NANOS);
            return false;
        }
    }
}
