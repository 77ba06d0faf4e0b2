package io.telpher.protocol.task;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import org.jspecify.annotations.Nullable;

/** The retry fields that SUBMIT and PUT_QUEUE share, and their limits. */
final class RetryFields {
    private static final int JITTER_PERCENT_MAX = 100;

    private RetryFields() {}

    static @Nullable Problem problem(
            int maxRetries, int backoff, long baseMs, long capMs, int factorMillis, int jitterPercent) {
        Problem problem = Problem.within("max_retries", maxRetries, TaskSpec.INHERIT, Limits.RETRIES_MAX);
        problem =
                problem != null ? problem : Problem.within("base_ms", baseMs, TaskSpec.INHERIT, Limits.BACKOFF_MS_MAX);
        problem = problem != null ? problem : Problem.within("cap_ms", capMs, TaskSpec.INHERIT, Limits.BACKOFF_MS_MAX);
        if (problem == null && !Backoff.isCode(backoff)) {
            problem = unknownBackoff(backoff);
        }
        if (problem == null && factorMillis != TaskSpec.INHERIT) {
            problem = Problem.within(
                    "factor (thousandths)", factorMillis, Limits.FACTOR_MILLIS_MIN, Limits.FACTOR_MILLIS_MAX);
        }
        if (problem == null && jitterPercent != Submit.JITTER_INHERIT) {
            problem = jitterProblem(jitterPercent);
        }
        return problem;
    }

    static @Nullable Problem jitterProblem(int jitterPercent) {
        return Problem.within("jitter (percent)", jitterPercent, 0, JITTER_PERCENT_MAX);
    }

    static Problem unknownBackoff(int code) {
        return Problem.bad("backoff code " + code + " is unknown; use fixed, linear or exponential");
    }
}
