package io.telpher.broker.cli.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.Main;
import io.telpher.client.Telpher;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq export} and {@code tq import}: tasks go to another broker as they were, and only once. */
class ExportTest {
    private static final byte[] BYTES = {0, -1, 10, 34};

    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();

    private int tq(String... arguments) {
        return Main.commandLine().setErr(new PrintWriter(err)).execute(arguments);
    }

    private static List<TaskView> all(Telpher telpher) {
        List<TaskView> tasks = new ArrayList<>();
        telpher.operations()
                .list(0, 100, 0, "", "")
                .tasks()
                .forEach(task -> tasks.add(telpher.getAsync(task.taskId, true).join()));
        return tasks;
    }

    @Test
    void shouldMoveTasksAsTheyWereAndOnlyOnce() throws Exception {
        Path file = directory.resolve("tasks.jsonl");
        long runAtMs = System.currentTimeMillis() + 3_600_000;
        try (Broker from =
                        Broker.start(BrokerConfig.of(directory.resolve("from")).onFreePorts());
                Broker to =
                        Broker.start(BrokerConfig.of(directory.resolve("to")).onFreePorts());
                Telpher old = Telpher.connect(from.url());
                Telpher fresh = Telpher.connect(to.url())) {
            old.submit(TaskSpec.type("mail")
                    .queue("out")
                    .payload(BYTES)
                    .contentType("application/x")
                    .header("a", "b")
                    .priority(Priority.HIGH)
                    .maxRetries(7)
                    .idempotencyKey("k"));
            old.submit(TaskSpec.type("later").payload("x").runAtMs(runAtMs).expiresAtMs(runAtMs + 1_000));
            old.cancel(old.submit(TaskSpec.type("over").payload("x")).taskId());
            assertEquals(0, tq("export", file.toString(), "--url", from.url()), err::toString);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertEquals(2, Files.readAllLines(file).size());
            for (int i = 0; i < 2; i++) {
                assertEquals(0, tq("import", file.toString(), "--url", to.url()), err::toString);
            }
            assertTrue(
                    err.toString().contains("0 tasks were made, 2 were there already, 0 have expired"), err::toString);
            List<TaskView> there = all(fresh);
            assertEquals(2, there.size());
            TaskView first = there.get(0);
            assertArrayEquals(BYTES, first.payload);
            assertEquals(
                    List.of("out", "mail", "application/x", "k", Priority.HIGH, 7, Map.of("a", "b")),
                    List.of(
                            first.queue,
                            first.type,
                            first.contentType,
                            first.idempotencyKey,
                            first.priority,
                            first.maxRetries,
                            first.headers));
            assertEquals(TaskState.SCHEDULED, there.get(1).state);
            assertEquals(runAtMs, there.get(1).nextRunAtMs);
            assertEquals(runAtMs + 1_000, there.get(1).expiresAtMs);
        }
    }

    @Test
    void shouldNameALineThatIsNoTask() throws Exception {
        Path file = Files.writeString(directory.resolve("tasks.jsonl"), "{\"type\":\"t\"}\n");
        try (Broker broker =
                Broker.start(BrokerConfig.of(directory.resolve("data")).onFreePorts())) {
            assertEquals(2, tq("import", file.toString(), "--url", broker.url()));
        }
        assertTrue(err.toString().startsWith("TQ-4022 line 1 of " + file), err::toString);
    }
}
