package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.client.Telpher;
import io.telpher.protocol.DeadReason;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The commands on real work: this project's sources as tasks, hashed by worker processes, compared with the same done without a queue. */
@EnabledOnOs(OS.LINUX)
class RealWorkTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FLAKY_EVERY = 10;
    /** Each attempt starts three processes. */
    private static final int SOURCES_MAX = 200;

    /** A hash; of a flaky task only at the third attempt; of poison never. */
    private static final String HASH = """
            case $TASK_TYPE in
              flaky) if [ "$TASK_ATTEMPT" -lt 3 ]; then echo "attempt $TASK_ATTEMPT fails" >&2; exit 1; fi ;;
              poison) echo "no way" >&2; exit 1 ;;
            esac
            sha256sum | cut -d' ' -f1 | tr -d '\\n'
            """;

    @TempDir
    Path directory;

    private final List<String> types = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();

    @Test
    @Timeout(180)
    void shouldDoWithQueueAndProcessesWhatIsDoneWithout() throws Exception {
        String lines = tasks();
        try (TqProcess broker = TqProcess.start(
                directory,
                "broker",
                "--set=journal.dir=" + directory.resolve("data"),
                "--set=listen.port=0",
                "--set=http.port=0",
                "--set=queues.files.backoff=fixed",
                "--set=queues.files.base=50ms",
                "--set=queues.files.max_retries=2")) {
            String url = "tq://" + broker.line().replaceFirst("ready binary=(\\S+) .*", "$1");
            TqProcess.Ended submit = TqProcess.start(directory, "submit", "-u", url, "-q", "files", "--jsonl")
                    .end(lines);
            assertEquals(0, submit.exit(), submit.errors());
            List<String> ids = submit.out().lines().toList();
            assertEquals(types.size(), ids.size());
            String cancelled = ids.get(types.indexOf("cancelled"));
            assertEquals(
                    0,
                    TqProcess.run(directory, "task", "cancel", "-u", url, cancelled)
                            .exit());
            try (TqProcess one = worker(url, "one");
                    TqProcess two = worker(url, "two");
                    Telpher telpher = Telpher.connect(url)) {
                for (int i = 0; i < ids.size(); i++) {
                    check(telpher.waitFor(TaskId.parse(ids.get(i)), PATIENCE), types.get(i), expected.get(i));
                }
                // Drained: nothing is left in their hands.
                one.terminate();
                two.terminate();
                assertEquals(0, telpher.operations().queue("files").active);
            }
            checkTables(url, ids);
        }
    }

    private TqProcess worker(String url, String name) throws IOException {
        return TqProcess.start(directory, "work", "-u", url, "-q", "files", "--name", name, "-c", "3", "--exec", HASH);
    }

    /** The tasks as JSON lines, and what each must come to. */
    private String tasks() throws IOException {
        StringBuilder lines = new StringBuilder();
        try (Stream<Path> tree = Files.walk(Path.of("src/main/java"))) {
            List<Path> sources = tree.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .limit(SOURCES_MAX)
                    .toList();
            for (int i = 0; i < sources.size(); i++) {
                Map<String, Object> content = Map.of("content", Files.readString(sources.get(i)));
                lines.append(line(i % FLAKY_EVERY == 0 ? "flaky" : "hash", content, 0));
            }
        }
        lines.append(line("delayed", Map.of(), 1_500));
        lines.append(line("poison", Map.of(), 0));
        lines.append(line("cancelled", Map.of(), 3_600_000));
        return lines.toString();
    }

    private String line(String type, Map<String, Object> payload, long delayMs) throws IOException {
        types.add(type);
        expected.add(Sha256.of(JSON.writeValueAsBytes(payload)));
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("type", type);
        task.put("payload", payload);
        task.put("delay_ms", delayMs);
        return JSON.writeValueAsString(task) + "\n";
    }

    private static void check(TaskView task, String type, String hash) {
        String result = StandardCharsets.UTF_8.decode(task.result.bytes()).toString();
        switch (type) {
            case "cancelled" -> {
                assertEquals(TaskState.CANCELLED, task.state);
                assertEquals(0, task.attempts);
            }
            case "poison" -> {
                assertEquals(TaskState.DEAD, task.state);
                assertEquals(DeadReason.RETRIES_EXHAUSTED, task.deadReason);
                assertEquals(3, task.attempts);
                assertTrue(task.lastError.contains("exit code 1: no way"), task.lastError);
            }
            default -> {
                assertEquals(TaskState.COMPLETED, task.state);
                assertEquals(hash, result);
                assertEquals(type.equals("flaky") ? 3 : 1, task.attempts);
            }
        }
    }

    private void checkTables(String url, List<String> ids) throws Exception {
        JsonNode dead = json("dlq", "list", "-u", url, "-o", "json");
        assertEquals(1, dead.size());
        assertEquals(
                ids.get(types.indexOf("poison")), dead.get(0).get("task_id").asText());
        JsonNode queue = json("queue", "list", "-u", url, "-o", "json").get(0);
        assertEquals("files", queue.get("queue").asText());
        assertEquals(types.size() - 2, queue.get("completed").asInt());
        assertEquals(0, queue.get("ready").asInt() + queue.get("retrying").asInt());
    }

    private JsonNode json(String... command) throws Exception {
        TqProcess.Ended ended = TqProcess.run(directory, command);
        assertEquals(0, ended.exit(), ended.errors());
        return JSON.readTree(ended.out());
    }
}
