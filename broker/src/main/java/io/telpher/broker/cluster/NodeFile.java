package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code node.json} in a data directory: which node of which cluster it belongs to. Only {@code tq cluster init}, {@code replace} and {@code add} make it, so an empty directory
 * never forms or joins a cluster by itself: a node that lost its disk would vote as if it knew nothing, and what only it and one other had confirmed could be lost.
 *
 * @param isFormed this node has taken part once: its share of the log must be there
 * @param member under which this directory votes, of no other directory ever: the node's id as long as its first disk is there, then {@code n3.5f0c21ab}
 * @param joining what is still to be done until it is one; null = nothing
 * @param origin of its cluster
 * @param founding what keeps a founder's id for this disk
 */
public record NodeFile(
        UUID cluster,
        String name,
        String node,
        boolean isFormed,
        String member,
        @Nullable Joining joining,
        Origin origin,
        Founding founding) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "node.json";
    /** In a volume that was only just made: of its file system, and of the container image. */
    private static final Set<String> HARMLESS = Set.of("lost+found", ".keep");

    /** Not in an id of a node. */
    private static final char DISK = '.';

    /**
     * What a cluster began with.
     *
     * @param terms added to Raft's: data that were there before know leaderships up to there. The same on all nodes
     * @param former the cluster that lost its other nodes, and that this one comes in the place of; null = none
     * @param isAlone this node began it by itself
     */
    public record Origin(long terms, @Nullable UUID former, boolean isAlone) {
        static final Origin NEW = new Origin(0, null, false);

        /** Of a node that comes later. */
        Origin ofOthers() {
            return new Origin(terms, former, false);
        }

        private static Origin of(JsonNode json) {
            return new Origin(
                    json.path("terms").asLong(),
                    json.hasNonNull("former")
                            ? UUID.fromString(json.path("former").asText())
                            : null,
                    json.path("alone").asBoolean());
        }

        private void write(ObjectNode json) {
            json.put("terms", terms).put("alone", isAlone);
            if (former != null) {
                json.put("former", former.toString());
            }
        }
    }

    /**
     * @param replaces the member in whose place it comes; empty = it comes beside the others
     * @param links addresses of the members' node links
     */
    public record Joining(String replaces, List<String> links) {
        public Joining {
            links = List.copyOf(links);
        }
    }

    /**
     * Which disk of its node this is, and which disks of the other founders are known here, see {@link Founders}.
     *
     * @param incarnation of this directory, at random; empty = its node took part before there were any, or came later than the founders
     * @param isFirst made together with the cluster's id, so that no other disk of this node can have been in the cluster
     * @param known incarnations of other founders by node; once there, a node's is never changed
     */
    public record Founding(String incarnation, boolean isFirst, Map<String, String> known) {
        static final Founding NONE = new Founding("", false, Map.of());

        public Founding {
            known = Map.copyOf(known);
        }

        private static Founding made(boolean isFirst) {
            return new Founding(UUID.randomUUID().toString(), isFirst, Map.of());
        }

        /** What is known of a node stays. */
        Founding knowing(Map<String, String> others) {
            Map<String, String> all = new TreeMap<>(others);
            all.putAll(known);
            return new Founding(incarnation, isFirst, all);
        }

        private static Founding of(JsonNode json) {
            return new Founding(
                    json.path("incarnation").asText(),
                    json.path("first").asBoolean(),
                    Founders.incarnations(json.path("known")));
        }

        private void write(ObjectNode json) {
            json.put("incarnation", incarnation).put("first", isFirst);
            ObjectNode all = json.putObject("known");
            new TreeMap<>(known).forEach(all::put);
        }
    }

    /** Of a cluster that begins, whose id is known elsewhere. */
    public NodeFile(UUID cluster, String name, String node, boolean isFormed) {
        this(cluster, name, node, isFormed, node, null, Origin.NEW, Founding.made(false));
    }

    /** The first of a cluster that begins: with it comes the cluster's id. */
    public static NodeFile first(String name, String node) {
        return new NodeFile(UUID.randomUUID(), name, node, false, node, null, Origin.NEW, Founding.made(true));
    }

    /** Whether nothing is there that could be a node's, or anything else's. */
    public static boolean isNew(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> there = Files.list(directory)) {
            return there.allMatch(each -> HARMLESS.contains(each.getFileName().toString()));
        }
    }

    /** A member's name that was never used: of another directory of this node. */
    static String newMember(String node) {
        return node + DISK + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Which node a member is. */
    static String nodeOf(String member) {
        int disk = member.indexOf(DISK);
        return disk < 0 ? member : member.substring(0, disk);
    }

    /** Whether it was a member from the cluster's beginning, so that the configuration names the others. */
    boolean isFounder() {
        return origin.isAlone || member.equals(node);
    }

    /** @throws JournalException when there is none, or it can't be read, or is another node's, or the directory was found to be in another state than the others */
    public static NodeFile read(Path directory, ClusterSettings settings) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new JournalException(
                    "TQ-5001 " + directory + " belongs to no node of a cluster, and cluster.name is \""
                            + settings.name()
                            + "\". For a new cluster run tq cluster init on one node, and with the id that it"
                            + " prints on each of the others. If this node's disk was lost, run tq cluster replace "
                            + settings.node() + ": it must not come back as what it was");
        }
        NodeFile found = parse(file);
        if (!found.name.equals(settings.name()) || !found.node.equals(settings.node())) {
            throw new JournalException("TQ-5002 " + directory + " belongs to node " + found.node + " of the cluster "
                    + found.name + ", the configuration says node " + settings.node() + " of " + settings.name()
                    + "; set cluster.name and cluster.node, or journal.dir, right");
        }
        StateChecks.requireSound(directory, found.node);
        return found;
    }

    private static NodeFile parse(Path file) throws IOException {
        try {
            JsonNode json = JSON.readTree(file.toFile());
            String node = json.path("node").asText();
            return new NodeFile(
                    UUID.fromString(json.path("cluster").asText()),
                    json.path("name").asText(),
                    node,
                    json.path("formed").asBoolean(),
                    json.path("member").asText(node),
                    json.has("joining") ? joining(json.path("joining")) : null,
                    Origin.of(json.path("origin")),
                    Founding.of(json.path("founding")));
        } catch (IllegalArgumentException | com.fasterxml.jackson.core.JacksonException e) {
            throw new JournalException("TQ-5003 " + file + " can't be understood: " + e.getMessage());
        }
    }

    private static Joining joining(JsonNode json) {
        List<String> links = new ArrayList<>();
        json.path("links").forEach(link -> links.add(link.asText()));
        return new Joining(json.path("replaces").asText(), links);
    }

    /** Whether a directory is a node's. */
    public static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /** The directory is no node's any more. */
    static void delete(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
        DurableFile.force(directory);
    }

    NodeFile formed() {
        return new NodeFile(cluster, name, node, true, member, joining, origin, founding);
    }

    NodeFile joined() {
        return new NodeFile(cluster, name, node, isFormed, member, null, origin, founding);
    }

    NodeFile with(Founding other) {
        return new NodeFile(cluster, name, node, isFormed, member, joining, origin, other);
    }

    /** One that was made by a version without incarnations, and has not taken part yet, gets its own. */
    NodeFile withIncarnation() {
        return founding.incarnation.isEmpty() ? with(Founding.made(false)) : this;
    }

    /** Appears whole, and for good, or not at all. */
    public void write(Path directory) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("cluster", cluster.toString())
                .put("name", name)
                .put("node", node)
                .put("formed", isFormed)
                .put("member", member);
        if (!origin.equals(Origin.NEW)) {
            origin.write(json.putObject("origin"));
        }
        if (!founding.equals(Founding.NONE)) {
            founding.write(json.putObject("founding"));
        }
        if (joining != null) {
            ObjectNode open = json.putObject("joining").put("replaces", joining.replaces);
            ArrayNode links = open.putArray("links");
            joining.links.forEach(links::add);
        }
        DurableFile.replace(
                directory.resolve(FILE), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }
}
