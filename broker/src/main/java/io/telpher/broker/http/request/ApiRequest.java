package io.telpher.broker.http.request;

import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.Times;
import java.util.List;
import java.util.Map;

/**
 * One HTTP request, whole.
 *
 * @param path its segments, decoded
 * @param query the last value of each parameter
 * @param idempotencyKey the header's, empty when there is none
 * @param traceparent the header's, as W3C Trace Context has it; empty when there is none
 */
public record ApiRequest(
        String method,
        List<String> path,
        Map<String, String> query,
        byte[] body,
        String idempotencyKey,
        String traceparent) {
    public JsonBody json() throws Refusal {
        return JsonBody.parse(body);
    }

    /** Refuses unknown parameters: a misspelt filter would let everything through. */
    public void allow(List<String> known) throws Refusal {
        for (String name : query.keySet()) {
            if (!known.contains(name)) {
                throw Refusal.bad("/" + String.join("/", path) + " has no parameter \"" + name + "\""
                        + (known.isEmpty() ? "" : "; known are " + String.join(", ", known)));
            }
        }
    }

    public String parameter(String name, String byDefault) {
        return query.getOrDefault(name, byDefault);
    }

    /** Absent or empty = false; there is no other word than true and false. */
    public boolean flag(String name) throws Refusal {
        String text = query.getOrDefault(name, "");
        if (!text.isEmpty() && !text.equals("true") && !text.equals("false")) {
            throw Refusal.bad("parameter " + name + " is true or false, not \"" + text + "\"");
        }
        return text.equals("true");
    }

    /** Milliseconds since 1970, from such a number or an ISO 8601 time; 0 = not given. */
    public long time(String name) throws Refusal {
        String text = query.getOrDefault(name, "");
        return text.isEmpty() ? 0 : Times.ms("parameter " + name, text);
    }

    public int number(String name, int byDefault) throws Refusal {
        String text = query.get(name);
        try {
            return text == null ? byDefault : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Refusal.bad("parameter " + name + " is not a number: \"" + text + "\"");
        }
    }
}
