package io.telpher.broker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.security.AuditLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the audit log from its file: also of a broker that does not run. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description =
                "What operators did and who was turned away, the newest last, from audit.jsonl and the older ones beside it.")
final class AuditCommand implements Callable<Integer> {
    @Option(names = "--dir", paramLabel = "DIR", description = "The broker's journal.dir. Default: ${DEFAULT-VALUE}")
    private Path directory = Path.of("data");

    @Option(names = "--limit", paramLabel = "N", description = "Lines at most. Default: ${DEFAULT-VALUE}")
    private int limit = 100;

    @Mixin
    private Output output = new Output();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Deque<Map<String, Object>> rows = new ArrayDeque<>();
        PrintWriter err = spec.commandLine().getErr();
        AuditLog.read(directory, entry -> keep(rows, entry), problem -> err.println("TQ-1034 " + problem));
        output.rows(spec.commandLine().getOut(), List.copyOf(rows));
        return 0;
    }

    private void keep(Deque<Map<String, Object>> rows, JsonNode entry) {
        Map<String, Object> row = new LinkedHashMap<>();
        entry.properties()
                .forEach(field -> row.put(field.getKey(), field.getValue().asText()));
        rows.addLast(row);
        if (rows.size() > limit) {
            rows.removeFirst();
        }
    }
}
