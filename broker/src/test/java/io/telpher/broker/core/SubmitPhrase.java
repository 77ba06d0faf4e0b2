package io.telpher.broker.core;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskSpec;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** {@code a on mail priority high retries 3 base 1s ...}: a task as scripts write it. Without jitter unless one is named. */
final class SubmitPhrase {
    private String queue = "mail";
    private String type = "work";
    private String payload = "";
    private Backoff backoff = Backoff.INHERIT;
    private long baseMs = TaskSpec.INHERIT;
    private long capMs = TaskSpec.INHERIT;
    private int factorMillis = TaskSpec.INHERIT;
    private int jitterPercent;

    private SubmitPhrase() {}

    static TaskSpec read(Cast cast, Phrase phrase) {
        String name = phrase.word();
        cast.announce(name);
        return new SubmitPhrase().readSpec(phrase, name);
    }

    /** A replay's patch: no new name. */
    static TaskSpec readPatch(Phrase phrase) {
        return new SubmitPhrase().readSpec(phrase, "patch");
    }

    private TaskSpec readSpec(Phrase phrase, String name) {
        payload = name;
        TaskSpec spec = readNames(phrase);
        while (!phrase.isEnd()) {
            readField(phrase, spec);
        }
        spec.payload(payload.getBytes(StandardCharsets.UTF_8));
        return spec.backoff(backoff, baseMs, capMs, factorMillis, jitterPercent);
    }

    private TaskSpec readNames(Phrase phrase) {
        if (phrase.takes("on")) {
            queue = phrase.word();
        }
        if (phrase.takes("type")) {
            type = phrase.word();
        }
        return TaskSpec.type(type).queue(queue);
    }

    private void readField(Phrase phrase, TaskSpec spec) {
        String field = phrase.word();
        switch (field) {
            case "priority" -> spec.priority(Priority.valueOf(phrase.word().toUpperCase(Locale.ROOT)));
            case "delay" -> spec.delayMs(phrase.ms());
            case "run_at" -> spec.runAtMs(Cast.START_MS + phrase.ms());
            case "expires_at" -> spec.expiresAtMs(Cast.START_MS + phrase.ms());
            case "expires_in" -> spec.expiresInMs(phrase.ms());
            case "timeout" -> spec.visibilityTimeoutMs((int) phrase.ms());
            case "retries" -> spec.maxRetries(phrase.number());
            case "key" -> spec.idempotencyKey(phrase.word());
            case "window" -> spec.idempotencyWindowMs(phrase.ms());
            case "payload" -> payload = phrase.word();
            case "bytes" -> payload = "x".repeat(phrase.number());
            default -> readBackoff(field, phrase);
        }
    }

    private void readBackoff(String field, Phrase phrase) {
        switch (field) {
            case "backoff" -> backoff = Backoff.valueOf(phrase.word().toUpperCase(Locale.ROOT));
            case "base" -> baseMs = phrase.ms();
            case "cap" -> capMs = phrase.ms();
            case "factor" -> factorMillis = (int) Math.round(Double.parseDouble(phrase.word()) * 1000);
            case "jitter" -> jitterPercent = phrase.number();
            default -> throw new IllegalArgumentException("\"" + field + "\" is no field of a task");
        }
    }
}
