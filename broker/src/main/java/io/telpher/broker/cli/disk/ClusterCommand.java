package io.telpher.broker.cli.disk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.config.Units;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Makes nodes of a cluster, shows it, and moves its leadership. What is done to a directory on which no node runs is {@link NodeDirectory}'s; running nodes are asked by
 * their {@link NodeApi}.
 */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Makes nodes of a cluster, shows it, has another node lead (docs/CLUSTER.md).")
public final class ClusterCommand {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String NOT_ANSWERED = "not_answered";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "init",
            mixinStandardHelpOptions = true,
            description = {
                "Makes journal.dir that of a new node: on the first node of a new cluster without --id, on each of the",
                "others with the id that the first one printed. A directory with data is refused. Never for a node that",
                "lost its disk: it would vote as if it knew nothing, and confirmed tasks could be lost.",
                "With --from-data the data of a single broker, which is stopped, become those of a cluster's only node; the",
                "others come by tq cluster add."
            })
    int init(
            @Mixin Output output,
            @Mixin NodeConfig config,
            @Option(
                            names = "--id",
                            paramLabel = "ID",
                            description = "Of the cluster, as the first node's init printed it.")
                    @Nullable
                    UUID id,
            @Option(
                            names = "--from-data",
                            paramLabel = "DIR",
                            description = "journal.dir of a single broker, which has to be this node's, too.")
                    @Nullable
                    Path data)
            throws IOException, InterruptedException {
        NodeDirectory directory = config.directory(out(), spec.commandLine().getErr());
        if (directory == null) {
            return Exit.USAGE;
        }
        return data == null ? directory.init(id, output) : directory.initFrom(data, id, output);
    }

    @Command(
            name = "recover",
            mixinStandardHelpOptions = true,
            description = {
                "For a cluster whose majority is lost for good: makes a survivor, which is stopped, the only node of a new",
                "cluster under the same name. What was confirmed and is not on this node is LOST, and what was never",
                "confirmed may take effect. Run it where the node runs, with its configuration, on the survivor with the",
                "highest last index. Asks for the cluster's name first. Then start the broker, and tq cluster add the",
                "others with empty directories; their old ones are refused."
            })
    int recover(
            @Mixin Output output,
            @Mixin NodeConfig config,
            @Option(names = "--unsafe", required = true, description = "Confirmed tasks may be lost by it.")
                    boolean unsafe,
            @Option(names = "--keep", required = true, paramLabel = "NODE", description = "The survivor's id.")
                    String keep)
            throws IOException, InterruptedException {
        NodeDirectory directory = config.directory(out(), spec.commandLine().getErr());
        return directory == null ? Exit.USAGE : directory.recover(keep, output);
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = {
                "Makes the directory of a node, which is stopped, that of a single broker: the way back from a cluster. Stop",
                "all other nodes first, this one last, and don't start them again: they would go on with the same tasks.",
                "Asks for the cluster's name. Then start the broker without cluster.name."
            })
    int export(
            @Mixin Output output,
            @Mixin NodeConfig config,
            @Parameters(paramLabel = "NODE", description = "Its id.") String id)
            throws IOException, InterruptedException {
        NodeDirectory directory = config.directory(out(), spec.commandLine().getErr());
        return directory == null ? Exit.USAGE : directory.export(id, output);
    }

    @Command(
            name = "replace",
            mixinStandardHelpOptions = true,
            description = {
                "Makes an empty journal.dir that of a node whose disk or machine was lost, or that was away for so long",
                "that the others' log begins behind it. Run it where the node will run, with the node's configuration, and",
                "the leader's --http: it copies what the leader has. Then start the broker: it joins in the place of the",
                "lost disk. If the command ends before it is done, run it again."
            })
    int replace(
            @Mixin NodeApi node,
            @Mixin Output output,
            @Mixin NodeConfig config,
            @Option(
                            names = "--rate",
                            paramLabel = "SIZE",
                            defaultValue = "64MiB",
                            description = "Copied in a second, at most. Default: ${DEFAULT-VALUE}")
                    String rate,
            @Parameters(paramLabel = "NODE", description = "Its id, as cluster.node says it.") String id)
            throws IOException {
        NodeDirectory directory = config.directory(out(), spec.commandLine().getErr());
        return directory == null ? Exit.USAGE : directory.copyFrom(node, "replace", id, rate, output);
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Makes an empty journal.dir that of one more node. Run it where the node will run, with the node's",
                "configuration, in whose cluster.nodes it is, and the leader's --http: it copies what the leader has. Then",
                "start the broker: it joins. If the command ends before it is done, run it again."
            })
    int add(
            @Mixin NodeApi node,
            @Mixin Output output,
            @Mixin NodeConfig config,
            @Option(
                            names = "--rate",
                            paramLabel = "SIZE",
                            defaultValue = "64MiB",
                            description = "Copied in a second, at most. Default: ${DEFAULT-VALUE}")
                    String rate,
            @Parameters(paramLabel = "NODE", description = "Its id, as cluster.node says it.") String id)
            throws IOException {
        NodeDirectory directory = config.directory(out(), spec.commandLine().getErr());
        return directory == null ? Exit.USAGE : directory.copyFrom(node, "add", id, rate, output);
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a node none of this cluster. Refused below three nodes, and when those that stay are not there."
            })
    int remove(@Mixin NodeApi node, @Parameters(paramLabel = "NODE", description = "Its id.") String id)
            throws IOException {
        node.post("/api/v1/cluster/remove", "{\"node\":" + JSON.writeValueAsString(id) + "}");
        out().println("node " + id + " is being removed; tq cluster status shows when it is. Don't start it again");
        return 0;
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows the nodes, as one of them sees them.")
    int status(@Mixin NodeApi node, @Mixin Output output) {
        JsonNode status = node.get("/api/v1/cluster");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (JsonNode each : status.path("nodes")) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("node", each.path("id").asText());
            row.put("member", each.path("member").asText());
            row.put("role", each.path("leads").asBoolean() ? "leader" : "follower");
            row.put("version", each.path("report").path("version").asText());
            row.put("commit", each.path("commit_index").asLong());
            row.put("link", each.path("address").asText());
            row.put("clients", each.path("advertises").asText());
            rows.add(row);
        }
        if (output.format() == Output.Format.table) {
            String leader = status.path("leader").asText();
            out().println("cluster " + status.path("name").asText() + ", term "
                    + status.path("term").asLong() + ", as node "
                    + status.path("node").asText() + " sees it: "
                    + (leader.isEmpty() ? "NO leader" : "node " + leader + " leads")
                    + ", by semantics version " + status.path("semantics").asInt());
        }
        output.rows(out(), rows);
        return status.path("leader").asText().isEmpty() ? Exit.REFUSED : 0;
    }

    @Command(
            name = "transfer",
            mixinStandardHelpOptions = true,
            description = "Has this node lead; to be asked of the node that leads.")
    int transfer(@Mixin NodeApi node, @Parameters(paramLabel = "NODE", description = "Its id.") String to)
            throws IOException {
        return handOver(node, "{\"to\":" + JSON.writeValueAsString(to) + "}");
    }

    @Command(
            name = "step-down",
            mixinStandardHelpOptions = true,
            description = "Has any other node lead, before this machine is stopped.")
    int stepDown(@Mixin NodeApi node) {
        return handOver(node, "{}");
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Has all nodes hash their state at one place of the shared log, while they work, and compares: EQUAL, DIFFERENT",
                "(from a majority's; that node stops by itself, see TQ-5033), UNDECIDED (no majority is in one state), or",
                "NOT_ANSWERED. Any node may be asked. The cluster does the same by itself every ten minutes.",
                "Exit code 0: all are equal; 1: one is not; 3: not all have answered."
            })
    int verify(
            @Mixin NodeApi node,
            @Mixin Output output,
            @Option(
                            names = "--timeout",
                            paramLabel = "TIME",
                            defaultValue = "60s",
                            description = "Waits so long for all nodes. Default: ${DEFAULT-VALUE}")
                    String timeout) {
        long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Units.durationMs(timeout));
        long after = node.post("/api/v1/cluster/verify", "{}").path("after").asLong();
        JsonNode status = node.get("/api/v1/cluster");
        while (!isVerified(status, after) && System.nanoTime() < untilNanos) {
            LockSupport.parkNanos(this, LOOK_NANOS);
            status = node.get("/api/v1/cluster");
        }
        boolean isThere = status.path("check_index").asLong() > after;
        List<Map<String, Object>> rows = new ArrayList<>();
        int worst = 0;
        for (JsonNode each : status.path("nodes")) {
            String state = isThere ? each.path("state").asText() : NOT_ANSWERED;
            JsonNode check = each.path("report").path("check");
            boolean isOfThis = isThere && check.path("index").equals(status.path("check_index"));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("node", each.path("id").asText());
            row.put("state", state.toUpperCase(Locale.ROOT));
            row.put("record", isOfThis ? check.path("sequence").asText() : "");
            row.put("hash", isOfThis ? check.path("hash").asText() : "");
            rows.add(row);
            if (state.equals(NOT_ANSWERED)) {
                worst = worst == 0 ? Exit.NO_BROKER : worst;
            } else if (!state.equals("equal")) {
                worst = Exit.REFUSED;
            }
        }
        output.rows(out(), rows);
        return worst;
    }

    /** What can be done for an upgrade. */
    enum UpgradeStep {
        finish
    }

    @Command(
            name = "upgrade",
            mixinStandardHelpOptions = true,
            description = {
                "finish: after all nodes were upgraded, has the cluster decide by the newest rules that all of them know. Before,",
                "each node can go back to the version that it had; afterwards none can. Any node may be asked. Done by itself when",
                "all nodes have had one version for an hour."
            })
    int upgrade(
            @Mixin NodeApi node,
            @Parameters(paramLabel = "STEP", description = "${COMPLETION-CANDIDATES}") UpgradeStep step) {
        int to = node.post("/api/v1/cluster/upgrade", "{}").path("semantics").asInt();
        out().println("the cluster goes by semantics version " + to + " from its next leadership on, which begins now ("
                + step + "); tq cluster status shows it");
        return 0;
    }

    /** All have answered, or the last one has just stopped. */
    private static boolean isVerified(JsonNode status, long after) {
        return status.path("check_index").asLong() > after
                && !status.path("nodes").findValuesAsText("state").contains(NOT_ANSWERED);
    }

    private int handOver(NodeApi node, String body) {
        String before = node.get("/api/v1/cluster").path("leader").asText();
        node.post("/api/v1/cluster/transfer", body);
        out().println("node " + before + " hands over; tq cluster status shows who leads");
        return 0;
    }
}
