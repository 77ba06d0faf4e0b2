package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which disks of founders are let in, without a network: {@code a} to {@code c}, each on a first disk or a later one. */
class FoundersTest {
    private static final String CLUSTER = "test";

    @TempDir
    Path directory;

    private final Map<String, String> addresses = new TreeMap<>(Map.of("a", "at-a", "b", "at-b", "c", "at-c"));
    private final Map<String, Node> up = new HashMap<>();
    private UUID cluster;
    private NodeFile first;
    private int disks;

    /** A directory, and the process on it while it is in {@link #up}. */
    private final class Node {
        final Path disk;
        final ClusterSettings settings;
        OwnFile file;
        Founders founders;

        Node(NodeFile made) throws IOException {
            disks++;
            disk = Files.createDirectory(directory.resolve("disk-" + disks));
            settings = new ClusterSettings(
                    CLUSTER,
                    made.node(),
                    addresses,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    "",
                    Duration.ofMillis(300),
                    Duration.ofMillis(600),
                    Duration.ofSeconds(5),
                    Duration.ofMillis(500),
                    null);
            made.write(disk);
            start();
        }

        /** With what its disk has. */
        void start() throws IOException {
            file = new OwnFile(disk, NodeFile.read(disk, settings));
            founders = new Founders(settings, disk, file, FoundersTest.this::ask);
            up.put(file.present().node(), this);
        }

        void stop() {
            up.remove(file.present().node());
        }

        Node form() throws IOException {
            file.change(NodeFile::formed);
            return this;
        }

        void requireLetIn() throws IOException {
            assertEquals(List.of(), founders.ask());
            form();
        }

        void requireWaits(String forWhat) throws IOException {
            List<String> missing = founders.ask();
            assertEquals(1, missing.size(), missing::toString);
            assertTrue(missing.get(0).contains(forWhat), missing::toString);
        }

        void requireRefused(String why) {
            JournalException refused = assertThrows(JournalException.class, founders::ask);
            String said = String.valueOf(refused.getMessage());
            assertTrue(said.contains("TQ-5038") && said.contains(why), said);
            stop();
        }

        Set<String> knows() {
            return new HashSet<>(file.present().founding().known().keySet());
        }
    }

    private JsonNode ask(String address, JsonNode question) throws IOException, RefusedException {
        Node asked = up.get(address.substring(address.length() - 1));
        if (asked == null) {
            throw new IOException(address + " is not there");
        }
        return asked.founders.answer(question);
    }

    @BeforeEach
    void make() {
        first = NodeFile.first(CLUSTER, "a");
        cluster = first.cluster();
    }

    /** As {@code tq cluster init --id} makes one, each time on another disk. */
    private Node later(String node) throws IOException {
        return new Node(new NodeFile(cluster, CLUSTER, node, false));
    }

    @Test
    @DisplayName("the first node asks nobody; one that it has noted takes part, and a second disk of that one does not")
    void firstNotes() throws Exception {
        assertFalse(Founders.mustAsk(first));
        Node a = new Node(first).form();
        Node b = later("b");
        assertTrue(Founders.mustAsk(b.file.present()));
        b.requireLetIn();
        assertFalse(Founders.mustAsk(b.file.present()));
        b.stop();
        Node again = later("b");
        again.requireRefused("node a knows another disk of it");
        a.stop();
        a.start();
        later("b").requireRefused("node a knows another disk of it");
    }

    @Test
    @DisplayName("a disk that was noted and stopped before it took part is the one that comes back")
    void comesBack() throws Exception {
        new Node(first).form();
        Node b = later("b");
        assertEquals(List.of(), b.founders.ask());
        b.stop();
        b.start();
        b.requireLetIn();
    }

    @Test
    @DisplayName("what one refuses no other notes")
    void refusedIsNotNoted() throws Exception {
        Node b = later("b");
        Node c = later("c");
        c.requireWaits("node a has not noted its disk");
        c.stop();
        Node a = later("a");
        Node again = later("c");
        again.requireRefused("node b knows another disk of it");
        assertEquals(Set.of(), a.knows());
        assertEquals(Set.of("c"), b.knows());
    }

    @Test
    @DisplayName("who is let in learns whom the first has let in before, and refuses another disk of that one, too")
    void learnsOfOthers() throws Exception {
        new Node(first).form();
        Node b = later("b");
        b.requireLetIn();
        b.stop();
        Node c = later("c");
        c.requireLetIn();
        up.remove("a");
        later("b").requireRefused("node c knows another disk of it");
        assertEquals(b.file.present().founding().incarnation(), knownAt(c, "b"));
    }

