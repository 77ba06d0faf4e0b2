package io.telpher.broker.config;

import static io.telpher.protocol.QueuePolicyFields.UNSET;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.QueuePolicyFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

    /** Those that are set, by name, as TOML. */
    public static Map<String, String> fields(QueuePolicyFields policy) {
        Map<String, String> fields = new LinkedHashMap<>();
        put(fields, "visibility_timeout", policy.visibilityTimeoutMs(), duration(policy.visibilityTimeoutMs()));
        put(fields, "max_retries", policy.maxRetries(), String.valueOf(policy.maxRetries()));
        put(fields, "backoff", policy.backoff() == Backoff.INHERIT ? UNSET : 0, quoted(policy.backoff()));
        put(fields, "base", policy.baseMs(), duration(policy.baseMs()));
        put(fields, "factor", policy.factorMillis(), String.valueOf((double) policy.factorMillis() / THOUSANDTHS));
        put(fields, "cap", policy.capMs(), duration(policy.capMs()));
        put(fields, "jitter", policy.jitterPercent(), percent(policy.jitterPercent()));
        put(fields, "max_tasks", policy.maxTasks(), String.valueOf(policy.maxTasks()));
        boolean inherits = policy.onDisconnect() == OnDisconnect.INHERIT;
        put(fields, "on_disconnect", inherits ? UNSET : 0, quoted(policy.onDisconnect()));
        put(fields, "minimum_share", policy.minimumShareLow(), percent(policy.minimumShareLow()));
        put(fields, "minimum_share_normal", policy.minimumShareNormal(), percent(policy.minimumShareNormal()));
        return fields;
    }

    /** What differs from {@code base}; the rest unset. */
    public static QueuePolicyFields beyond(QueuePolicyFields policy, QueuePolicyFields base) {
        return new QueuePolicyFields(
                policy.visibilityTimeoutMs() == base.visibilityTimeoutMs() ? UNSET : policy.visibilityTimeoutMs(),
                policy.maxRetries() == base.maxRetries() ? UNSET : policy.maxRetries(),
                policy.baseMs() == base.baseMs() ? UNSET : policy.baseMs(),
                policy.capMs() == base.capMs() ? UNSET : policy.capMs(),
                policy.factorMillis() == base.factorMillis() ? UNSET : policy.factorMillis(),
                policy.jitterPercent() == base.jitterPercent() ? UNSET : policy.jitterPercent(),
                policy.backoff() == base.backoff() ? Backoff.INHERIT : policy.backoff(),
                policy.onDisconnect() == base.onDisconnect() ? OnDisconnect.INHERIT : policy.onDisconnect(),
                policy.maxTasks() == base.maxTasks() ? UNSET : policy.maxTasks(),
                policy.minimumShareNormal() == base.minimumShareNormal() ? UNSET : policy.minimumShareNormal(),
                policy.minimumShareLow() == base.minimumShareLow() ? UNSET : policy.minimumShareLow());
    }

    private static void put(Map<String, String> fields, String name, long number, String text) {
        if (number != UNSET) {
            fields.put(name, text);
        }
    }

    private static String quoted(Enum<?> word) {
        return "\"" + word.name().toLowerCase(Locale.ROOT) + "\"";
    }

    private static String percent(int percent) {
        return "\"" + percent + "%\"";
    }

    /** In the largest unit that it is a whole number of. */
    static String duration(long ms) {
        if (ms > 0 && ms % 3_600_000 == 0) {
            return "\"" + ms / 3_600_000 + "h\"";
        }
        if (ms > 0 && ms % 60_000 == 0) {
            return "\"" + ms / 60_000 + "m\"";
        }
        return ms % 1_000 == 0 ? "\"" + ms / 1_000 + "s\"" : "\"" + ms + "ms\"";
    }
}
