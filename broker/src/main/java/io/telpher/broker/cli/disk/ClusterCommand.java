package io.telpher.broker.cli.disk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.launch.LiveConfig;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.LoneNode;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.config.Units;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.partition.salvage.DataDirectory;
import io.telpher.broker.security.AuditLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

/** Makes nodes of a cluster, shows it, and moves its leadership. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Makes nodes of a cluster, shows it, has another node lead (docs/CLUSTER.md).")
public final class ClusterCommand {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MS = 10_000;
    private static final int ERRORS_FROM = 400;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String NOT_ANSWERED = "not_answered";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Which node is asked. */
    static final class Node {
        @Option(
                names = "--http",
                paramLabel = "URL",
                description = "HTTP API of a node; also from TELPHER_HTTP_URL. Default: ${DEFAULT-VALUE}",
                defaultValue = "${env:TELPHER_HTTP_URL:-http://127.0.0.1:8358}")
        private String url = "http://127.0.0.1:8358";

        @Option(
                names = "--token",
                paramLabel = "TOKEN",
                description = "Who asks; also from TELPHER_TOKEN.",
                defaultValue = "${env:TELPHER_TOKEN:-}")
        private String token = "";
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
            @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.") @Nullable
                    Path file,
            @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
                    @Nullable
                    List<String> sets,
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
        BrokerConfig config = config(file, sets);
        ClusterSettings settings = config == null ? null : config.cluster();
        if (config == null || settings == null) {
            return Exit.USAGE;
        }
        Path directory = config.directory();
        PrintWriter err = spec.commandLine().getErr();
        if (data != null) {
            return initFrom(data, id, config, settings, output);
        }
        if (!NodeFile.isNew(directory)) {
            err.println(directory + " is not empty; a new node begins with an empty directory"
                    + (NodeFile.isIn(directory) ? ", and this one is a node's already" : ""));
            return Exit.USAGE;
        }
        UUID cluster = id == null ? UUID.randomUUID() : id;
        DataDirectory.create(directory);
        new NodeFile(cluster, settings.name(), settings.node(), false).write(directory);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cluster", cluster.toString());
        fields.put("node", settings.node());
        String next = id == null
                ? "On each of the others: tq cluster init --id " + cluster + ", then start them all."
                : "Start it with the others.";
        output.says(
                spec.commandLine().getOut(),
                directory + " is node " + settings.node() + " of the cluster " + settings.name() + ". " + next,
                fields);
        return 0;
    }

    private int initFrom(Path data, @Nullable UUID id, BrokerConfig config, ClusterSettings settings, Output output)
            throws IOException, InterruptedException {
        Path directory = config.directory();
        PrintWriter err = spec.commandLine().getErr();
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
        tellAlone(output, directory, settings, cluster, tasks);
        return 0;
    }

    private void tellAlone(Output output, Path directory, ClusterSettings settings, UUID cluster, long tasks) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cluster", cluster.toString());
        fields.put("node", settings.node());
        fields.put("tasks", tasks);
        output.says(
                spec.commandLine().getOut(),
                directory + " is node " + settings.node() + ", the only one, of the cluster " + settings.name()
                        + ", with " + tasks + " tasks. Start the broker, then run tq cluster add on each of the others,"
                        + " which begin with empty directories",
                fields);
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
            @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.") @Nullable
                    Path file,
            @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
                    @Nullable
                    List<String> sets,
            @Option(names = "--unsafe", required = true, description = "Confirmed tasks may be lost by it.")
                    boolean unsafe,
            @Option(names = "--keep", required = true, paramLabel = "NODE", description = "The survivor's id.")
                    String keep)
            throws IOException, InterruptedException {
        BrokerConfig config = config(file, sets);
        ClusterSettings settings = config == null ? null : config.cluster();
        if (config == null || settings == null) {
            return Exit.USAGE;
        }
        if (!isOf(keep, settings)) {
            return Exit.USAGE;
        }
        Path directory = config.directory();
        LoneNode node = LoneNode.survivor(settings, directory);
        try (StoppedNode stopped = StoppedNode.open(directory)) {
            String end = describe(node, stopped, settings);
            spec.commandLine()
                    .getErr()
                    .println("Compare this with every other directory that can be reached, and keep the highest term,"
                            + " then the highest index. What was confirmed and is not here will be lost. The other nodes"
                            + " must be stopped, and stay so.");
            if (!isConfirmed(settings)) {
                return Exit.REFUSED;
            }
            stopped.take(node);
            note(directory, "CLUSTER_RECOVER", keep, "unsafe, " + end);
            UUID cluster = node.begin(stopped.sequence(), stopped.epoch());
            tellAlone(output, directory, settings, cluster, stopped.tasks());
        }
        return 0;
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
            @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.") @Nullable
                    Path file,
            @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
                    @Nullable
                    List<String> sets,
            @Parameters(paramLabel = "NODE", description = "Its id.") String id)
            throws IOException, InterruptedException {
        BrokerConfig config = config(file, sets);
        ClusterSettings settings = config == null ? null : config.cluster();
        if (config == null || settings == null || !isOf(id, settings)) {
            return Exit.USAGE;
        }
        Path directory = config.directory();
        LoneNode node = LoneNode.survivor(settings, directory);
        try (StoppedNode stopped = StoppedNode.open(directory)) {
            String end = describe(node, stopped, settings);
            if (!isConfirmed(settings)) {
                return Exit.REFUSED;
            }
            stopped.take(node);
            note(directory, "CLUSTER_EXPORT", id, end);
            node.end(stopped.sequence());
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("tasks", stopped.tasks());
            output.says(
                    spec.commandLine().getOut(),
                    directory + " is a single broker's, with " + stopped.tasks()
                            + " tasks. Start the broker without cluster.name",
                    fields);
        }
        return 0;
    }

    private boolean isOf(String node, ClusterSettings settings) {
        if (!settings.node().equals(node)) {
            spec.commandLine()
                    .getErr()
                    .println("this is the configuration of node " + settings.node() + ", not of " + node
                            + "; run the command where " + node + " ran");
        }
        return settings.node().equals(node);
    }

    /** Says how far a stopped node is, and returns it. */
    private String describe(LoneNode node, StoppedNode stopped, ClusterSettings settings)
            throws IOException, InterruptedException {
        AgreedLog.Place last = node.batches((place, entry) -> {});
        String end = "the shared log ends at index " + last.index() + " of term " + last.term()
                + ", the journal at record " + stopped.sequence() + " of epoch " + stopped.epoch();
        spec.commandLine()
                .getErr()
                .println("member " + node.member() + " of the cluster " + settings.name() + ": " + end);
        return end;
    }

    private boolean isConfirmed(ClusterSettings settings) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        err.print("Type the cluster's name to go on: ");
        err.flush();
        boolean isConfirmed = typed().equals(settings.name());
        if (!isConfirmed) {
            err.println("that is not its name; nothing was changed");
        }
        return isConfirmed;
    }

    private static void note(Path directory, String action, String node, String detail) throws IOException {
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

    /** Null when it can't be used, which was said. */
    private @Nullable BrokerConfig config(@Nullable Path file, @Nullable List<String> sets) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        try {
            BrokerConfig config = new LiveConfig(file, System.getenv(), sets == null ? List.of() : sets)
                    .loaded()
                    .config();
            if (config.cluster() == null) {
                err.println("cluster.name is not set; a node needs cluster.name, cluster.node and cluster.nodes");
            }
            return config;
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return null;
        }
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
            @Mixin Node node,
            @Mixin Output output,
            @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.") @Nullable
                    Path file,
            @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
                    @Nullable
                    List<String> sets,
            @Option(
                            names = "--rate",
                            paramLabel = "SIZE",
                            defaultValue = "64MiB",
                            description = "Copied in a second, at most. Default: ${DEFAULT-VALUE}")
                    String rate,
            @Parameters(paramLabel = "NODE", description = "Its id, as cluster.node says it.") String id)
            throws IOException {
        return makeDisk(node, output, config(file, sets), rate, id, "replace");
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
            @Mixin Node node,
            @Mixin Output output,
            @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.") @Nullable
                    Path file,
            @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
                    @Nullable
                    List<String> sets,
            @Option(
                            names = "--rate",
                            paramLabel = "SIZE",
                            defaultValue = "64MiB",
                            description = "Copied in a second, at most. Default: ${DEFAULT-VALUE}")
                    String rate,
            @Parameters(paramLabel = "NODE", description = "Its id, as cluster.node says it.") String id)
            throws IOException {
        return makeDisk(node, output, config(file, sets), rate, id, "add");
    }

    private int makeDisk(Node node, Output output, @Nullable BrokerConfig config, String rate, String id, String action)
            throws IOException {
        ClusterSettings settings = config == null ? null : config.cluster();
        if (config == null || settings == null) {
            return Exit.USAGE;
        }
        PrintWriter err = spec.commandLine().getErr();
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
        String member = new NewDisk(settings, config.directory(), err).make(node, action, bytesPerSecond);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", id);
        fields.put("member", member);
        output.says(
                spec.commandLine().getOut(),
                config.directory() + " has what the cluster " + settings.name() + " has, for node " + id
                        + ". Start the broker within an hour: it joins as " + member
                        + ", and tq cluster status shows it",
                fields);
        return 0;
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a node none of this cluster; to be asked of the node that leads. Refused below three nodes, and when",
                "those that stay are not there."
            })
    int remove(@Mixin Node node, @Parameters(paramLabel = "NODE", description = "Its id.") String id)
            throws IOException {
        call(node, "POST", "/api/v1/cluster/remove", "{\"node\":" + JSON.writeValueAsString(id) + "}");
        spec.commandLine()
                .getOut()
                .println("node " + id + " is being removed; tq cluster status shows when it is. Don't start it again");
        return 0;
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows the nodes, as one of them sees them.")
    int status(@Mixin Node node, @Mixin Output output) throws IOException {
        JsonNode status = call(node, "GET", "/api/v1/cluster", "");
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
            spec.commandLine()
                    .getOut()
                    .println("cluster " + status.path("name").asText() + ", term "
                            + status.path("term").asLong() + ", as node "
                            + status.path("node").asText() + " sees it: "
                            + (leader.isEmpty() ? "NO leader" : "node " + leader + " leads")
                            + ", by semantics version "
                            + status.path("semantics").asInt());
        }
        output.rows(spec.commandLine().getOut(), rows);
        return status.path("leader").asText().isEmpty() ? Exit.REFUSED : 0;
    }

    @Command(
            name = "transfer",
            mixinStandardHelpOptions = true,
            description = "Has this node lead; to be asked of the node that leads.")
    int transfer(@Mixin Node node, @Parameters(paramLabel = "NODE", description = "Its id.") String to)
            throws IOException {
        return handOver(node, "{\"to\":" + JSON.writeValueAsString(to) + "}");
    }

    @Command(
            name = "step-down",
            mixinStandardHelpOptions = true,
            description = "Has any other node lead, before this machine is stopped.")
    int stepDown(@Mixin Node node) throws IOException {
        return handOver(node, "{}");
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Has all nodes hash their state at one place of the shared log, while they work, and compares: EQUAL, DIFFERENT",
                "(from a majority's; that node stops by itself, see TQ-5033), UNDECIDED (no majority is in one state), or",
                "NOT_ANSWERED. To be asked of the node that leads. It does the same by itself every ten minutes.",
                "Exit code 0: all are equal; 1: one is not; 3: not all have answered."
            })
    int verify(
            @Mixin Node node,
            @Mixin Output output,
            @Option(
                            names = "--timeout",
                            paramLabel = "TIME",
                            defaultValue = "60s",
                            description = "Waits so long for all nodes. Default: ${DEFAULT-VALUE}")
                    String timeout)
            throws IOException {
        long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Units.durationMs(timeout));
        long after =
                call(node, "POST", "/api/v1/cluster/verify", "{}").path("after").asLong();
        JsonNode status = call(node, "GET", "/api/v1/cluster", "");
        while (!isVerified(status, after) && System.nanoTime() < untilNanos) {
            LockSupport.parkNanos(this, LOOK_NANOS);
            status = call(node, "GET", "/api/v1/cluster", "");
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
        output.rows(spec.commandLine().getOut(), rows);
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
                "each node can go back to the version that it had; afterwards none can. To be asked of the node that leads. Done",
                "by itself when all nodes have had one version for an hour."
            })
    int upgrade(
            @Mixin Node node,
            @Parameters(paramLabel = "STEP", description = "${COMPLETION-CANDIDATES}") UpgradeStep step)
            throws IOException {
        int to = call(node, "POST", "/api/v1/cluster/upgrade", "{}")
                .path("semantics")
                .asInt();
        spec.commandLine()
                .getOut()
                .println("the cluster goes by semantics version " + to
                        + " from its next leadership on, which begins now;" + " tq cluster status shows it (" + step
                        + ")");
        return 0;
    }

    /** All have answered, or the last one has just stopped. */
    private static boolean isVerified(JsonNode status, long after) {
        return status.path("check_index").asLong() > after
                && !status.path("nodes").findValuesAsText("state").contains(NOT_ANSWERED);
    }

    private int handOver(Node node, String body) throws IOException {
        String before = call(node, "GET", "/api/v1/cluster", "").path("leader").asText();
        call(node, "POST", "/api/v1/cluster/transfer", body);
        spec.commandLine().getOut().println("node " + before + " hands over; tq cluster status shows who leads");
        return 0;
    }

    public static JsonNode call(Node node, String method, String path, String body) {
        return call(node.url, node.token, method, path, body);
    }

    /** Asks the node at this URL; a refusal, or none that answers, is an exception that says so. */
    public static JsonNode call(String url, String token, String method, String path, String body) {
        try {
            HttpURLConnection http =
                    (HttpURLConnection) new URI(url + path).toURL().openConnection();
            return call(http, token, method, body);
        } catch (URISyntaxException | MalformedURLException | IllegalArgumentException | ClassCastException e) {
            throw new IllegalArgumentException("--http " + url + " is not like http://host:8358", e);
        } catch (JsonProcessingException e) {
            throw new Unanswered("what answers at " + url + " is no node", Exit.NO_BROKER);
        } catch (IOException e) {
            throw new Unanswered("no node answers at " + url + ": " + e.getMessage(), Exit.NO_BROKER);
        }
    }

    private static JsonNode call(HttpURLConnection http, String token, String method, String body) throws IOException {
        http.setConnectTimeout(TIMEOUT_MS);
        http.setReadTimeout(TIMEOUT_MS);
        http.setRequestMethod(method);
        if (!token.isEmpty()) {
            http.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (!body.isEmpty()) {
            http.setDoOutput(true);
            http.setRequestProperty("Content-Type", "application/json");
            http.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        int status = http.getResponseCode();
        try (InputStream in = status < ERRORS_FROM ? http.getInputStream() : http.getErrorStream()) {
            JsonNode answer = JSON.readTree(in == null ? InputStream.nullInputStream() : in);
            if (status >= ERRORS_FROM) {
                throw new Unanswered(answer.path("detail").asText() + " (" + status + ")", Exit.REFUSED);
            }
            return answer;
        }
    }

    /** The node did not do it. */
    public static final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1;

        public final int exit;

        Unanswered(String message, int exit) {
            super(message);
            this.exit = exit;
        }
    }
}
