package io.telpher.broker.http;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.RequestTarget;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What is said of an answer that this node gives from what it has applied, whether it leads or not. It is found out before the partition is asked: the answer has that record
 * at least, and may be newer.
 *
 * @param applied record up to which everything is applied, by its sequence; of several partitions one of each, with commas between
 * @param ageMs how old that is at most, by the time of the request; negative = it can't be said
 */
record StaleRead(String applied, long ageMs) {
    private static final String APPLIED = "X-Telpher-Applied";
    private static final String AGE = "X-Telpher-Age-Ms";
    private static final String PARAMETER = "stale";

    /** Whether a request wants any node's answer; refuses those that nothing but a leader can do. */
    static boolean isWanted(FullHttpRequest http, RequestTarget target) throws Refusal {
        String stale = target.query().get(PARAMETER);
        if (stale == null) {
            return false;
        }
        boolean isStale = stale.equals("true");
        if (!isStale && !stale.equals("false")) {
            throw Refusal.bad("parameter stale is true or false, not \"" + stale + "\"");
        }
        if (isStale && !OpenPaths.reads(http)) {
            throw Refusal.bad("stale=true goes with GET and HEAD: " + http.method()
                    + " may change something, which only the node that leads does");
        }
        return isStale;
    }

    /** Of this moment. */
    static StaleRead of(HttpOptions options) {
        ClusterControl cluster = options.cluster();
        // The record behind the age: what comes between the two makes the answer newer than it says.
        long ageNanos = cluster == null ? 0 : cluster.ageNanos(); // one that is in no cluster has the only copy
        long ageMs = ageNanos < 0 ? ageNanos : TimeUnit.NANOSECONDS.toMillis(ageNanos);
        String applied = Arrays.stream(options.router().appliedSequences())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(","));
        return new StaleRead(applied, ageMs);
    }

    void tell(HttpHeaders headers) {
        headers.set(APPLIED, applied);
        if (ageMs >= 0) {
            headers.set(AGE, ageMs);
        }
    }
}
