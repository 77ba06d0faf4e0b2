package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are lost and replaced, nodes that come and go, in real processes. */
@Timeout(600)
class ClusterReplaceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SOME = 60;
    private static final int WORDS = 16;

    @TempDir
    Path directory;

    private final Map<String, Long> confirmed = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

    private void submit(Telpher client, String queue, int count, int bytes) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            String key = "task-" + confirmed.size();
            byte[] payload = new byte[WORDS + bytes];
            new Random(confirmed.size()).nextBytes(payload);
            System.arraycopy(key.getBytes(StandardCharsets.UTF_8), 0, payload, 0, key.length());
            payload[key.length()] = ' ';
            while (!confirmed.containsKey(key)) {
                try {
                    confirmed.put(
                            key,
                            client.submit(TaskSpec.type("count")
                                            .queue(queue)
                                            .idempotencyKey(key)
                                            .payload(payload))
                                    .taskId());
                } catch (TelpherException e) {
                    Thread.sleep(10); // the outcome is not known: the same key again
                }
            }
        }
    }

    private static String key(byte[] payload) {
        String text = new String(payload, 0, WORDS, StandardCharsets.ISO_8859_1);
        return text.substring(0, text.indexOf(' '));
    }

    private Worker worker(Telpher client) {
        return client.worker("work").concurrency(4).start(task -> {
            String key = key(task.payload());
            runs.computeIfAbsent(key, each -> new AtomicInteger()).incrementAndGet();
            return Result.of("text/plain", key.getBytes(StandardCharsets.UTF_8));
        });
    }

    private void requireAllDone(Telpher client) {
        confirmed.forEach((key, id) -> {
            TaskView task = client.waitFor(id, PATIENCE);
            assertEquals(TaskState.COMPLETED, task.state, key);
            assertEquals(key, StandardCharsets.UTF_8.decode(task.result.bytes()).toString());
        });
    }

    private Map<String, Integer> runsSoFar() {
        Map<String, Integer> counts = new HashMap<>();
        runs.forEach((key, count) -> counts.put(key, count.get()));
        return counts;
    }

    private static void requireLogged(ClusterNodes nodes, int node, String code) throws Exception {
        assertTrue(Files.readString(nodes.log(node)).contains(code), () -> code + " is not in the log of node " + node);
    }

    @Test
    @DisplayName("a lost disk is replaced; then the old leader is lost: nothing is missing, nothing is done again")
    void replacesALostDisk() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int leader = nodes.awaitLeader();
            int lost = leader % ClusterNodes.COUNT + 1;
            Path disk = nodes.directory(lost);
            Path old = directory.resolve("old-disk");
            try (Telpher client = Telpher.connect(nodes.url(), "submits");
                    Telpher hands = Telpher.connect(nodes.url(), "works");
                    Worker worker = worker(hands)) {
                submit(client, "work", SOME, 0);
                nodes.kill(lost);
                Files.move(disk, old);
                Files.createDirectory(disk);
                submit(client, "work", SOME, 0);
                assertNull(nodes.start(lost));
                requireLogged(nodes, lost, "TQ-5001");

                requireAllDone(client);
                Map<String, Integer> before = runsSoFar();
                int asked = nodes.awaitLeader();
                assertEquals(0, nodes.install("replace", lost, asked, "64MiB").waitFor(), () -> tail(nodes, lost));
                submit(client, "work", SOME, 0); // what came since is in the log, which is kept for it
                assertNotNull(nodes.start(lost));
                nodes.awaitMember(asked, lost, member -> member.startsWith("n" + lost + "."));
                nodes.awaitCaughtUp(lost, nodes.awaitLeader());
                submit(client, "work", SOME, 0);

                int second = nodes.awaitLeader();
                nodes.kill(second);
                submit(client, "work", SOME, 0);
                requireAllDone(client);
                nodes.start(second);
                nodes.awaitCaughtUp(second, nodes.awaitLeader());
                nodes.transfer(lost); // and it has all of it by itself
                requireAllDone(client);
                assertEquals(5 * SOME, confirmed.size());
                Map<String, Integer> after = runsSoFar();
                before.forEach((key, count) -> assertEquals(count, after.getOrDefault(key, 0), key));

                // The disk that was lost turns up again, in the place of the one that came for it.
                nodes.kill(lost);
                Files.move(disk, directory.resolve("new-disk"));
                Files.move(old, disk);
                nodes.start(lost);
                nodes.awaitEnd(lost);
                requireLogged(nodes, lost, "TQ-5008");
            }
        }
    }

    private static String tail(ClusterNodes nodes, int node) {
        try {
            return Files.readString(nodes.log(node));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    @DisplayName(
            "a node is added, though its install is killed in the middle, and it while it joins; then it is removed")
    void addsAndRemovesANode() throws Exception {
        int fourth = ClusterNodes.FOURTH;
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int leader = nodes.awaitLeader();
            try (Telpher client = Telpher.connect(nodes.url(), "submits")) {
                submit(client, "rest", SOME, 32 << 10);
                cut(nodes, leader, 1, client); // so that it needs the snapshot
                Process install = nodes.install("add", fourth, leader, "256KiB");
                Path journal = nodes.directory(fourth).resolve("journal");
                while (!Files.isDirectory(journal) && install.isAlive()) {
                    Thread.sleep(10);
                }
                install.destroyForcibly().waitFor();
                assertTrue(Files.isDirectory(journal), () -> tail(nodes, fourth));
                assertFalse(Files.exists(nodes.directory(fourth).resolve("node.json")), "it was in the middle");
                assertEquals(0, nodes.install("add", fourth, leader, "64MiB").waitFor(), () -> tail(nodes, fourth));
                Path aside = directory.resolve("aside");
                copyAll(nodes.directory(fourth), aside);
                long had = Long.parseLong(
                        Files.readString(aside.resolve("raft.covered")).split(" ")[1]);

                // Nobody cuts what it needs, though a snapshot and all members have it.
                anotherTerm(nodes, leader, client);
                for (int i = 0; i < 3; i++) {
                    snapshot(nodes, leader, client);
                }
                assertTrue(nodes.firstIndex(leader) <= had + 1, "the log was cut");

                assertNotNull(nodes.start(fourth));
                nodes.kill(fourth);
                assertNotNull(nodes.start(fourth));
                int present = nodes.awaitLeader();
                nodes.awaitMember(present, fourth, member -> !member.isEmpty());
                nodes.awaitCaughtUp(fourth, present);
                nodes.transfer(fourth);
                submit(client, "rest", 1, 0);
                requireAllWait(client);
                HttpResponse<String> refused = nodes.post(fourth, "/api/v1/cluster/remove", "{\"node\":\"n4\"}");
                assertEquals(400, refused.statusCode(), refused::body);
                nodes.transfer(leader);
                HttpResponse<String> begun = nodes.post(leader, "/api/v1/cluster/remove", "{\"node\":\"n4\"}");
                assertEquals(202, begun.statusCode(), begun::body);
                nodes.awaitMember(leader, fourth, String::isEmpty);
                nodes.awaitEnd(fourth);
                requireLogged(nodes, fourth, "TQ-5008");
                refused = nodes.post(leader, "/api/v1/cluster/remove", "{\"node\":\"n1\"}");
                assertEquals(400, refused.statusCode(), refused::body);
                requireAllWait(client);

                // A copy that was put aside for so long that the log was cut behind it.
                cut(nodes, leader, had, client);
                Files.move(nodes.directory(fourth), directory.resolve("removed"));
                Files.move(aside, nodes.directory(fourth));
                nodes.start(fourth);
                nodes.awaitEnd(fourth);
                requireLogged(nodes, fourth, "TQ-5007");
                assertEquals("", nodes.member(leader, fourth));
            }
        }
    }

    /** Until the leader has no more of the shared log than from behind this index. */
    private void cut(ClusterNodes nodes, int leader, long index, Telpher client) throws Exception {
        anotherTerm(nodes, leader, client);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (nodes.firstIndex(leader) <= index) { // as far as it knows, with each snapshot, that the others have it
            assertTrue(System.nanoTime() < until, "the log is not cut");
            snapshot(nodes, leader, client);
        }
    }

    /** So that the files of the shared log up to here can be cut: in another term another one begins. */
    private void anotherTerm(ClusterNodes nodes, int leader, Telpher client) throws Exception {
        nodes.transfer(leader % ClusterNodes.COUNT + 1);
        submit(client, "rest", 1, 0);
        nodes.transfer(leader);
    }

    private void snapshot(ClusterNodes nodes, int leader, Telpher client) throws Exception {
        submit(client, "rest", 1, 0);
        HttpResponse<String> snapshot = nodes.post(leader, "/api/v1/snapshot", "");
        assertEquals(200, snapshot.statusCode(), snapshot::body);
        Thread.sleep(100);
    }

    private static void copyAll(Path from, Path to) throws IOException {
        try (Stream<Path> there = Files.walk(from)) {
            for (Path each : there.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private void requireAllWait(Telpher client) {
        confirmed.forEach((key, id) -> assertEquals(TaskState.READY, client.get(id).state, key));
    }
}
