package io.telpher.client;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Nack;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells the broker how attempts ended until it has answered, and counts what it said. Thread-safe. */
final class Settlement {
    private static final long RETRY_MS = Refused.RETRY_MS;

    private final String worker;
    private final Link link;
    private final BooleanSupplier closed;
    private final Consumer<ReservedTask> leave;
    private final Map<Outcome, LongAdder> counts = new EnumMap<>(Outcome.class);
    private volatile LostConnection lost;

    /** @param leave hears when an outcome is settled, or never will be */
    Settlement(String worker, Link link, BooleanSupplier closed, Consumer<ReservedTask> leave) {
        this.worker = worker;
        this.link = link;
        this.closed = closed;
        this.leave = leave;
        this.lost = new LostConnection(worker, List.of());
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome, new LongAdder());
        }
    }

    long count(Outcome outcome) {
        return counter(outcome).sum();
    }

    void counted(Outcome outcome) {
        counter(outcome).increment();
    }

    private LongAdder counter(Outcome outcome) {
        return java.util.Objects.requireNonNull(counts.get(outcome), "all outcomes are counted");
    }

    void disconnected(Set<Long> running) {
        LostConnection fresh = new LostConnection(worker, running);
        lost = fresh;
        fresh.keepOnly(running);
    }

    void settled(ReservedTask task) {
        lost.settled(task.leaseId());
    }

    void didNotCount(ReservedTask task, String reason) {
        counted(Outcome.UNCOUNTED);
        lost.didNotCount(task, reason);
    }

    /** Sends the outcome until the broker has answered: an ack that was repeated is answered like the first. */
    void settle(ReservedTask task, byte[] outcome) {
        if (closed.getAsBoolean()) {
            leave.accept(task); // close() gave it back
            return;
        }
        link.call(outcome).whenComplete((frame, failure) -> {
            boolean isAsked = !closed.getAsBoolean();
            if (failure == null) {
                counted(kind(outcome));
                leave.accept(task);
            } else if (!isAsked) {
                counted(Outcome.UNCOUNTED);
                leave.accept(task);
            } else if (failure instanceof ConnectionException) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS / 10, TimeUnit.MILLISECONDS);
            } else if (failure instanceof TelpherException refusal && refusal.isRetryable()) {
                link.loop().schedule(() -> settle(task, outcome), RETRY_MS, TimeUnit.MILLISECONDS);
            } else if (kind(outcome) == Outcome.COMPLETED) {
                refused(task, failure);
            } else {
                didNotCount(task, String.valueOf(failure.getMessage()));
                leave.accept(task);
            }
        });
    }

    private static Outcome kind(byte[] frame) {
        int type = frame[Frame.LENGTH_BYTES];
        if (type == MessageType.ACK.code()) {
            return Outcome.COMPLETED;
        } else if (type == MessageType.RELEASE.code()) {
            return Outcome.RELEASED;
        }
        ByteBuffer nack = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        return new Nack().wrap(nack, 0).permanent() ? Outcome.DEAD_LETTERED : Outcome.FAILED;
    }

    /** The broker has refused the ack for good. When that is not for the lease, the attempt fails at once and says why, instead of staying open until the lease ends. */
    private void refused(ReservedTask task, Throwable failure) {
        String reason = "the broker refused the outcome: " + failure.getMessage();
        @Nullable ErrorCode code = failure instanceof TelpherException refusal ? refusal.code() : null;
        if (code == ErrorCode.BAD_REQUEST
                || code == ErrorCode.PAYLOAD_TOO_LARGE
                || code == ErrorCode.IDEMPOTENCY_MISMATCH) {
            settle(task, Outcomes.broken(task, reason, null));
        } else if (code == ErrorCode.QUEUE_PAUSED || code == ErrorCode.QUEUE_NOT_FOUND) {
            settle(task, Outcomes.refused(task, reason));
        } else {
            didNotCount(task, String.valueOf(failure.getMessage()));
            leave.accept(task);
        }
    }
}
