package io.telpher.broker.http.request;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.Utf8Text;
import io.telpher.broker.http.json.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a request asks for.
 *
 * @param path its segments, decoded; a slash that was escaped separates nothing
 * @param query the last value of each parameter
 */
public record RequestTarget(List<String> path, Map<String, String> query) {
    /** OPTIONS of the server as a whole. */
    public static final RequestTarget EVERYTHING = new RequestTarget(List.of("*"), Map.of());

    public static RequestTarget parse(String uri) throws Refusal {
        if (uri.equals("*")) {
            return EVERYTHING;
        }
        if (uri.indexOf('#') >= 0) {
            throw Refusal.bad("a request target has no fragment: " + uri);
        }
        try {
            QueryStringDecoder decoder = new QueryStringDecoder(uri);
            List<String> path = new ArrayList<>();
            for (String segment : Words.split(decoder.rawPath(), '/')) {
                if (!segment.isEmpty()) {
                    path.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
                }
            }
            Map<String, String> query = new HashMap<>();
            decoder.parameters().forEach((name, values) -> query.put(name, values.get(values.size() - 1)));
            Utf8Text.require(uri, path);
            Utf8Text.require(uri, query.values());
            return new RequestTarget(List.copyOf(path), query);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad("the request target is malformed: " + e.getMessage());
        }
    }
}
