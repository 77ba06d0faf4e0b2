package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Keeps a founder's id for the disk that it was first given to. What a founder has confirmed is counted on; an empty disk made by hand under the same id would vote as if it had
 * confirmed nothing. So each directory has an incarnation at random, and a founder's first part in the cluster comes after the others have noted, for good, which one it is of.
 *
 * <p>It takes part when the first node has noted it (the one whose directory was made with the cluster's id), or all the others have. So of two disks of one node that were both let
 * in, the earlier one would be known to a node that the later one has asked, which refuses it: to the first node, which is one of all. The first node itself waits for no other,
 * since its cluster's id is as new as its disk. Made again it is the first no more: it needs all the others, of which each that was ever let in has noted who the first one was.
 *
 * <p>Founders that were let in never ask again. Members that come later have names of their own ({@link NodeFile#newMember}). Any thread.
 */
public final class Founders {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ClusterSettings settings;
    private final Path directory;
    private final OwnFile file;
    private final Link link;
    /** Nodes that have noted this disk for good, since this process began to ask. */
    private final Set<String> noted = new HashSet<>();

    private boolean isNotedByFirst;

    /** To the other nodes. */
    @FunctionalInterface
    interface Link {
        /** @return what the node at this address says by {@link #answer} */
        JsonNode ask(String address, JsonNode question) throws IOException, RefusedException;

        /** That of nodes with this configuration. */
        static Link of(ClusterSettings settings) {
            return (address, question) -> {
                try (NodeLink.Connection other = new NodeLink.Connection(settings, address)) {
                    return other.founder(question);
                } catch (IllegalArgumentException e) {
                    throw new IOException("the certificates of cluster.tls can't be read: " + e.getMessage(), e);
                }
            };
        }
    }

    /** What a founder says of itself, and of those that it knows. */
    private record Answer(String node, String incarnation, boolean isFirst, Map<String, String> known) {}

    Founders(ClusterSettings settings, Path directory, OwnFile file, Link link) {
        this.settings = settings;
        this.directory = directory;
        this.file = file;
        this.link = link;
    }

    /** Whether a node that has no share of the log yet may begin one only when others know of it. */
    static boolean mustAsk(NodeFile own) {
        return !own.isFormed()
                && own.isFounder()
                && !own.origin().isAlone()
                && !own.founding().isFirst();
    }

    /**
     * Asks the others once whether this disk may take part. One thread.
     *
     * @return what it still waits for, one phrase each; empty = it may, from here on
     * @throws JournalException when another disk of this node is known
     */
    List<String> ask() throws IOException {
        Map<String, String> missing = new TreeMap<>();
        askAll(false, missing); // none notes what another one refuses
        List<Answer> answers = askAll(true, missing);
        Map<String, String> known = learn(answers);
        for (Answer each : answers) {
            if (!each.incarnation.equals(known.get(each.node))) {
                noted.remove(each.node); // which may be gone with that disk
                missing.put(each.node, "it is not on the disk that was known before");
            } else {
                noted.add(each.node);
                isNotedByFirst |= each.isFirst;
            }
        }
        missing.keySet().removeAll(noted);
        return isNotedByFirst
                ? List.of()
                : missing.entrySet().stream()
                        .map(each -> "node " + each.getKey() + " has not noted its disk: " + each.getValue())
                        .toList();
    }

    /** On the disk before this node counts on it: the first one may be made again later. */
    private Map<String, String> learn(List<Answer> answers) throws IOException {
        Map<String, String> said = new HashMap<>();
        answers.forEach(each -> said.put(each.node, each.incarnation));
        answers.forEach(each -> said.putAll(each.known)); // by those that have met it before
        said.keySet().retainAll(settings.nodes().keySet()); // so there are no more of them than nodes
        said.remove(settings.node());
        return file.change(own -> own.with(own.founding().knowing(said)))
                .founding()
                .known();
    }

    /**
     * Asks those that answer whether they know another disk of this node; none notes anything.
     *
     * @param own of a directory that is not there yet
     * @throws JournalException when one does
     */
    public static void requireUnknown(ClusterSettings settings, Path directory, NodeFile own) {
        new Founders(settings, directory, new OwnFile(directory, own), Link.of(settings))
                .askAll(false, new TreeMap<>());
    }

    /** @param missing gets why others don't answer, by node */
    private List<Answer> askAll(boolean notes, Map<String, String> missing) {
        NodeFile own = file.present();
        List<Answer> answers = new ArrayList<>();
        new TreeMap<>(settings.nodes()).forEach((node, address) -> {
            if (!node.equals(own.node())) {
                try {
                    JsonNode said = link.ask(address, question(own, node, notes));
                    answers.add(new Answer(
                            node,
                            said.path("incarnation").asText(),
                            said.path("first").asBoolean(),
                            incarnations(said.path("known"))));
                } catch (RefusedException e) {
                    throw new JournalException("TQ-5038 " + directory + " can't be node " + own.node()
                            + " of the cluster " + settings.name() + ": " + e.getMessage()
                            + ". What that one has confirmed may not be here. Empty the directory, and run tq cluster"
                            + " replace " + own.node());
                } catch (IOException e) {
                    missing.put(node, String.valueOf(e.getMessage()));
                }
            }
        });
        return answers;
    }

    private static ObjectNode question(NodeFile own, String asked, boolean notes) {
        return JSON.createObjectNode()
                .put("cluster", own.cluster().toString())
                .put("asked", asked)
                .put("node", own.node())
                .put("incarnation", own.founding().incarnation())
                .put("notes", notes);
    }

    /**
     * What this node says to a founder that has not taken part yet.
     *
     * @throws IOException when this is not the node that is asked
     * @throws RefusedException when another disk of that founder is known here, or may have been
     */
    JsonNode answer(JsonNode asks) throws IOException, RefusedException {
        NodeFile own = file.present();
        UUID cluster = own.cluster();
        if (!cluster.toString().equals(asks.path("cluster").asText())
                || !own.node().equals(asks.path("asked").asText())) {
            throw new IOException("this is node " + own.node() + " of the cluster with the id " + cluster);
        }
        if (!own.isFounder() || own.origin().isAlone()) {
            throw new RefusedException("member " + own.member() + " has not been there from the cluster's beginning,"
                    + " and does not know which disks were");
        }
        if (own.founding().incarnation().isEmpty()) {
            throw new RefusedException("node " + own.node() + " took part before nodes noted each other's disks, and"
                    + " does not know whether this one is new");
        }
        String node = asks.path("node").asText();
        if (!settings.nodes().containsKey(node)) {
            throw new RefusedException("node " + own.node() + " has no node " + node + " among its cluster.nodes");
        }
        String incarnation = asks.path("incarnation").asText();
        if (asks.path("notes").asBoolean()) {
            own = file.change(present -> present.with(present.founding().knowing(Map.of(node, incarnation))));
        }
        String known = own.founding().known().get(node);
        if (known != null && !known.equals(incarnation)) {
            throw new RefusedException("node " + own.node() + " knows another disk of it");
        }
        ObjectNode says = JSON.createObjectNode()
                .put("incarnation", own.founding().incarnation())
                .put("first", own.founding().isFirst());
        ObjectNode all = says.putObject("known");
        new TreeMap<>(own.founding().known()).forEach(all::put);
        return says;
    }

    static Map<String, String> incarnations(JsonNode json) {
        Map<String, String> all = new HashMap<>();
        json.properties().forEach(each -> all.put(each.getKey(), each.getValue().asText()));
        return all;
    }
}
