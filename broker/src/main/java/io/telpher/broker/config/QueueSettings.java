package io.telpher.broker.config;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Problem;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.math.BigDecimal;
import java.util.List;

/** The fields of one {@code [queues.NAME]} table, gathered one by one. */
final class QueueSettings {
    static final List<String> FIELDS = ConfigKeys.names(ConfigKeys.QUEUE);

    private QueuePolicyFields policy = QueuePolicyFields.NOTHING;

    /** @throws IllegalArgumentException when the value is not one; then nothing of it stays, so that no other field is blamed for it */
    void set(String name, String value) {
        PolicyField field = PolicyField.named(name);
        if (field == null) {
            throw new IllegalArgumentException("unknown field " + name);
        }
        QueuePolicyFields next = policy.with(field, value(field, value));
        Problem problem = next.problem();
        if (problem != null) {
            throw new IllegalArgumentException(problem.message());
        }
        policy = next;
    }

    QueuePolicyFields policy() {
        return policy;
    }

    private static long value(PolicyField field, String value) {
        return switch (field.kind()) {
            case DURATION -> Units.durationMs(value);
            case COUNT -> notNegative(value);
            case FACTOR -> thousandths(value);
            case PERCENT -> Units.percent(value);
            case WORD -> word(field.words(), value);
            case FLAG -> Units.flag(value) ? 1 : 0;
        };
    }

    private static long word(List<String> words, String value) {
        int code = words.indexOf(value);
        if (code < 1) {
            throw new IllegalArgumentException(
                    "\"" + value + "\" is not one of " + String.join(", ", words.subList(1, words.size())));
        }
        return code;
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
        BigDecimal factor;
        try {
            factor = new BigDecimal(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(value + " must be 1 to 100", e);
        }
        return Backoff.factorMillis(factor);
    }
}
