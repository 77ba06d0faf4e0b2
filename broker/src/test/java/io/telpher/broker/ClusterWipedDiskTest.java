package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.cli.CommandHere;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node comes back with an empty disk, made by hand under its old id; and one that looks the same, and has never been there. */
@Timeout(300)
class ClusterWipedDiskTest {
    private static final int TASKS = 100;
    private static final int LOOK_MS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final List<Long> tasks = new ArrayList<>();

    private void submit(ClusterHere nodes) {
        try (Telpher client = Telpher.connect(nodes.url(), "submits")) {
            for (int i = 0; i < TASKS; i++) {
                tasks.add(client.submit(TaskSpec.type("count").queue("work").payload("x"))
                        .taskId());
            }
        }
    }

    private void requireAll(ClusterHere nodes) {
        try (Telpher client = Telpher.connect(nodes.url(), "looks")) {
            for (long id : tasks) {
                assertEquals(TaskState.READY, client.get(id).state);
            }
        }
    }

    /** Its disk is gone, and another one is in its place. */
    private void wipe(ClusterHere nodes, int node) throws Exception {
        nodes.stop(node);
        Files.move(nodes.directory(node), directory.resolve("lost-" + System.nanoTime()));
        Files.createDirectories(nodes.directory(node));
    }

    /** As a person does, who takes it for a new one. */
    private static CommandHere initAgain(ClusterHere nodes, int node, UUID cluster) {
        return nodes.tq(node, "init", "--id", cluster.toString());
    }

    private static void requireRefused(String said) {
        assertTrue(said.contains("TQ-5038") && said.contains("tq cluster replace n3"), said);
    }

