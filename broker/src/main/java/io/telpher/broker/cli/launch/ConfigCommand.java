package io.telpher.broker.cli.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.QueueViews;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.config.ConfigLoader;
import io.telpher.broker.config.ConfigSchema;
import io.telpher.broker.config.LoadedConfig;
import io.telpher.broker.config.PolicyText;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.Problem;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A running broker's configuration, and the policies of its queues. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Shows and reloads a broker's configuration; exports, compares and imports queue policies.")
public final class ConfigCommand {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long RELOAD_NANOS_MAX = Duration.ofSeconds(10).toNanos();
    private static final int POLL_MS = 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** A broker on this machine. */
    static final class DataDirectory {
        @Option(names = "--dir", paramLabel = "DIR", description = "Its journal.dir. Default: ${DEFAULT-VALUE}")
        private Path directory = Path.of("data");

        JsonNode state() throws IOException {
            Path file = directory.resolve(LiveConfig.FILE);
            if (!Files.exists(file)) {
                throw new IllegalArgumentException(
                        "there is no " + file + ": name the journal.dir of a broker that runs here with --dir");
            }
            return JSON.readTree(file.toFile());
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "What holds, and who said so.")
    int show(@Mixin DataDirectory broker, @Mixin Output output) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        broker.state().get("keys").properties().forEach(entry -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("key", entry.getKey());
            row.put("value", entry.getValue().get("value").asText());
            row.put("source", entry.getValue().get("source").asText());
            row.put("changes", entry.getValue().get("live").asBoolean() ? "on reload" : "on restart");
            rows.add(row);
        });
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }

    @Command(
            name = "reload",
            mixinStandardHelpOptions = true,
            description =
                    "Has a broker on this machine read its configuration again (SIGHUP), and says what came of it.")
    int reload(@Mixin DataDirectory broker, @Mixin Output output) throws IOException, InterruptedException {
        JsonNode before = broker.state();
        String pid = before.get("pid").asText();
        if (new ProcessBuilder("kill", "-HUP", pid).inheritIO().start().waitFor() != 0) {
            throw new IllegalArgumentException(
                    "process " + pid + " can't be told to reload; does the broker still run?");
        }
        long start = System.nanoTime();
        JsonNode after = broker.state();
        while (after.get("reloads").asInt() == before.get("reloads").asInt()) {
            if (System.nanoTime() - start > RELOAD_NANOS_MAX) {
                throw new IllegalArgumentException("process " + pid + " did not reload within 10 s; see its log");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
            after = broker.state();
        }
        return report(after, output);
    }

    private int report(JsonNode reload, Output output) {
        JsonNode problems = reload.get("problems");
        problems.forEach(line -> spec.commandLine().getErr().println(line.asText()));
        if (!problems.isEmpty()) {
            spec.commandLine().getErr().println("nothing was changed");
            return Exit.USAGE;
        }
        List<String> lines = new ArrayList<>();
        reload.get("applied").forEach(line -> lines.add("now:              " + line.asText()));
        reload.get("need_restart").forEach(line -> lines.add("needs a restart:  " + line.asText()));
        JsonNode refused = reload.get("refused");
        refused.forEach(line -> spec.commandLine().getErr().println("TQ-1024 not in effect: " + line.asText()));
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("applied", reload.get("applied"));
        said.put("need_restart", reload.get("need_restart"));
        said.put("refused", refused);
        String sentence = lines.isEmpty() ? "nothing had changed" : String.join(System.lineSeparator(), lines);
        output.says(spec.commandLine().getOut(), sentence, said);
        return refused.isEmpty() ? 0 : Exit.REFUSED;
    }

    @Command(name = "schema", mixinStandardHelpOptions = true, description = "JSON schema of broker.toml, for editors.")
    int schema() {
        spec.commandLine().getOut().print(ConfigSchema.text());
        spec.commandLine().getOut().flush();
        return 0;
    }

    // ---- queue policies

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Policies of all queues, as TOML that import and conf.d/ take.")
    int export(@Mixin Connect broker) {
        try (Telpher telpher = broker.connect()) {
            policies(telpher.operations()).forEach((queue, policy) -> {
                String table = PolicyText.table(queue, policy);
                spec.commandLine().getOut().print(table.isEmpty() ? "" : table + "\n");
            });
            spec.commandLine().getOut().flush();
        }
        return 0;
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "What an import would change. Exits 1 when there is something.")
    int diff(@Mixin Connect broker, @Mixin Output output, @Parameters(paramLabel = "FILE") Path file)
            throws ConfigException {
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = differences(effective(telpher.operations()), given(file));
            output.rows(spec.commandLine().getOut(), rows);
            return rows.isEmpty() ? 0 : Exit.REFUSED;
        }
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description = "Sets the policies that a file gives; other queues and fields stay as they are.")
    int importFile(
            @Mixin Connect broker,
            @Mixin Output output,
            @Option(names = "--dry-run", description = "Only show what would change.") boolean dryRun,
            @Parameters(paramLabel = "FILE") Path file)
            throws ConfigException {
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            Map<String, QueuePolicyFields> given = given(file);
            Map<String, QueuePolicyFields> now = effective(operations);
            refuseWhatDoesNotGoTogether(now, given);
            output.rows(spec.commandLine().getOut(), differences(now, given));
            if (!dryRun) {
                put(operations, given);
            }
        }
        return 0;
    }

    /** One command a queue: what was set when the broker refuses one, or can't be reached any more, stays set. */
    private void put(Operations operations, Map<String, QueuePolicyFields> given) {
        List<String> left = new ArrayList<>(given.keySet());
        try {
            for (String queue : given.keySet()) {
                operations.putQueue(queue, given.get(queue));
                left.remove(queue);
            }
        } catch (TelpherException e) {
            List<String> done = new ArrayList<>(given.keySet());
            done.removeAll(left);
            spec.commandLine()
                    .getErr()
                    .println("set: " + done + "; not set: " + left + ". The same import can be tried again.");
            throw e;
        }
    }

    private Map<String, QueuePolicyFields> given(Path file) throws ConfigException {
        LoadedConfig loaded = ConfigLoader.load(file, Map.of(), List.of());
        List<String> others = loaded.givenForBroker();
        if (!others.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("of " + file + " only queue policies count here, not " + String.join(", ", others));
        }
        return new TreeMap<>(loaded.config().queues());
    }

    private static Map<String, QueuePolicyFields> effective(Operations operations) {
        Map<String, QueuePolicyFields> now = new LinkedHashMap<>();
        QueueViews.all(operations).forEach(queue -> now.put(queue.name, queue.policy));
        return now;
    }

    /**
     * Before the first queue is set: fields that are right by themselves may not be beside those that a queue has, and what an export then wrote
     * could not be read again.
     */
    private static void refuseWhatDoesNotGoTogether(
            Map<String, QueuePolicyFields> now, Map<String, QueuePolicyFields> given) {
        QueuePolicyFields common = now.getOrDefault(QueueName.DEFAULT, QueuePolicyFields.DEFAULT);
        QueuePolicyFields commonNext =
                given.getOrDefault(QueueName.DEFAULT, QueuePolicyFields.NOTHING).over(common);
        List<String> problems = new ArrayList<>();
        given.forEach((queue, policy) -> {
            QueuePolicyFields own = now.getOrDefault(queue, common).beyond(common);
            Problem problem = policy.over(own).over(commonNext).problem();
            if (problem != null) {
                problems.add("queues." + queue + ", with what it has already: " + problem.message());
            }
        });
        if (!problems.isEmpty()) {
            problems.add("nothing was changed");
            throw new IllegalArgumentException(String.join(System.lineSeparator(), problems));
        }
    }

    /** Of each queue what it does not have from the default, the default first. */
    private static Map<String, QueuePolicyFields> policies(Operations operations) {
        QueuePolicyFields common = QueuePolicyFields.DEFAULT;
        Map<String, QueuePolicyFields> policies = new LinkedHashMap<>();
        List<QueueView> queues = QueueViews.all(operations);
        for (QueueView queue : queues) {
            if (queue.name.equals(QueueName.DEFAULT)) {
                common = queue.policy;
                policies.put(queue.name, common);
            }
        }
        for (QueueView queue : queues) {
            policies.putIfAbsent(queue.name, queue.policy.beyond(common));
        }
        return policies;
    }

    private static List<Map<String, Object>> differences(
            Map<String, QueuePolicyFields> now, Map<String, QueuePolicyFields> given) {
        List<Map<String, Object>> rows = new ArrayList<>();
        given.forEach((queue, policy) -> {
            Map<String, String> before = now.containsKey(queue) ? PolicyText.fields(now.get(queue)) : Map.of();
            PolicyText.fields(policy).forEach((field, value) -> {
                if (!value.equals(before.get(field))) {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("queue", queue);
                    row.put("field", field);
                    row.put("now", before.getOrDefault(field, "no such queue"));
                    row.put("file", value);
                    rows.add(row);
                }
            });
        });
        return rows;
    }
}
