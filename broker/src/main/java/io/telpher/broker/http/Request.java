package io.telpher.broker.http;

import java.util.List;
import java.util.Map;

/**
 * One HTTP request, whole.
 *
 * @param path its segments, decoded
 * @param query the last value of each parameter
 * @param idempotencyKey the header's, empty when there is none
 */
record Request(String method, List<String> path, Map<String, String> query, byte[] body, String idempotencyKey) {
    Fields json() throws Refusal {
        return Fields.parse(body);
    }

    String parameter(String name, String byDefault) {
        return query.getOrDefault(name, byDefault);
    }

    int number(String name, int byDefault) throws Refusal {
        String text = query.get(name);
        try {
            return text == null ? byDefault : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Refusal.bad("parameter " + name + " is not a number: \"" + text + "\"");
        }
    }
}
