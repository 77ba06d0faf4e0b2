package io.telpher.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A cluster of processes as its operators see it; its nodes are numbered from 1 on. */
public abstract class ClusterOverHttp {
    protected static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
    protected static final int LOOK_MS = 50;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int last;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    protected ClusterOverHttp(int last) {
        this.last = last;
    }

    /** {@code host:port}; null when it was never started. */
    protected abstract @Nullable String http(int node);

    protected abstract boolean isAlive(int node);

    private URI uri(int node, String path) {
        return URI.create("http://" + http(node) + path);
    }

    public final HttpResponse<String> get(int node, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri(node, path)).timeout(ANSWER_MAX).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** As {@link #get}, and does not wait. */
    public final CompletableFuture<HttpResponse<String>> ask(int node, String path) {
        return http.sendAsync(HttpRequest.newBuilder(uri(node, path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    public final HttpResponse<String> post(int node, String path, String body)
            throws IOException, InterruptedException {
        return http.send(change(node, path, body).timeout(ANSWER_MAX).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Waits for its answer as long as that takes. */
    public final CompletableFuture<HttpResponse<String>> postAsync(int node, String path, String body) {
        return http.sendAsync(change(node, path, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder change(int node, String path, String body) {
        return HttpRequest.newBuilder(uri(node, path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    public final JsonNode status(int node) throws IOException, InterruptedException {
        return JSON.readTree(get(node, "/api/v1/cluster").body());
    }

    /** As what a node is a member; empty when it is none. */
    public final String member(int asked, int node) throws IOException, InterruptedException {
        for (JsonNode each : status(asked).path("nodes")) {
            if (each.path("id").asText().equals("n" + node)) {
                return each.path("member").asText();
            }
        }
        return "";
    }

    /** Until the node is that member, as another one sees it; empty = none. */
    public final void awaitMember(int asked, int node, Predicate<String> member)
            throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (!member.test(member(asked, node))) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("node " + node + ": " + status(asked));
            }
            Thread.sleep(LOOK_MS);
        }
    }

    /** Which node leads and takes requests; 0 when none does at the moment. */
    public final int leader() throws InterruptedException {
        for (int i = 1; i <= last; i++) {
            try {
                if (isAlive(i)
                        && status(i).path("leader").asText().equals("n" + i)
                        && get(i, "/api/v1/queues").statusCode() == 200) {
                    return i;
                }
            } catch (IOException e) {
                // It is starting, was killed just now, or can't be reached.
            }
        }
        return 0;
    }

    /** Which node takes requests, as soon as one does. */
    public final int awaitLeader() throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        for (int leader = leader(); System.nanoTime() < until; leader = leader()) {
            if (leader > 0) {
                return leader;
            }
            Thread.sleep(LOOK_MS);
        }
        throw new IllegalStateException("no node leads");
    }

    /** Has this node lead, which is up to date; whichever leads now is asked, and again while none does. */
    public final void transfer(int to) throws IOException, InterruptedException {
        String body = "{\"to\":\"n" + to + "\"}";
        long until = System.nanoTime() + PATIENCE_NANOS;
        for (int leader = awaitLeader(); leader != to; leader = awaitLeader()) {
            String said = "its connection was closed";
            boolean isBegun = true;
            try {
                HttpResponse<String> answer = post(leader, "/api/v1/cluster/transfer", body);
                isBegun = answer.statusCode() == 202 || answer.statusCode() == 503;
                said = answer.body();
            } catch (IOException e) {
                // It led no more when it was to answer.
            }
            if (!isBegun || System.nanoTime() > until) {
                throw new IllegalStateException("node " + to + " does not lead: " + said);
            }
            Thread.sleep(LOOK_MS);
        }
    }

    /** Until the node has applied all that the leader has. */
    public final void awaitCaughtUp(int node, int leader) throws IOException, InterruptedException {
        long wanted = status(leader).path("applied_index").asLong();
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (status(node).path("applied_index").asLong() < wanted) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("node " + node + " does not catch up: " + status(node));
            }
            Thread.sleep(LOOK_MS);
        }
    }
}
