package io.telpher.broker.http;

import io.telpher.protocol.TaskSpec;
import java.util.regex.Pattern;

/** Whoever submits over HTTP under a trace finds the task's handler in the same trace: the request's {@code traceparent} becomes a header of the task. */
final class TraceContext {
    /** W3C Trace Context. */
    static final String HEADER = "traceparent";

    private static final Pattern VALID = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceContext() {}

    /** Not under an idempotency key, which stands for one content: each repetition of a request has a span of its own. */
    static void carry(Request request, Fields body, TaskSpec spec) throws Refusal {
        boolean hasKey = !request.idempotencyKey().isEmpty() || body.has("idempotency_key");
        boolean saysItself = body.has("headers") && body.get("headers").has(HEADER);
        if (VALID.matcher(request.traceparent()).matches() && !hasKey && !saysItself) {
            spec.header(HEADER, request.traceparent());
        }
    }
}
