package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * {@code node.json} in a data directory: which node of which cluster it belongs to. Only {@code tq cluster init} makes it, so an empty directory never forms or joins a
 * cluster by itself: a node that lost its disk would vote as if it knew nothing, and what only it and one other had confirmed could be lost.
 *
 * @param isFormed this node has taken part once: its share of the log must be there
 */
public record NodeFile(UUID cluster, String name, String node, boolean isFormed) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "node.json";

    /** @throws JournalException when there is none, or it can't be read, or is another node's */
    public static NodeFile read(Path directory, ClusterSettings settings) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new JournalException(
                    "TQ-5001 " + directory + " belongs to no node of a cluster, and cluster.name is \""
                            + settings.name()
                            + "\". For a new cluster run tq cluster init on one node, and with the id that it"
                            + " prints on each of the others. If this node's disk was lost, it must not come back under its old id");
        }
        NodeFile found = parse(file);
        if (!found.name.equals(settings.name()) || !found.node.equals(settings.node())) {
            throw new JournalException("TQ-5002 " + directory + " belongs to node " + found.node + " of the cluster "
                    + found.name + ", the configuration says node " + settings.node() + " of " + settings.name()
                    + "; set cluster.name and cluster.node, or journal.dir, right");
        }
        return found;
    }

    private static NodeFile parse(Path file) throws IOException {
        try {
            JsonNode json = JSON.readTree(file.toFile());
            return new NodeFile(
                    UUID.fromString(json.path("cluster").asText()),
                    json.path("name").asText(),
                    json.path("node").asText(),
                    json.path("formed").asBoolean());
        } catch (IllegalArgumentException | com.fasterxml.jackson.core.JacksonException e) {
            throw new JournalException("TQ-5003 " + file + " can't be understood: " + e.getMessage());
        }
    }

    /** Whether a directory is a node's. */
    public static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    NodeFile formed() {
        return new NodeFile(cluster, name, node, true);
    }

    /** Appears whole, and for good, or not at all. */
    public void write(Path directory) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("cluster", cluster.toString())
                .put("name", name)
                .put("node", node)
                .put("formed", isFormed);
        replace(directory, FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    static void replace(Path directory, String name, String text) throws IOException {
        Path fresh = directory.resolve(name + ".new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
            folder.force(true);
        }
    }
}
