package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a new disk may be made, and under which name it votes. */
class InstallTest {
    private static final Duration SOME_TIME = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    private static ClusterSettings settings(String node) {
        return new ClusterSettings(
                "test",
                node,
                Map.of("n1", "127.0.0.1:1", "n2", "127.0.0.1:2", "n3", "127.0.0.1:3"),
                InetSocketAddress.createUnresolved("127.0.0.1", 1),
                "",
                SOME_TIME,
                SOME_TIME,
                SOME_TIME,
                SOME_TIME,
                null);
    }

    private Install begin(String node) throws IOException {
        return Install.begin(settings(node), directory);
    }

    private void requireRefused(String node, String why) {
        JournalException refused = assertThrows(JournalException.class, () -> begin(node));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
    }

    @Test
    @DisplayName("what was begun goes on under the same name, for the same node only")
    void goesOn() throws IOException {
        Files.createDirectory(directory.resolve("lost+found"));
        Install first = begin("n3");
        assertTrue(first.member().startsWith("n3."), first.member());
        assertEquals("n3", NodeFile.nodeOf(first.member()));
        assertEquals("127.0.0.1:3", first.link());
        Files.createDirectory(directory.resolve("journal"));
        assertEquals(first.member(), begin("n3").member());
        requireRefused("n2", "TQ-5021");
        assertFalse(NodeFile.isIn(directory));
        JournalException noNode = assertThrows(JournalException.class, () -> NodeFile.read(directory, settings("n3")));
        assertTrue(String.valueOf(noNode.getMessage()).contains("TQ-5001"), noNode::getMessage);
    }

    @Test
    @DisplayName("nothing is made where anything is")
    void refuses() throws IOException {
        Path file = Files.writeString(directory.resolve("anything"), "");
        requireRefused("n3", "TQ-5021");
        Files.delete(file);
        new NodeFile(UUID.randomUUID(), "test", "n3", true).write(directory);
        requireRefused("n3", "a node's already");
    }

    @Test
    @DisplayName("each directory has a name of its own, and what is to be done is remembered with it")
    void namesAreNew() throws IOException {
        assertNotEquals(NodeFile.newMember("n3"), NodeFile.newMember("n3"));
        NodeFile made = new NodeFile(
                UUID.randomUUID(),
                "test",
                "n3",
                false,
                NodeFile.newMember("n3"),
                new NodeFile.Joining("n3", java.util.List.of("127.0.0.1:1", "127.0.0.1:2")),
                new NodeFile.Origin(7, UUID.randomUUID(), true),
                new NodeFile.Founding("one", true, Map.of("n1", "two")));
        made.write(directory);
        assertEquals(made, NodeFile.read(directory, settings("n3")));
        assertTrue(made.isFounder(), "it began alone");
        assertFalse(new NodeFile(
                        made.cluster(),
                        "test",
                        "n3",
                        false,
                        made.member(),
                        null,
                        made.origin().ofOthers(),
                        NodeFile.Founding.NONE)
                .isFounder());
        made.formed().joined().write(directory);
        NodeFile joined = NodeFile.read(directory, settings("n3"));
        assertEquals(made.member(), joined.member());
        assertTrue(joined.isFormed());
        assertEquals(null, joined.joining());
    }
}
