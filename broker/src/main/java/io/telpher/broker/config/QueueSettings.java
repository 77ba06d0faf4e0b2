package io.telpher.broker.config;

import static io.telpher.protocol.QueuePolicyFields.UNSET;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Problem;
import io.telpher.protocol.QueuePolicyFields;
import java.util.List;
import java.util.Locale;

/** The fields of one {@code [queues.NAME]} table, gathered one by one. */
final class QueueSettings {
    static final List<String> FIELDS = ConfigKeys.names(ConfigKeys.QUEUE);

    private static final int THOUSANDTHS = 1_000;
    private static final int FACTOR_MIN = 1;
    private static final int FACTOR_MAX = 100;

    private QueuePolicyFields policy = QueuePolicyFields.NOTHING;

    /** @throws IllegalArgumentException when the value is not one; then nothing of it stays, so that no other field is blamed for it */
    void set(String field, String value) {
        Draft draft = new Draft();
        draft.set(field, value);
        QueuePolicyFields next = draft.policy().over(policy);
        Problem problem = next.problem();
        if (problem != null) {
            throw new IllegalArgumentException(problem.message());
        }
        policy = next;
    }

    QueuePolicyFields policy() {
        return policy;
    }

    private static <E extends Enum<E>> E word(Class<E> kind, String value, String words) {
        for (E candidate : kind.getEnumConstants()) {
            boolean isWord = candidate.name().toLowerCase(Locale.ROOT).equals(value);
            if (isWord && candidate.ordinal() > 0) {
                return candidate;
            }
        }
        throw new IllegalArgumentException("\"" + value + "\" is not one of " + words);
    }

    /** @throws IllegalArgumentException below 0: a policy says by such numbers that a field is not set */
    private static long notNegative(String value) {
        long number = Long.parseLong(value);
        if (number < 0) {
            throw new IllegalArgumentException(value + " must not be negative");
        }
        return number;
    }

    private static int thousandths(String value) {
        double number = Double.parseDouble(value);
        if (!(number >= FACTOR_MIN && number <= FACTOR_MAX)) {
            throw new IllegalArgumentException(value + " must be " + FACTOR_MIN + " to " + FACTOR_MAX);
        }
        return (int) Math.round(number * THOUSANDTHS);
    }

    /** One field, the others not set. */
    private static final class Draft {
        private int visibilityTimeoutMs = UNSET;
        private int maxRetries = UNSET;
        private long baseMs = UNSET;
        private long capMs = UNSET;
        private int factorMillis = UNSET;
        private int jitterPercent = UNSET;
        private Backoff backoff = Backoff.INHERIT;
        private OnDisconnect onDisconnect = OnDisconnect.INHERIT;
        private long maxTasks = UNSET;
        private int shareNormal = UNSET;
        private int shareLow = UNSET;

        void set(String field, String value) {
            switch (field) {
                case "visibility_timeout" -> visibilityTimeoutMs = Math.toIntExact(Units.durationMs(value));
                case "max_retries" -> maxRetries = Math.toIntExact(notNegative(value));
                case "backoff" -> backoff = word(Backoff.class, value, "fixed, linear or exponential");
                case "base" -> baseMs = Units.durationMs(value);
                case "factor" -> factorMillis = thousandths(value);
                case "cap" -> capMs = Units.durationMs(value);
                case "jitter" -> jitterPercent = Units.percent(value);
                case "max_tasks" -> maxTasks = notNegative(value);
                case "on_disconnect" -> onDisconnect = word(OnDisconnect.class, value, "release or keep");
                case "minimum_share" -> shareLow = Units.percent(value);
                case "minimum_share_normal" -> shareNormal = Units.percent(value);
                default -> throw new IllegalArgumentException("unknown field " + field);
            }
        }

        QueuePolicyFields policy() {
            return new QueuePolicyFields(
                    visibilityTimeoutMs,
                    maxRetries,
                    baseMs,
                    capMs,
                    factorMillis,
                    jitterPercent,
                    backoff,
                    onDisconnect,
                    maxTasks,
                    shareNormal,
                    shareLow);
        }
    }
}
