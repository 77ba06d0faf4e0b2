package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frames;
import org.jspecify.annotations.Nullable;

/** Checks SUBMIT frames that travel inside another command. */
public final class NestedSubmits {
    private static final int ANY_COUNT = -1;

    private NestedSubmits() {}

    public static @Nullable Problem problem(Frames frames, int countClaimed, Limits limits) {
        Submit submit = new Submit();
        int count = 0;
        while (frames.next()) {
            Problem problem = submit.wrap(frames.buffer(), frames.offset()).problem(limits);
            if (problem != null) {
                return new Problem(problem.code(), "task " + count + ": " + problem.message());
            }
            count++;
        }
        if (countClaimed != ANY_COUNT && count != countClaimed) {
            return Problem.bad("the batch says " + countClaimed + " tasks and holds " + count);
        }
        return Problem.within("number of follow-up tasks", count, 0, Limits.FOLLOW_UPS_MAX);
    }
}
