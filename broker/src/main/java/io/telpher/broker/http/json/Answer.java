package io.telpher.broker.http.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.session.ErrorReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * One HTTP response before it is written.
 *
 * @param retryAfterMs 0 = no Retry-After
 * @param headers besides those that every response has, or in their place
 */
public record Answer(int status, String contentType, byte[] body, int retryAfterMs, Map<String, String> headers) {
    public Answer(int status, String contentType, byte[] body, int retryAfterMs) {
        this(status, contentType, body, retryAfterMs, Map.of());
    }

    /** There is none yet: another call follows. */
    public static final Answer NONE = new Answer(0, "", new byte[0], 0);

    /** There is nothing to say but the fields. */
    public static final Answer EMPTY = new Answer(204, "", new byte[0], 0);

    /** Of what the broker refuses before a partition is asked. */
    private static final int RETRY_AFTER_MS = 1_000;

    private static final String PROBLEM_TYPE = "application/problem+json";

    public static Answer json(int status, ObjectNode json) {
        return new Answer(status, TaskJson.JSON_TYPE, TaskJson.bytes(json), 0);
    }

    public static Answer text(int status, String text) {
        return new Answer(status, "text/plain", (text + "\n").getBytes(StandardCharsets.UTF_8), 0);
    }

    public static Answer problem(int status, Problem problem, int retryAfterMs, String hint) {
        return problem(status, problem, retryAfterMs, hint, json -> {});
    }

    /** @param more adds members of its own */
    public static Answer problem(
            int status, Problem problem, int retryAfterMs, String hint, Consumer<ObjectNode> more) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("type", "about:blank");
        json.put("title", problem.code().name());
        json.put("status", status);
        json.put("detail", problem.message());
        json.put("code", problem.code().name());
        json.put("hint", hint);
        more.accept(json);
        return new Answer(status, PROBLEM_TYPE, TaskJson.bytes(json), retryAfterMs);
    }

    public static Answer of(Refusal refusal) {
        return problem(
                refusal.status(),
                refusal.problem(),
                refusal.problem().code().retryable() ? RETRY_AFTER_MS : 0,
                refusal.hint());
    }

    /** An ERROR frame of the broker. */
    public static Answer refused(ByteBuffer frame) {
        ErrorReply error = new ErrorReply().wrap(frame, 0);
        ErrorCode code = Objects.requireNonNull(error.code(), "this process knows its own codes");
        return problem(code.httpStatus(), new Problem(code, error.message()), error.retryAfterMs(), error.hint());
    }
}