    @Test
    @DisplayName(
            "what two disks have is not lost to a third that lacks it and one that was made again under its old id")
    void keepsWhatWasConfirmed() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory)) {
            UUID cluster = nodes.initByCommand();
            nodes.startAll();
            nodes.awaitCaughtUp(2, nodes.awaitLeader());
            nodes.stop(2);
            nodes.awaitLeader();
            submit(nodes); // which the first and the third have
            nodes.stop(1);
            wipe(nodes, 3);
            CommandHere init = initAgain(nodes, 3, cluster);
            assertEquals(0, init.exit(), "no node runs that could know better; " + init.said());
            nodes.start(3);
            nodes.start(2);
            requireRefused(nodes.awaitFailure(3).toString());
            nodes.stop(3);
            nodes.start(1);
            nodes.awaitLeader();
            requireAll(nodes);
        }
    }

    @Test
    @DisplayName("init is refused while a node answers that knows the old disk; replace brings the node back")
    void refusesTheCommand() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory)) {
            UUID cluster = nodes.initByCommand();
            nodes.startAll();
            nodes.awaitLeader();
            submit(nodes);
            wipe(nodes, 3);
            int leader = nodes.awaitLeader();
            CommandHere init = initAgain(nodes, 3, cluster);
            assertEquals(4, init.exit(), init::said);
            requireRefused(init.said());
            assertTrue(NodeFile.isNew(nodes.directory(3)), "nothing was made");
            CommandHere replace = nodes.tq(3, "replace", "n3", "--http", "http://" + nodes.http(leader));
            assertEquals(0, replace.exit(), replace::said);
            nodes.start(3);
            nodes.awaitMember(leader, 3, member -> member.startsWith("n3."));
            requireAll(nodes);
        }
    }

    @Test
    @DisplayName("a founder that starts for the first time when the others have worked for long is let in")
    void letsInWhoComesLate() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory)) {
            nodes.initByCommand();
            nodes.start(1);
            nodes.start(2);
            nodes.awaitLeader();
            submit(nodes);
            nodes.stop(2);
            nodes.start(2);
            nodes.awaitCaughtUp(2, nodes.awaitLeader());
            nodes.start(3);
            awaitFormed(nodes, 3);
            nodes.awaitCaughtUp(3, nodes.awaitLeader());
            nodes.stop(1); // from here on the others need nobody's leave
            nodes.awaitLeader();
            submit(nodes);
            nodes.stop(3);
            nodes.start(3);
            nodes.awaitLeader();
            requireAll(nodes);
        }
    }

    @Test
    @DisplayName("where the only node that answers has never met the old disk, the new one waits for one that has")
    void waitsForOneThatKnows() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory)) {
            UUID cluster = nodes.initByCommand();
            nodes.start(1);
            nodes.start(2);
            nodes.awaitLeader();
            nodes.stop(2);
            nodes.stop(1);
            nodes.start(
                    1); // one that goes on knows what is agreed on, and Raft's library counts no vote of an empty log
            // then
            nodes.start(3); // let in by the first
            nodes.awaitLeader();
            submit(nodes);
            assertTrue(file(nodes, 2).founding().known().get("n3") == null);
            nodes.stop(1);
            wipe(nodes, 3);
            assertEquals(0, initAgain(nodes, 3, cluster).exit());
            nodes.start(3);
            nodes.start(2);
            until(() -> file(nodes, 2).founding().known().get("n3") != null);
            assertFalse(file(nodes, 3).isFormed(), "the first has not answered");
            nodes.start(1);
            requireRefused(nodes.awaitFailure(3).toString());
            nodes.awaitLeader();
            requireAll(nodes);
        }
    }

    @Test
    @DisplayName(
            "without a first node, with an id that was made elsewhere, a cluster begins when all its nodes are there")
    void beginsWithAll() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory).init()) {
            nodes.start(1);
            nodes.start(2);
            until(() -> file(nodes, 1).founding().known().get("n2") != null
                    && file(nodes, 2).founding().known().get("n1") != null);
            assertFalse(file(nodes, 1).isFormed());
            assertFalse(Files.exists(nodes.directory(2)
                    .resolve("raft")
                    .resolve(file(nodes, 2).cluster().toString())));
            nodes.start(3);
            nodes.awaitLeader();
            submit(nodes);
            for (int i = 1; i <= ClusterHere.COUNT; i++) {
                awaitFormed(nodes, i);
            }
        }
    }

    @Test
    @DisplayName("nodes of a version that noted no disks go on, new ones of it begin, and none is made again")
    void takesOverFromBefore() throws Exception {
        try (ClusterHere nodes = new ClusterHere(directory).init()) {
            for (int i = 1; i <= ClusterHere.COUNT; i++) {
                asBefore(nodes, i);
            }
            nodes.startAll();
            nodes.awaitLeader();
            submit(nodes);
            for (int i = 1; i <= ClusterHere.COUNT; i++) {
                awaitFormed(nodes, i);
                nodes.stop(i);
                asBefore(nodes, i);
            }
            nodes.startAll();
            nodes.awaitLeader();
            requireAll(nodes);
            UUID cluster = file(nodes, 3).cluster();
            wipe(nodes, 3);
            CommandHere init = initAgain(nodes, 3, cluster);
            requireRefused(init.said());
            assertTrue(NodeFile.isNew(nodes.directory(3)), "nothing was made");
        }
    }

    private static NodeFile file(ClusterHere nodes, int node) {
        try {
            return NodeFile.read(nodes.directory(node), nodes.settings(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void until(BooleanSupplier reached) throws InterruptedException {
        while (!reached.getAsBoolean()) { // the test's time has a limit
            Thread.sleep(LOOK_MS);
        }
    }

    private static void awaitFormed(ClusterHere nodes, int node) throws InterruptedException {
        until(() -> file(nodes, node).isFormed());
    }

    /** Its file says what that version wrote. */
    private static void asBefore(ClusterHere nodes, int node) throws IOException {
        Path file = nodes.directory(node).resolve("node.json");
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        json.remove("founding");
        Files.writeString(file, JSON.writeValueAsString(json));
    }
}
