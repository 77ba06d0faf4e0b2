package io.telpher.broker.http;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.telpher.broker.http.call.HealthAnswers;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.RequestTarget;
import io.telpher.broker.http.route.Router;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which methods a path has, and what is answered to anyone, before it is asked who calls: OPTIONS, health, the web page. */
final class OpenPaths {
    static final List<String> METRICS = List.of("metrics");

    private static final List<String> READING = List.of("GET");
    private static final List<String> EVERY_METHOD = List.of("GET", "POST", "PUT", "DELETE");

    private final HealthAnswers health;

    OpenPaths(HealthAnswers health) {
        this.health = health;
    }

    static boolean reads(FullHttpRequest http) {
        return http.method().equals(HttpMethod.GET) || http.method().equals(HttpMethod.HEAD);
    }

    /**
     * Null when it has to be known who calls.
     *
     * @throws Refusal when a path that only reads is asked for something else
     */
    @Nullable
    Answer answer(FullHttpRequest http, RequestTarget target) throws Refusal {
        List<String> path = target.path();
        List<String> allowed = allowed(path);
        if (http.method().equals(HttpMethod.OPTIONS)) {
            if (allowed.isEmpty()) {
                throw Router.nothingAt(path);
            }
            return Answer.EMPTY;
        }
        if (allowed.equals(READING) && !reads(http)) {
            throw Router.notAllowed(path, allowed, http.method().name());
        }
        Answer own = health.answer(path, target.query());
        return own != null ? own : asset(path, http.headers());
    }

    private static @Nullable Answer asset(List<String> path, HttpHeaders headers) {
        return Assets.find(String.join("/", path), headers);
    }

    /** Methods of a path; empty when the path is unknown. */
    static List<String> allowed(List<String> path) {
        if (path.equals(RequestTarget.EVERYTHING.path())) {
            return EVERY_METHOD;
        }
        boolean isFixed =
                path.equals(METRICS) || HealthAnswers.hasPath(path) || asset(path, EmptyHttpHeaders.INSTANCE) != null;
        return isFixed ? READING : Router.allowed(path);
    }
}
