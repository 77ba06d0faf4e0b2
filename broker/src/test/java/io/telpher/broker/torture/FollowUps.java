package io.telpher.broker.torture;

import io.telpher.broker.torture.Api.Task;
import io.telpher.protocol.Priority;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Tasks that acknowledgements carry, for any queue: the one of the task that is done, or one of another partition. Thread-safe. */
final class FollowUps {
    private static final int ONE_IN = 10;

    private final History history;
    private final Traffic traffic;
    private final Random random;

    FollowUps(History history, Traffic traffic, Random random) {
        this.history = history;
        this.traffic = traffic;
        this.random = random;
    }

    /** Null for most acknowledgements, and for all when nothing is submitted any more. */
    @Nullable
    Task next() {
        if (!traffic.isSubmitting() || random.nextInt(ONE_IN) > 0) {
            return null;
        }
        long submission = traffic.submissions().incrementAndGet();
        Task task = new Task(traffic.anyQueue(random), Payload.of(submission, random), Priority.NORMAL, 0, 0, "");
        history.add(Producer.sending(submission, task));
        return task;
    }

    /** Its number; 0 for none. */
    static long submission(@Nullable Task followUp) {
        return followUp == null ? 0 : Payload.submission(followUp.payload());
    }
}
