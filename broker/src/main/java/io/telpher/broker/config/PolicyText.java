package io.telpher.broker.config;

import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Queue policies as {@code broker.toml} writes them: what is exported can be imported, or kept in {@code conf.d}. */
public final class PolicyText {
    private static final int THOUSANDTHS = 1_000;

    private PolicyText() {}

    /**
     * The policy that these words make, like {@code max_retries=5}.
     *
     * @throws IllegalArgumentException with what is wrong and what was probably meant
     */
    public static QueuePolicyFields parse(List<String> words) {
        QueueSettings settings = new QueueSettings();
        for (String word : words) {
            int equals = word.indexOf('=');
            String field = equals < 0 ? word : word.substring(0, equals);
            if (equals < 0 || !QueueSettings.FIELDS.contains(field)) {
                String hint = Suggestion.of(field, QueueSettings.FIELDS);
                throw new IllegalArgumentException("\"" + word + "\" is not like max_retries=5"
                        + (hint.isEmpty() ? "; known: " + String.join(", ", QueueSettings.FIELDS) : hint));
            }
            settings.set(field, word.substring(equals + 1));
        }
        return settings.policy();
    }

    /** One table; empty when no field is set. */
    public static String table(String queue, QueuePolicyFields policy) {
        Map<String, String> fields = fields(policy);
        if (fields.isEmpty()) {
            return "";
        }
        boolean isBare = queue.indexOf('.') < 0;
        StringBuilder text = new StringBuilder("[queues." + (isBare ? queue : "\"" + queue + "\"") + "]\n");
        fields.forEach(
                (name, value) -> text.append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    /** The fields that are set, by name, as TOML. */
    public static Map<String, String> fields(QueuePolicyFields policy) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (PolicyField field : PolicyField.values()) {
            if (policy.isSet(field)) {
                fields.put(field.word(), text(field, policy.get(field)));
            }
        }
        return fields;
    }

    private static String text(PolicyField field, long value) {
        return switch (field.kind()) {
            case DURATION, PERCENT, WORD -> '"' + bare(field, value) + '"';
            case COUNT, FACTOR, FLAG -> bare(field, value);
        };
    }

    /** Without the quotes of TOML. */
    static String bare(PolicyField field, long value) {
        return switch (field.kind()) {
            case DURATION -> duration(value);
            case COUNT -> String.valueOf(value);
            case FACTOR -> String.valueOf((double) value / THOUSANDTHS);
            case PERCENT -> value + "%";
            case WORD -> field.words().get((int) value);
            case FLAG -> String.valueOf(value != 0);
        };
    }

    /** In the largest unit that it is a whole number of. */
    static String duration(long ms) {
        if (ms > 0 && ms % 3_600_000 == 0) {
            return ms / 3_600_000 + "h";
        }
        if (ms > 0 && ms % 60_000 == 0) {
            return ms / 60_000 + "m";
        }
        return ms % 1_000 == 0 ? ms / 1_000 + "s" : ms + "ms";
    }
}