    private static String knownAt(Node node, String other) {
        return node.file.present().founding().known().getOrDefault(other, "");
    }

    @Test
    @DisplayName("while the first node is away a disk waits, also with a node that has never met the one before")
    void waitsForTheFirst() throws Exception {
        Node a = new Node(first).form();
        Node b = later("b");
        b.requireLetIn();
        b.stop();
        Node c = later("c");
        c.requireLetIn();
        c.stop();
        a.stop();
        b.start();
        assertFalse(b.knows().contains("c"));
        Node again = later("c");
        again.requireWaits("node a has not noted its disk: at-a is not there");
        a.start();
        again.requireRefused("node a knows another disk of it");
    }

    @Test
    @DisplayName("two empty disks don't begin a cluster anew while the third node is away, that may have its tasks")
    void twoDontBegin() throws Exception {
        new Node(first).form();
        later("b").requireLetIn();
        up.clear();
        Node a = later("a"); // made again: it is the first no more
        Node c = later("c");
        a.requireWaits("node b has not noted its disk");
        c.requireWaits("node b has not noted its disk");
    }

    @Test
    @DisplayName("the first node, made again, is refused by any that it let in")
    void firstMadeAgain() throws Exception {
        new Node(first).form();
        Node b = later("b");
        b.requireLetIn();
        up.clear();
        b.start();
        later("a").requireRefused("node b knows another disk of it");
    }

    @Test
    @DisplayName("without a first node all are needed, and each has to be on the disk that was noted")
    void allNote() throws Exception {
        Node a = later("a");
        Node b = later("b");
        a.requireWaits("node c has not noted its disk");
        b.requireWaits("node c has not noted its disk");
        Node c = later("c");
        c.requireLetIn();
        a.requireLetIn();
        a.stop();
        Node again = later("a");
        b.requireWaits("it is not on the disk that was known before");
        again.requireRefused("another disk");
        a.start();
        b.requireLetIn();
    }

    @Test
    @DisplayName("what a node has noted stays so while it is away")
    void notedOnce() throws Exception {
        Node a = later("a");
        Node b = later("b");
        b.requireWaits("node c has not noted its disk");
        a.stop();
        later("c");
        b.requireLetIn();
        b.stop();
        a.start();
        later("b").requireRefused("node a knows another disk of it");
    }

    @Test
    @DisplayName("nodes that came later, or took part before disks were noted, let no founder in")
    void knowsNothing() throws Exception {
        new Node(new NodeFile(cluster, CLUSTER, "a", true, "a", null, NodeFile.Origin.NEW, NodeFile.Founding.NONE));
        later("c").requireRefused("node a took part before nodes noted each other's disks");
        new Node(new NodeFile(
                cluster,
                CLUSTER,
                "a",
                true,
                NodeFile.newMember("a"),
                null,
                NodeFile.Origin.NEW,
                NodeFile.Founding.NONE));
        later("c").requireRefused("has not been there from the cluster's beginning");
        new Node(new NodeFile(
                cluster, CLUSTER, "a", true, "a", null, new NodeFile.Origin(3, null, true), NodeFile.Founding.NONE));
        later("c").requireRefused("has not been there from the cluster's beginning");
    }

    @Test
    @DisplayName("a node of another cluster, or another node at that address, notes nothing")
    void notTheOneAsked() throws Exception {
        new Node(NodeFile.first(CLUSTER, "a"));
        Node b = later("b");
        Node c = later("c");
        b.requireWaits("this is node a of the cluster with the id");
        assertEquals(Set.of("c"), b.knows());
        addresses.put("a", "at-c");
        later("b").requireRefused("another disk"); // of c, which has noted the one before
        c.founders.ask();
        assertFalse(c.knows().contains("a"));
    }

    @Test
    @DisplayName("a node notes none but the nodes of its configuration, however many names it is told")
    void notesNoStranger() throws Exception {
        Node a = new Node(first).form();
        Node b = later("b");
        ObjectNode stranger = JsonNodeFactory.instance
                .objectNode()
                .put("cluster", cluster.toString())
                .put("asked", "a")
                .put("node", "z")
                .put("incarnation", "any")
                .put("notes", true);
        assertThrows(RefusedException.class, () -> a.founders.answer(stranger));
        assertEquals(Set.of(), a.knows());
        a.file.change(own -> own.with(own.founding().knowing(Map.of("z", "any"))));
        b.requireLetIn();
        assertEquals(Set.of("a"), b.knows());
    }
}
