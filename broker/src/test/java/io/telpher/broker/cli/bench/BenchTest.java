package io.telpher.broker.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.Main;
import io.telpher.broker.cli.TqProcess;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tq bench}: it accounts for every task, leaves nothing, and keeps away from others' tasks. */
class BenchTest {
    @TempDir
    static Path directory;

    private static Broker broker;
    private static Telpher telpher;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        telpher = Telpher.connect(broker.url());
    }

    @AfterAll
    static void stop() {
        telpher.close();
        broker.close();
    }

    private int bench(String... arguments) {
        List<String> all = new ArrayList<>(List.of("bench", "-u", broker.url(), "-o", "json", "--warm-up", "0s"));
        all.addAll(List.of(arguments));
        if (!all.contains("--rate")) {
            all.addAll(List.of("--rate", "200"));
        }
        if (!all.contains("--duration")) {
            all.addAll(List.of("--duration", "1s"));
        }
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private JsonNode told() throws Exception {
        return new ObjectMapper().readTree(out.toString());
    }

    private static long ready(String queue) {
        QueueView view = telpher.operations().queue(queue);
        return view.ready[0] + view.ready[1] + view.ready[2];
    }

    @Test
    void shouldAccountForEveryTask() throws Exception {
        assertEquals(0, bench("--producers", "2", "--workers", "2"), err::toString);
        JsonNode told = told();
        assertEquals(200, told.get("submitted").asInt());
        assertEquals(200, told.get("done").asInt());
        assertEquals(0, told.get("lost").asInt() + told.get("errors").asInt());
        assertTrue(told.get("submit_ms_p50").asDouble() > 0, out::toString);
        assertTrue(told.get("until_worker_ms_p99.9").asDouble()
                >= told.get("until_worker_ms_p50").asDouble());
        assertTrue(err.toString().contains("200 submitted"), err::toString);
        assertEquals(200, telpher.operations().queue("tq-bench").completed);
    }

    @Test
    void shouldLeaveNothingWhenItOnlySubmits() throws Exception {
        assertEquals(0, bench("--workers", "0", "-q", "only-submits"), err::toString);
        assertEquals(200, told().get("submitted").asInt());
        assertEquals(0, ready("only-submits"));
    }

    @Test
    void shouldKeepAwayFromTasksOfOthers() {
        telpher.submit(TaskSpec.type("t").queue("others"));
        assertEquals(2, bench("-q", "others"));
        assertTrue(err.toString().contains("others has 1 task,"), err::toString);
        assertEquals(1, ready("others"));
        assertEquals(0, bench("-q", "others", "--workers", "0", "--yes"), err::toString);
        assertEquals(201, ready("others"), "nothing of it is purged");
    }

    @Test
    void shouldEndWithOneWhenSubmitsAreRefused() throws Exception {
        telpher.operations().putQueue("shut", QueuePolicyFields.NOTHING);
        telpher.operations().pause("shut", true);
        assertEquals(1, bench("-q", "shut"));
        assertEquals(200, told().get("errors").asInt());
        assertTrue(err.toString().contains("the first refusal: "), err::toString);
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertEquals(2, bench("--rate", "0"));
        assertEquals(2, bench("--duration", "soon"));
        assertTrue(err.toString().contains("a time like 30s, 5m or 1h"), err::toString);
        assertEquals(2, bench("--payload-bytes", "8"));
    }

    /** As Ctrl-C does it. */
    private static void interrupt(TqProcess process) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-INT", String.valueOf(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor());
    }

    private static void untilSubmitted(String queue, long count) throws Exception {
        while (telpher.operations().queues(1_000, "").stream()
                .noneMatch(view -> view.name.equals(queue) && view.submitted >= count)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldLeaveNothingWhenItIsInterrupted(int workers) throws Exception {
        String queue = "interrupted-" + workers;
        try (TqProcess bench = TqProcess.start(
                directory,
                "bench",
                "-u",
                broker.url(),
                "-q",
                queue,
                "--rate",
                "200",
                "--duration",
                "10m",
                "--workers",
                String.valueOf(workers))) {
            untilSubmitted(queue, 100);
            interrupt(bench);
            TqProcess.Ended ended = bench.end("");
            assertEquals(130, ended.exit(), ended::errors);
            assertTrue(ended.errors().contains(" are cancelled, 0 are left in " + queue), ended::errors);
            assertFalse(ended.errors().contains("TQ-9001"), ended::errors);
        }
        QueueView view = telpher.operations().queue(queue);
        assertEquals(0, view.ready[0] + view.ready[1] + view.ready[2] + view.active + view.retryWait + view.dead);
    }

    @Test
    void shouldPurgeNothingOfOthersWhenItIsInterrupted() throws Exception {
        long theirs = telpher.submit(
                        TaskSpec.type("t").queue("shared").delayMs(3_600_000).payload("p"))
                .taskId();
        try (TqProcess bench = TqProcess.start(
                directory,
                "bench",
                "-u",
                broker.url(),
                "-q",
                "shared",
                "--yes",
                "--rate",
                "200",
                "--duration",
                "10m")) {
            untilSubmitted("shared", 100);
            interrupt(bench);
            TqProcess.Ended ended = bench.end("");
            assertEquals(130, ended.exit(), ended::errors);
            assertTrue(ended.errors().contains("among tasks of others"), ended::errors);
        }
        assertEquals(TaskState.SCHEDULED, telpher.get(theirs).state);
    }
}
