package io.telpher.broker.cli.disk;

import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.Founders;
import io.telpher.broker.cluster.LoneNode;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.broker.config.Units;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.partition.salvage.DataDirectory;
import io.telpher.broker.security.AuditLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code journal.dir} of a node that does not run: made that of a new node, of a cluster's only one, of a single broker. Each method returns the exit
 * code of its command, and has said why when that isn't 0.
 */
final class NodeDirectory {
    private final Path directory;
    private final ClusterSettings settings;
    private final PrintWriter out;
    private final PrintWriter err;

    /** @param settings of the node whose directory it is, or will be */
    NodeDirectory(Path directory, ClusterSettings settings, PrintWriter out, PrintWriter err) {
        this.directory = directory;
        this.settings = settings;
        this.out = out;
        this.err = err;
    }

    /** An empty directory becomes that of a new node. */
    int init(@Nullable UUID id, Output output) throws IOException {
        if (!NodeFile.isNew(directory)) {
            err.println(directory + " is not empty; a new node begins with an empty directory"
                    + (NodeFile.isIn(directory) ? ", and this one is a node's already" : ""));
            return Exit.USAGE;
        }
        NodeFile node = id == null
                ? NodeFile.first(settings.name(), settings.node())
                : new NodeFile(id, settings.name(), settings.node(), false);
        if (id != null) {
            Founders.requireUnknown(settings, directory, node);
        }
        UUID cluster = node.cluster();
        DataDirectory.create(directory);
        node.write(directory);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cluster", cluster.toString());
        fields.put("node", settings.node());
        String next = id == null
                ? "On each of the others: tq cluster init --id " + cluster + ", then start them all."
                : "Start it with the others.";
        output.says(
                out,
                directory + " is node " + settings.node() + " of the cluster " + settings.name() + ". " + next,
                fields);
        return 0;
    }

    /** The data of a stopped single broker become those of a cluster's only node. */
    int initFrom(Path data, @Nullable UUID id, Output output) throws IOException, InterruptedException {
        if (id != null) {
            err.println("--id is for the nodes of a cluster that begins without data; to one with data they come by tq"
                    + " cluster add");
            return Exit.USAGE;
        }
        if (!Files.isDirectory(data) || !Files.isSameFile(data, directory)) {
            err.println("--from-data " + data + " is not " + directory + ", where journal.dir of this node is; set"
                    + " journal.dir to it, or copy the stopped broker's directory there first");
            return Exit.USAGE;
        }
        LoneNode node = LoneNode.ofData(settings, directory);
        long tasks;
        UUID cluster;
        try (StoppedNode stopped = StoppedNode.open(directory)) {
            stopped.take(node);
            tasks = stopped.tasks();
            cluster = node.begin(stopped.sequence(), stopped.epoch());
        }
        tellAlone(cluster, tasks, output);
        return 0;
    }

    /** A survivor becomes the only node of a new cluster. */
    int recover(String keep, Output output) throws IOException, InterruptedException {
        if (!isOf(keep)) {
            return Exit.USAGE;
        }
        LoneNode node = LoneNode.survivor(settings, directory);
        try (StoppedNode stopped = StoppedNode.open(directory)) {
            String end = describe(node, stopped);
            err.println("Compare this with every other directory that can be reached, and keep the highest term,"
                    + " then the highest index. What was confirmed and is not here will be lost. The other nodes"
                    + " must be stopped, and stay so.");
            if (!isConfirmed()) {
                return Exit.REFUSED;
            }
            stopped.take(node);
            note("CLUSTER_RECOVER", keep, "unsafe, " + end);
            UUID cluster = node.begin(stopped.sequence(), stopped.epoch());
            tellAlone(cluster, stopped.tasks(), output);
        }
        return 0;
    }

    /** A node's directory becomes that of a single broker. */
    int export(String id, Output output) throws IOException, InterruptedException {
        if (!isOf(id)) {
            return Exit.USAGE;
        }
        LoneNode node = LoneNode.survivor(settings, directory);
        try (StoppedNode stopped = StoppedNode.open(directory)) {
            String end = describe(node, stopped);
            if (!isConfirmed()) {
                return Exit.REFUSED;
            }
            stopped.take(node);
            note("CLUSTER_EXPORT", id, end);
            node.end(stopped.sequence());
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("tasks", stopped.tasks());
            output.says(
                    out,
                    directory + " is a single broker's, with " + stopped.tasks()
                            + " tasks. Start the broker without cluster.name",
                    fields);
        }
        return 0;
    }

    /**
     * An empty directory becomes that of one more node, or of one whose disk was lost.
     *
     * @param leader whose data it copies
     * @param action what is asked there: replace or add
     * @param rate copied in a second, at most
     */
    int copyFrom(NodeApi leader, String action, String id, String rate, Output output) throws IOException {
        if (!settings.node().equals(id)) {
            err.println("this is the configuration of node " + settings.node() + ", not of " + id
                    + "; run the command where " + id + " will run");
            return Exit.USAGE;
        }
        long bytesPerSecond = Units.bytes(rate);
        if (bytesPerSecond <= 0) {
            err.println("--rate " + rate + " must be more than 0");
            return Exit.USAGE;
        }
        String member = new NewDisk(settings, directory, err).make(leader, action, bytesPerSecond);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", id);
        fields.put("member", member);
        output.says(
                out,
                directory + " has what the cluster " + settings.name() + " has, for node " + id
                        + ". Start the broker within an hour: it joins as " + member
                        + ", and tq cluster status shows it",
                fields);
        return 0;
    }

    private void tellAlone(UUID cluster, long tasks, Output output) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cluster", cluster.toString());
        fields.put("node", settings.node());
        fields.put("tasks", tasks);
        output.says(
                out,
                directory + " is node " + settings.node() + ", the only one, of the cluster " + settings.name()
                        + ", with " + tasks + " tasks. Start the broker, then run tq cluster add on each of the others,"
                        + " which begin with empty directories",
                fields);
    }

    private boolean isOf(String node) {
        if (!settings.node().equals(node)) {
            err.println("this is the configuration of node " + settings.node() + ", not of " + node
                    + "; run the command where " + node + " ran");
        }
        return settings.node().equals(node);
    }

    /** Says how far a stopped node is, and returns it. */
    private String describe(LoneNode node, StoppedNode stopped) throws IOException, InterruptedException {
        AgreedLog.Place last = node.batches((place, entry) -> {});
        String end = "the shared log ends at index " + last.index() + " of term " + last.term()
                + ", the journal at record " + stopped.sequence() + " of epoch " + stopped.epoch();
        err.println("member " + node.member() + " of the cluster " + settings.name() + ": " + end);
        return end;
    }

    private boolean isConfirmed() throws IOException {
        err.print("Type the cluster's name to go on: ");
        err.flush();
        boolean isConfirmed = typed().equals(settings.name());
        if (!isConfirmed) {
            err.println("that is not its name; nothing was changed");
        }
        return isConfirmed;
    }

    private void note(String action, String node, String detail) throws IOException {
        AuditLog.note(
                directory,
                new AuditLog.Event(System.getProperty("user.name", ""), "", "tq", action, node, "OK", detail));
    }

    /** Empty at the end of the input. */
    private static String typed() throws IOException {
        // Not closed: it is the process's.
        String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        return line == null ? "" : line.strip();
    }
}
