package io.telpher.broker.torture;

import io.telpher.protocol.ErrorCode;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What the clients share: whether to go on, and how far they came. Thread-safe. */
final class Traffic {
    /**
     * For single requests. Their policies differ, see {@link Clients}, and the partitions they lie in: of two partitions the first two and the last two are
     * each in both, of three every one has some.
     */
    static final List<String> BY_HAND = List.of("keep", "release", "keep-6", "release-1");

    /** For the client's own worker. */
    static final String LIBRARY = "library";

    static final List<String> QUEUES =
            Stream.concat(BY_HAND.stream(), Stream.of(LIBRARY)).toList();

    private final AtomicLong submissions = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private final AtomicLong lastAcceptedNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong longestGapNanos = new AtomicLong();
    private volatile long wallErrorSeconds;
    private volatile boolean submitting = true;
    private volatile boolean working = true;

    /** Whether a task of this queue stays leased when its worker's connection ends. */
    static boolean isKept(String queue) {
        return queue.startsWith("keep");
    }

    String anyQueue(Random random) {
        return QUEUES.get(random.nextInt(QUEUES.size()));
    }

    /** The broker's wall clock was set. */
    void wallErrorSeconds(long seconds) {
        wallErrorSeconds = seconds;
    }

    long wallErrorSeconds() {
        return wallErrorSeconds;
    }

    /** What the broker's wall clock shows. */
    long brokerWallMs() {
        return System.currentTimeMillis() + TimeUnit.SECONDS.toMillis(wallErrorSeconds);
    }

    AtomicLong submissions() {
        return submissions;
    }

    void accepted() {
        long now = System.nanoTime();
        long gap = now - lastAcceptedNanos.getAndSet(now);
        longestGapNanos.accumulateAndGet(gap, Math::max);
        accepted.incrementAndGet();
    }

    /** The longest time without an accepted task since this was asked last. */
    long longestGapMs() {
        return TimeUnit.NANOSECONDS.toMillis(longestGapNanos.getAndSet(0));
    }

    void acknowledged() {
        acknowledged.incrementAndGet();
    }

    void unanswered() {
        unanswered.incrementAndGet();
    }

    long acceptedCount() {
        return accepted.get();
    }

    long acknowledgedCount() {
        return acknowledged.get();
    }

    boolean isSubmitting() {
        return submitting;
    }

    boolean isWorking() {
        return working;
    }

    void stopSubmitting() {
        submitting = false;
    }

    void stopWorking() {
        working = false;
    }

    /** The broker is short of something for now, or stops. */
    static boolean isPassing(Api.Refused refusal) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(refusal.code())) {
                return code.retryable();
            }
        }
        return false;
    }
}
