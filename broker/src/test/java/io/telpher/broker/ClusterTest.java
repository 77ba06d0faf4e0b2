package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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

    @Test
    @DisplayName("the leader is killed, and the next one, and one is handed over: every confirmed task is done")
    void losesNothing() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int first = nodes.awaitLeader();
            int follower = first % ClusterNodes.COUNT + 1;
            HttpResponse<String> refused = nodes.awaitRefusal(follower, first);
            assertEquals(503, refused.statusCode());
            assertTrue(refused.body().contains("\"NOT_LEADER\""), refused::body);
            assertTrue(refused.headers().firstValue("Retry-After").isPresent());
            assertEquals(200, nodes.get(follower, "/readyz").statusCode());
            assertTrue(nodes.get(follower, "/metrics").body().contains("telpher_raft_leader 0.0"));
            try (Telpher client = Telpher.connect(nodes.url(), "submits");
                    Telpher hands = Telpher.connect(nodes.url(), "works");
                    Worker worker = worker(hands)) {
                submit(client, 0, BEFORE);
                nodes.kill(first);
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
}
