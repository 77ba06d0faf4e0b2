package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.CommandHere;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clusters that begin with data: of a survivor, or of a single broker. */
@Timeout(300)
class ClusterRecoverTest {
    private static final int TASKS = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final List<Long> tasks = new ArrayList<>();

    private void submit(String url) {
        try (Telpher client = Telpher.connect(url, "submits")) {
            for (int i = 0; i < TASKS; i++) {
                tasks.add(client.submit(TaskSpec.type("count").queue("work").payload("x"))
                        .taskId());
            }
        }
    }

    private void requireAll(String url) {
        try (Telpher client = Telpher.connect(url, "looks")) {
            for (long id : tasks) {
                assertEquals(TaskState.READY, client.get(id).state);
            }
        }
    }

    /** Takes one of another queue, and returns its lease's id. */
    private static long lease(ClusterHere nodes, int leader) throws Exception {
        nodes.post(leader, "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"leased\",\"payload\":1}");
        HttpResponse<String> reserved =
                nodes.post(leader, "/api/v1/queues/leased/reserve", "{\"worker\":\"w\",\"wait_ms\":10000}");
        JsonNode task = JSON.readTree(reserved.body()).path("tasks").path(0);
        assertTrue(task.path("lease_id").asLong() > 0, reserved::body);
        return task.path("lease_id").asLong();
    }

    private static CommandHere type(String line, ClusterHere nodes, int node, String... words) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)));
        try {
            return nodes.tq(node, words);
        } finally {
            System.setIn(before);
        }
    }

    private static void requireOk(CommandHere command) {
        assertEquals(0, command.exit(), command::said);
    }

    private static void grow(ClusterHere nodes, int from, int node) throws Exception {
        requireOk(nodes.tq(node, "add", "n" + node, "--http", "http://" + nodes.http(from)));
        nodes.start(node);
        nodes.awaitMember(from, node, member -> !member.isEmpty());
        nodes.awaitCaughtUp(node, nodes.awaitLeader());
    }

    @Test
    @DisplayName(
            "two disks are lost: the third node goes on alone, grows back to three, and the lost disks are refused")
    void recovers() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory).init().startAll()) {
            int leader = nodes.awaitLeader();
            int kept = leader % ClusterHere.COUNT + 1;
            int other = kept % ClusterHere.COUNT + 1;
            submit(nodes.url());
            long lease = lease(nodes, leader);
            nodes.awaitCaughtUp(kept, leader);
            nodes.stop(kept);
            submit(nodes.url()); // which the others have without it
            nodes.start(kept);
            nodes.awaitCaughtUp(kept, nodes.awaitLeader());
            for (int i = 1; i <= ClusterHere.COUNT; i++) {
                nodes.stop(i);
            }
            String[] recover = {"recover", "--unsafe", "--keep", "n" + kept};
            CommandHere wrong = type("tset\n", nodes, kept, recover);
            assertEquals(1, wrong.exit(), wrong::said);
            assertTrue(wrong.said().contains("ends at index "), wrong::said);
            CommandHere silent = type("", nodes, kept, recover);
            assertEquals(1, silent.exit(), silent::said);
            assertTrue(Files.isDirectory(nodes.directory(kept).resolve("raft")), "nothing was changed");
            requireOk(type(ClusterHere.NAME + "\n", nodes, kept, recover));
            assertTrue(Files.readString(nodes.directory(kept).resolve("audit.jsonl"))
                    .contains("CLUSTER_RECOVER"));

            nodes.start(kept);
            assertEquals(kept, nodes.awaitLeader());
            requireAll(nodes.url());
            long next = lease(nodes, kept);
            assertTrue(next > lease, next + " after " + lease);
            nodes.start(leader);
            Throwable refused = nodes.awaitFailure(leader);
            assertTrue(refused.toString().contains("TQ-5035"), refused::toString);
            nodes.stop(leader);

            for (int lost : new int[] {leader, other}) {
                Files.move(nodes.directory(lost), directory.resolve("lost-" + lost));
                grow(nodes, kept, lost);
            }
            submit(nodes.url());
            requireOk(nodes.tqHttp(nodes.awaitLeader(), "verify"));
            nodes.stop(kept);
            requireAll(nodes.url());
            assertTrue(lease(nodes, nodes.awaitLeader()) > next);
            nodes.start(kept);
            nodes.awaitCaughtUp(kept, nodes.awaitLeader());
        }
    }

    @Test
    @DisplayName(
            "a single broker's directory becomes a cluster's only node, two others come to it, and one becomes a single broker's again")
    void takesASingleBrokersData() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory)) {
            try (Broker broker = Broker.start(
                    BrokerConfig.of(nodes.directory(1)).onFreePorts().withPartitions(1))) {
                submit(broker.url());
            }
            CommandHere elsewhere = nodes.tq(1, "init", "--from-data", directory.toString());
            assertEquals(2, elsewhere.exit(), elsewhere::said);
            requireOk(nodes.tq(1, "init", "--from-data", nodes.directory(1).toString()));
            nodes.start(1);
            assertEquals(1, nodes.awaitLeader());
            requireAll(nodes.url());
            grow(nodes, 1, 2);
            grow(nodes, 1, 3);
            submit(nodes.url());
            requireOk(nodes.tqHttp(nodes.awaitLeader(), "verify"));
            nodes.stop(1);
            requireAll(nodes.url());
            nodes.awaitCaughtUp(3, nodes.awaitLeader());
            nodes.stop(2);
            nodes.stop(3);
            requireOk(type(ClusterHere.NAME + "\n", nodes, 3, "export", "n3"));
            try (Broker broker =
                    Broker.start(BrokerConfig.of(nodes.directory(3)).onFreePorts())) {
                requireAll(broker.url());
                submit(broker.url());
            }
            try (Broker broker =
                    Broker.start(BrokerConfig.of(nodes.directory(3)).onFreePorts())) {
                requireAll(broker.url());
            }
        }
    }
}
