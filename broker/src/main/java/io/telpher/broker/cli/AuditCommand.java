package io.telpher.broker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.security.AuditLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What operators did, from the file: also of a broker that does not run. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "What operators did and who was turned away, the newest last, from audit.jsonl.")
final class AuditCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

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
        Path file = directory.resolve(AuditLog.FILE);
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String line : lines.subList(Math.max(0, lines.size() - limit), lines.size())) {
            Map<String, Object> row = new LinkedHashMap<>();
            JsonNode entry = JSON.readTree(line);
            entry.properties()
                    .forEach(field -> row.put(field.getKey(), field.getValue().asText()));
            rows.add(row);
        }
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }
}
