package io.telpher.broker.torture;

import io.telpher.protocol.ErrorCode;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** What the clients share: whether to go on, and how far they came. Thread-safe. */
final class Traffic {
    /** A task goes to one of them; their policies differ, see {@link Clients}. */
    static final String KEEP = "keep";

    static final String RELEASE = "release";
    static final String LIBRARY = "library";
    private static final List<String> QUEUES = List.of(KEEP, RELEASE, LIBRARY);

    private final AtomicLong submissions = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private volatile boolean submitting = true;
    private volatile boolean working = true;

    String anyQueue(Random random) {
        return QUEUES.get(random.nextInt(QUEUES.size()));
    }

    AtomicLong submissions() {
        return submissions;
    }

    void accepted() {
        accepted.incrementAndGet();
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
