package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.core.Partition;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.testing.Patience;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real processes: lose one, lose nothing. */
@Timeout(600)
class ClusterTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SIGTERM = 128 + 15;
    private static final int BEFORE = 100;
    private static final int BETWEEN = 100;
    private static final int LONG_BYTES = 900_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final Map<String, Long> confirmed = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

    private void submit(Telpher client, int from, int count) throws InterruptedException {
        for (int i = from; i < from + count; i++) {
            String key = "task-" + i;
            while (!confirmed.containsKey(key)) {
                try {
                    confirmed.put(
                            key,
                            client.submit(TaskSpec.type("count")
                                            .queue("work")
                                            .idempotencyKey(key)
                                            .payload(key.getBytes(StandardCharsets.UTF_8)))
                                    .taskId());
                } catch (TelpherException e) {
                    Thread.sleep(10); // the outcome is not known: the same key again
                }
            }
        }
    }

    private Worker worker(Telpher client) {
        return client.worker("work").concurrency(4).start(task -> {
            String key = new String(task.payload(), StandardCharsets.UTF_8);
            runs.computeIfAbsent(key, each -> new AtomicInteger()).incrementAndGet();
            return Result.NONE;
        });
    }

    private void requireAllDone(Telpher client) {
        confirmed.forEach((key, id) -> {
            assertEquals(TaskState.COMPLETED, client.waitFor(id, PATIENCE).state, key);
            assertTrue(runs.containsKey(key), key);
        });
    }

    /** A node that does not lead takes requests as if it did: what it got at the leader is answered there. */
    private static void worksOverHttpOn(ClusterNodes nodes, int follower) throws Exception {
        HttpResponse<String> submitted = untilLed(() -> nodes.post(
                follower,
                "/api/v1/tasks",
                "{\"type\":\"t\",\"queue\":\"http\",\"payload\":\"" + "x".repeat(LONG_BYTES) + "\"}"));
        assertEquals(202, submitted.statusCode(), submitted::body);
        String reserve = "{\"wait_ms\":60000,\"worker\":\"w\"}";
        CompletableFuture<HttpResponse<String>> waiting =
                nodes.postAsync(follower, "/api/v1/queues/other/reserve", reserve);
        HttpResponse<String> leased = nodes.post(follower, "/api/v1/queues/http/reserve", reserve);
        assertTrue(leased.body().contains("x".repeat(LONG_BYTES)), "the payload");
        nodes.post(follower, "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"other\",\"payload\":1}");
        assertTrue(waiting.get().body().contains("\"attempt\":1,"), "the task that was waited for");
        JsonNode task = JSON.readTree(leased.body()).path("tasks").path(0);
        String path = "/api/v1/tasks/" + task.path("task_id").asText();
        String ack = "{\"lease_id\":" + task.path("lease_id").asText() + ",\"result\":42}";
        assertEquals(200, nodes.post(follower, path + "/ack", ack).statusCode());
        HttpResponse<String> done = nodes.get(follower, path);
        assertTrue(done.body().contains("\"result\":42"), done::body);
        HttpResponse<String> stale = nodes.post(follower, path + "/ack", ack.replace("lease_id\":", "lease_id\":9"));
        assertEquals(409, stale.statusCode(), stale::body);
        assertEquals(404, nodes.get(follower, "/api/v1/tasks/t-999999").statusCode());
    }

    /** All nodes are of one version, so there is nothing to finish. */
    private static void requireNoNewerRules(ClusterNodes nodes, int follower) throws Exception {
        assertEquals(
                Partition.SEMANTICS_VERSION,
                nodes.status(follower).path("semantics").asInt());
        HttpResponse<String> refused = untilLed(() -> {
            int leader = nodes.awaitLeader();
            nodes.awaitReports(leader);
            return nodes.post(leader, "/api/v1/cluster/upgrade", "{}");
        });
        assertEquals(400, refused.statusCode(), refused::body);
        assertTrue(refused.body().contains("knows no newer one"), refused::body);
    }

    /** Between elections it is refused, and may be asked again. */
    private static HttpResponse<String> untilLed(Callable<HttpResponse<String>> asking) throws Exception {
        HttpResponse<String> answer = asking.call();
        while (answer.statusCode() == 503) {
            assertTrue(answer.body().contains("\"NOT_LEADER\""), answer::body);
            assertTrue(answer.headers().firstValue("Retry-After").isPresent());
            Thread.sleep(10);
            answer = asking.call();
        }
        return answer;
    }

    @Test
    @DisplayName("the leader is killed, and the next one, and one is handed over: every confirmed task is done")
    void losesNothing() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int first = nodes.awaitLeader();
            int follower = first % ClusterNodes.COUNT + 1;
            worksOverHttpOn(nodes, follower);
            nodes.awaitReports(follower);
            requireNoNewerRules(nodes, follower);
            String metrics = nodes.get(follower, "/metrics").body();
            assertEquals(Set.of(), PrometheusRulesTest.triedAndNotShown(metrics));
            assertEquals(Set.of(), MetricsTest.namedAndNotShown(metrics));
            for (int i = 1; i <= ClusterNodes.COUNT; i++) {
                assertTrue(metrics.contains("telpher_node_free_bytes{node=\"n" + i + "\"}"), metrics);
            }
            assertTrue(metrics.contains("telpher_disk_free_bytes NaN"), "what only the leader knows");
            assertTrue(nodes.get(follower, "/readyz?verbose").body().contains("\"clocks\",\"status\":\"ok\""));
            assertEquals(200, nodes.get(follower, "/readyz").statusCode());
            assertTrue(nodes.get(follower, "/metrics").body().contains("telpher_raft_leader 0.0"));
            try (Telpher client = Telpher.connect(nodes.url(), "submits");
                    Telpher hands = Telpher.connect(nodes.url(), "works");
                    Worker worker = worker(hands)) {
                submit(client, 0, BEFORE);
                nodes.kill(first);
                String key = "{\"type\":\"t\",\"queue\":\"http\",\"payload\":1,\"idempotency_key\":\"once\"}";
                HttpResponse<String> kept = untilLed(() -> nodes.post(follower, "/api/v1/tasks", key));
                assertTrue(kept.statusCode() == 202 || kept.statusCode() == 502, kept::body);
                submit(client, BEFORE, BETWEEN);
                int second = nodes.awaitLeader();
                assertNotEquals(first, second);
                nodes.start(first);
                nodes.awaitCaughtUp(first, second);
                nodes.kill(second);
                submit(client, BEFORE + BETWEEN, BETWEEN);
                nodes.start(second);
                nodes.awaitCaughtUp(second, nodes.awaitLeader());
                nodes.transfer(second);
                submit(client, BEFORE + 2 * BETWEEN, BETWEEN);
                requireAllDone(client);
                assertEquals(BEFORE + 3 * BETWEEN, confirmed.size());
            }
            int last = nodes.awaitLeader();
            assertEquals(SIGTERM, nodes.terminate(last));
            int after = nodes.awaitLeader();
            try (Telpher client = Telpher.connect(nodes.url(), "asks")) {
                requireAllDone(client);
            }
            assertNotEquals(last, after);
        }
    }

    @Test
    @DisplayName("an empty directory, another node's and one that lost its share of the log are refused")
    void refusesWhatCouldForget() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int leader = nodes.awaitLeader();
            int other = leader % ClusterNodes.COUNT + 1;
            nodes.awaitCaughtUp(other, leader); // it has taken part
            nodes.kill(other);

            Path raft = nodes.directory(other).resolve("raft");
            Files.move(raft, directory.resolve("raft-aside"));
            assertNull(nodes.start(other));
            assertTrue(Files.readString(nodes.log(other)).contains("TQ-5004"), "a lost log");
            Files.move(directory.resolve("raft-aside"), raft);

            Path file = nodes.directory(other).resolve("node.json");
            Path aside = directory.resolve("node.json");
            Files.move(file, aside);
            assertNull(nodes.start(other));
            assertTrue(Files.readString(nodes.log(other)).contains("TQ-5001"), "a lost disk");
            Files.writeString(file, Files.readString(aside).replace("\"n" + other + "\"", "\"n9\""));
            assertNull(nodes.start(other));
            assertTrue(Files.readString(nodes.log(other)).contains("TQ-5002"), "another node's");

            Files.delete(file);
            Files.move(aside, file);
            assertNotNull(nodes.start(other));
            nodes.awaitCaughtUp(other, leader);
        }
    }

    private static long applied(HttpResponse<String> answer) {
        return answer.headers().firstValueAsLong("X-Telpher-Applied").orElse(-1);
    }

    @Test
    @DisplayName("two of three are killed: the third one shows what was confirmed to those who ask it with stale=true")
    void showsWhatItHasByItself() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int leader = nodes.awaitLeader();
            int second = leader % ClusterNodes.COUNT + 1;
            int last = second % ClusterNodes.COUNT + 1;
            HttpResponse<String> submitted =
                    nodes.post(leader, "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"left\",\"payload\":\"kept\"}");
            assertEquals(202, submitted.statusCode(), submitted::body);
            String id = JSON.readTree(submitted.body()).path("task_id").asText();
            String task = "/api/v1/tasks/" + id + "?payload=true";
            HttpResponse<String> led = nodes.get(leader, task + "&stale=true");
            assertEquals(200, led.statusCode(), led::body);
            assertTrue(led.headers().firstValue("X-Telpher-Age-Ms").isPresent(), led.headers()::toString);
            while (applied(nodes.get(last, task + "&stale=true")) < applied(led)
                    || nodes.get(last, task + "&stale=true")
                            .headers()
                            .firstValue("X-Telpher-Age-Ms")
                            .isEmpty()) {
                Patience.look();
            }
            nodes.kill(leader);
            nodes.kill(second);
            while (!nodes.status(last).path("leader").asText().isEmpty()) {
                Patience.look();
            }
            assertEquals(503, nodes.get(last, task).statusCode());
            HttpResponse<String> left = nodes.get(last, task + "&stale=true");
            assertEquals(200, left.statusCode(), left::body);
            assertEquals(led.body(), left.body());
            long age = left.headers().firstValueAsLong("X-Telpher-Age-Ms").orElse(-1);
            HttpResponse<String> later = nodes.get(last, "/api/v1/queues/left?stale=true");
            assertTrue(later.body().contains("\"ready\":1"), later.body());
            while (later.headers().firstValueAsLong("X-Telpher-Age-Ms").orElse(-1) <= age) {
                Patience.look(); // it grows old
                later = nodes.get(last, "/api/v1/queues/left?stale=true");
            }
            assertEquals(200, nodes.get(last, "/api/v1/broker?stale=true").statusCode());

            nodes.kill(last);
            nodes.start(last);
            HttpResponse<String> again = nodes.get(last, task + "&stale=true");
            assertEquals(led.body(), again.body());
            assertTrue(again.headers().firstValue("X-Telpher-Age-Ms").isEmpty(), again.headers()::toString);
        }
    }
}
