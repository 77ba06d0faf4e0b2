package io.telpher.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.benchmarks.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of rows: JSON, an object a line, the first one the machine. Each line is written when its row is measured, so a run that is ended early leaves what it had.
 *
 * @param rows in the order in which they were measured
 */
public record RunFile(Machine machine, List<Row> rows) {
    // Fields of a later version are left out.
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final String MACHINE = "machine";

    /** Replaces what was in the file. */
    public static void create(Path file, Machine machine) throws IOException {
        ObjectNode line = JSON.createObjectNode();
        line.set(MACHINE, JSON.valueToTree(machine));
        Files.writeString(file, JSON.writeValueAsString(line) + "\n");
    }

    public static void append(Path file, Row row) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(row) + "\n", StandardOpenOption.APPEND);
    }

    /** @throws IOException when a line is not what {@link #create} and {@link #append} write; it names file and line */
    public static RunFile read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<Row> rows = new ArrayList<>();
        Machine machine = null;
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode line = JSON.readTree(lines.get(i));
                if (i == 0) {
                    if (!line.has(MACHINE)) {
                        throw new IOException(
                                file + ":1: expected an object with \"machine\", as bin/bench rivals writes"
                                        + " it, got: " + lines.get(0));
                    }
                    machine = JSON.treeToValue(line.get(MACHINE), Machine.class);
                } else {
                    rows.add(JSON.treeToValue(line, Row.class));
                }
            } catch (JsonProcessingException e) {
                throw new IOException(
                        file + ":" + (i + 1) + ": expected a row in JSON, got: " + e.getOriginalMessage(), e);
            }
        }
        if (machine == null) {
            throw new IOException(file + ": expected rows as bin/bench rivals writes them, got an empty file");
        }
        return new RunFile(machine, List.copyOf(rows));
    }

    /** For a page's script. */
    String json() throws JsonProcessingException {
        return JSON.writeValueAsString(this);
    }
}
