package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cli.CommandHere;
import io.telpher.broker.journal.JournalException;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether three nodes are in one state. */
@Timeout(300)
class ClusterVerifyTest {
    private static final int TASKS = 500;

    @TempDir
    Path directory;

    private static void submit(ClusterHere nodes, String queue) throws Exception {
        try (Telpher client = Telpher.connect(nodes.url(), "submits")) {
            for (int i = 0; i < TASKS; i++) {
                client.submit(TaskSpec.type("count").queue(queue).payload("x"));
            }
        }
        nodes.post(nodes.awaitLeader(), "/api/v1/queues/" + queue + "/reserve", "{\"worker\":\"w\"}");
    }

    @Test
    @DisplayName("nodes that work have one hash, also after a start; one whose state is another stops, and stays so")
    void findsTheOneThatDiffers() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory).init().startAll()) {
            int leader = nodes.awaitLeader();
            submit(nodes, "first");
            requireExit(0, verify(nodes, leader));
            Set<String> hashes = new HashSet<>(nodes.status(leader).findValuesAsText("hash"));
            assertEquals(1, hashes.size(), hashes::toString);

            int other = leader % ClusterHere.COUNT + 1;
            nodes.stop(other);
            submit(nodes, "second");
            nodes.start(other);
            nodes.awaitCaughtUp(other, leader);
            requireExit(0, verify(nodes, leader));
            String record = nodes.status(leader)
                    .path("nodes")
                    .path(0)
                    .path("report")
                    .path("check")
                    .path("sequence")
                    .asText();
            assertTrue(Long.parseLong(record) > 2 * TASKS, record);
            assertTrue(nodes.get(leader, "/metrics").body().contains("telpher_node_state_differs{node=\"n1\"} 0"));

            cluster(nodes, other).node().hashesBy(told -> told.accept(42));
            requireExit(1, verify(nodes, leader));
            JsonNode status = nodes.status(leader);
            for (JsonNode each : status.path("nodes")) {
                String wanted = each.path("id").asText().equals("n" + other) ? "different" : "equal";
                assertEquals(wanted, each.path("state").asText(), status::toString);
            }
            Throwable failure = nodes.awaitFailure(other);
            assertTrue(failure.toString().contains("TQ-5033"), failure::toString);
            assertTrue(failure.toString().contains("tq cluster replace n" + other), failure::toString);
            String metrics = nodes.get(leader, "/metrics").body();
            assertTrue(metrics.contains("telpher_node_state_differs{node=\"n" + other + "\"} 1"), metrics);
            nodes.stop(other);
            JournalException again = assertThrows(JournalException.class, () -> nodes.start(other));
            assertTrue(again.toString().contains("TQ-5033"), again::toString);
            assertTrue(Files.isDirectory(nodes.directory(other).resolve("journal")), "it keeps what it has");
            assertFalse(nodes.broker(leader).failure().isDone());
            submit(nodes, "third");
        }
    }

    @Test
    @DisplayName("the one that leads stops, too, when it is the one that differs")
    void stopsALeaderThatDiffers() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory).init().startAll()) {
            int leader = nodes.awaitLeader();
            submit(nodes, "first");
            cluster(nodes, leader).node().hashesBy(told -> told.accept(42));
            nodes.post(leader, "/api/v1/cluster/verify", "{}");
            Throwable failure = nodes.awaitFailure(leader);
            assertTrue(failure.toString().contains("TQ-5033"), failure::toString);
            nodes.stop(leader);
            int next = nodes.awaitLeader();
            assertFalse(next == leader);
            submit(nodes, "second");
        }
    }

    private static void requireExit(int exit, CommandHere command) {
        assertEquals(exit, command.exit(), command::said);
    }

    private static Cluster cluster(ClusterHere nodes, int node) {
        return (Cluster) Objects.requireNonNull(nodes.broker(node).cluster());
    }

    private static CommandHere verify(ClusterHere nodes, int leader) {
        return nodes.tqHttp(leader, "verify");
    }
}
