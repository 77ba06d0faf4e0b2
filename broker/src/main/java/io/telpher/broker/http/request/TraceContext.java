package io.telpher.broker.http.request;

import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.Words;
import io.telpher.protocol.TaskSpec;
import java.util.List;

/** Joins the task's handler to the trace of an HTTP submit: the request's {@code traceparent} becomes a header of the task. */
public final class TraceContext {
    /** W3C Trace Context. */
    public static final String HEADER = "traceparent";

    /** Hex digits of version, trace, span and flags. */
    private static final int[] PARTS = {2, 32, 16, 2};

    private TraceContext() {}

    /** Not under an idempotency key, which stands for one content: each repetition of a request has a span of its own. */
    public static void carry(ApiRequest request, JsonBody body, TaskSpec spec) throws Refusal {
        boolean hasKey = !request.idempotencyKey().isEmpty() || body.has("idempotency_key");
        boolean saysItself = body.has("headers") && body.get("headers").has(HEADER);
        if (isValid(request.traceparent()) && !hasKey && !saysItself) {
            spec.header(HEADER, request.traceparent());
        }
    }

    public static boolean isValid(String traceparent) {
        List<String> parts = Words.split(traceparent, '-');
        boolean isValid = parts.size() == PARTS.length;
        for (int i = 0; isValid && i < PARTS.length; i++) {
            String part = parts.get(i);
            isValid = part.length() == PARTS[i] && Words.isLowerHex(part, 0, part.length());
        }
        return isValid;
    }
}
