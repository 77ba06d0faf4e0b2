package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands against a broker: what they print, and how they end. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MainTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static Broker broker;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    /** Begun before all other tests: it tries for ten seconds. */
    private static CompletableFuture<Integer> unanswered;

    private static final StringWriter ABOUT_UNANSWERED = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        CommandLine asks = Main.commandLine().setErr(new PrintWriter(ABOUT_UNANSWERED));
        unanswered = CompletableFuture.supplyAsync(() -> asks.execute("stats", "-u", "tq://127.0.0.1:1"));
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void quiet() {
        out = new StringWriter();
        err = new StringWriter();
    }

    private int execute(String... arguments) {
        CommandLine tq = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return tq.execute(arguments);
    }

    /** As JSON, from our broker. */
    private JsonNode json(String... arguments) throws IOException {
        quiet();
        List<String> all = new java.util.ArrayList<>(List.of(arguments));
        all.addAll(List.of("-u", broker.url(), "-o", "json"));
        assertEquals(0, execute(all.toArray(String[]::new)), err::toString);
        return JSON.readTree(out.toString());
    }

    // ---- exit codes, as docs/OPERATIONS.md has them

    @Test
    void shouldEndWithOneAndItsCodeWhenTheBrokerRefuses() {
        assertEquals(1, execute("task", "show", "t-ffff", "-u", broker.url()));
        assertTrue(err.toString().contains("TASK_NOT_FOUND"), err::toString);
        assertEquals(1, execute("queue", "show", "nowhere", "-u", broker.url()));
        assertTrue(err.toString().contains("QUEUE_NOT_FOUND"), err::toString);
    }

    @Test
    void shouldEndWithTwoWhenUsedWrongly() {
        assertEquals(2, execute("task", "shwo"));
        assertEquals(2, execute("task", "show", "x-17", "-u", broker.url()));
        assertEquals(2, execute("queue", "purge", "mail", "-u", broker.url()));
        assertTrue(err.toString().contains("add --yes if you mean it, or --dry-run"), err::toString);
        assertEquals(2, execute("queue", "set", "mail", "max_retrys=3", "-u", broker.url()));
        assertTrue(err.toString().contains("did you mean \"max_retries\"?"), err::toString);
        assertEquals(2, execute("submit", "x", "-p", "urgent", "-u", broker.url()));
    }

    @Test
    void shouldSubmitWhatExpires() throws Exception {
        String id = json("submit", "-q", "brief", "x", "--expires-in", "5m")
                .get("task_id")
                .asText();
        assertFalse(json("task", "show", id).get("expires_at").isNull());
        assertEquals(2, execute("submit", "x", "--expires-in", "soon", "-u", broker.url()));
        assertEquals(2, execute("queue", "set", "brief", "max_retries=99999999999", "-u", broker.url()));
        assertEquals(2, execute("queue", "set", "brief", "factor=4294968.296", "-u", broker.url()));
        assertEquals(2, execute("work", "-q", "brief:0", "--exec", "true", "-u", broker.url()));
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void shouldEndWithThreeWhenNoBrokerAnswers() {
        assertEquals(3, unanswered.join());
        assertTrue(ABOUT_UNANSWERED.toString().contains("no broker answers at"), ABOUT_UNANSWERED::toString);
    }

    @Test
    void shouldEndWithFourWhenTheJournalIsInUse() {
        assertEquals(
                4, execute("broker", "--set=journal.dir=" + directory, "--set=listen.port=0", "--set=http.port=0"));
        assertTrue(err.toString().contains("TQ-2002"), err::toString);
    }

    @Test
    void shouldDocumentEveryExitCode() throws IOException {
        String page = Files.readString(Path.of("../docs/OPERATIONS.md"));
        String line = page.substring(page.indexOf("### Exit codes"));
        execute("--help");
        for (int code : List.of(0, 1, 2, 3, 4, 70)) {
            assertTrue(line.contains(" " + code + " "), "code " + code);
            assertTrue(out.toString().matches("(?s).*\\n\\s+" + code + "\\s+\\S.*"), "code " + code);
        }
    }

    // ---- a merge patch for many

    private void buryInPatched(String... payloads) {
        try (Telpher telpher = Telpher.connect(broker.url())) {
            for (String payload : payloads) {
                telpher.submit(TaskSpec.type("t").queue("patched").maxRetries(0).payload(payload));
            }
            try (Worker worker = telpher.worker("patched").start(task -> {
                throw new io.telpher.client.PermanentFailure("bad host");
            })) {
                while (telpher.operations().queue("patched").dead < payloads.length) {
                    Patience.look();
                }
            }
        }
    }

    @Test
    void shouldShowWhatAPatchWouldDoAndThenDoIt() throws Exception {
        buryInPatched("{\"host\":\"old\",\"n\":1}", "{\"host\":\"old\",\"n\":2}", "no JSON");
        Path patch = Files.writeString(directory.resolve("patch.json"), "{\"host\":\"new\",\"n\":null}");
        String[] all = {"dlq", "replay", "-q", "patched", "--patch-file", patch.toString()};
        JsonNode dry =
                json("dlq", "replay", "-q", "patched", "--patch-file", patch.toString(), "--dry-run", "--preview", "3");
        assertEquals(2, dry.get("replayed").asInt());
        assertEquals(1, dry.get("refused").asInt());
        assertEquals(
                "{\"host\":\"new\"}", dry.get("preview").get(0).get("patched").asText());
        assertTrue(dry.get("preview").get(2).get("refused").asText().contains("not JSON"), dry::toString);
        quiet();
        assertEquals(
                0, execute("dlq", "replay", "-q", "patched", "--patch", "{\"a\":1}", "--dry-run", "-u", broker.url()));
        assertTrue(out.toString().startsWith("2 would be replayed; 1 can't be patched"), out::toString);
        quiet();
        List<String> really = new java.util.ArrayList<>(List.of(all));
        really.addAll(List.of("--wait", "-u", broker.url()));
        assertEquals(0, execute(really.toArray(String[]::new)), err::toString);
        assertTrue(err.toString().contains("1 not patched and left dead: t-"), err::toString);
        assertEquals(1, json("dlq", "list", "-q", "patched").size());
    }

    @Test
    void shouldRefuseAPatchBeforeItIsSent() {
        for (String[] wrong : new String[][] {
            {"--patch", "5"}, {"--patch", "{oops"}, {"--preview", "5"}, {"--patch", "{}", "--preview", "5"}
        }) {
            List<String> all = new java.util.ArrayList<>(List.of("dlq", "replay", "-q", "patched", "-u", broker.url()));
            all.addAll(List.of(wrong));
            assertEquals(2, execute(all.toArray(String[]::new)), () -> List.of(wrong) + ": " + out + err);
        }
    }

    // ---- workers

    @Test
    void shouldDrainAWorkerByItsNameAndWaitUntilItHasLeft() throws Exception {
        try (Telpher telpher = Telpher.connect(broker.url())) {
            CountDownLatch taken = new CountDownLatch(1);
            CountDownLatch mayEnd = new CountDownLatch(1);
            AtomicBoolean ended = new AtomicBoolean();
            Worker worker = telpher.worker("drained").name("cli-drained").start(task -> {
                taken.countDown();
                mayEnd.await();
                ended.set(true);
                return Result.NONE;
            });
            telpher.submit(TaskSpec.type("t").queue("drained"));
            taken.await();
            String[] briefly = {"worker", "drain", "cli-drained", "--wait", "0s", "-u", broker.url()};
            assertEquals(1, execute(briefly), "its task isn't done");
            until(worker::isDraining);
            json("worker", "resume", "cli-drained");
            until(() -> !worker.isDraining());
            // While the next command waits.
            CompletableFuture<Void> release = CompletableFuture.runAsync(() -> {
                until(worker::isDraining);
                mayEnd.countDown();
            });
            JsonNode drained =
                    json("worker", "drain", "cli-drained", "--wait", "60s").get(0);
            assertTrue(ended.get(), "it said so too early");
            assertTrue(drained.get("draining").asBoolean(), drained::toString);
            // The broker knows that it left a little sooner than the worker itself.
            assertTrue(worker.awaitDrained(Duration.ofMinutes(1)));
            release.join();
            quiet();
            assertEquals(2, execute("worker", "drain", "cli-drained", "-u", broker.url()));
            assertTrue(err.toString().contains("no worker of this session or name"), err::toString);
        }
    }

    private static void until(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            Patience.look();
        }
    }

    @Test
    void shouldAskWhichOneWhenSeveralWorkersHaveTheName() throws Exception {
        try (Telpher telpher = Telpher.connect(broker.url());
                Worker one = telpher.worker("drained").name("cli-twins").start(task -> Result.NONE);
                Worker two = telpher.worker("drained").name("cli-twins").start(task -> Result.NONE)) {
            assertEquals(2, execute("worker", "drain", "cli-twins", "-u", broker.url()));
            assertTrue(err.toString().contains("2 workers are called"), err::toString);
            String session = err.toString().replaceAll("(?s).*of ([0-9a-f]+), .*", "$1");
            assertEquals(1, json("worker", "drain", session, "--wait", "60s").size());
            assertEquals(
                    1,
                    json("worker", "drain", "cli-twins", "--all", "--wait", "60s")
                            .size());
        }
    }

    @Test
    void shouldEndTqWorkWhenItIsDrained() throws Exception {
        try (TqProcess work = TqProcess.start(
                        directory,
                        "work",
                        "-u",
                        broker.url(),
                        "-q",
                        "sheltered",
                        "--name",
                        "cli-work",
                        "--exec",
                        "cat");
                Telpher telpher = Telpher.connect(broker.url())) {
            long id = telpher.submit(TaskSpec.type("t").queue("sheltered").payload("p"))
                    .taskId();
            telpher.waitFor(id, java.time.Duration.ofSeconds(60));
            json("worker", "drain", "cli-work");
            TqProcess.Ended ended = work.end("");
            assertEquals(0, ended.exit(), ended::errors);
            assertTrue(ended.errors().contains("drained by an operator"), ended::errors);
        }
    }

    // ---- queues

    @Test
    void shouldSetAPolicyAndShowIt() throws IOException {
        JsonNode set = json("queue", "set", "mail.eu", "max_retries=7", "base=2s", "on_disconnect=keep");
        assertEquals("mail.eu", set.get("queue").asText());
        JsonNode shown = json("queue", "show", "mail.eu");
        assertEquals("7", shown.get("max_retries").asText());
        assertEquals("2s", shown.get("base").asText());
        assertEquals("keep", shown.get("on_disconnect").asText());
        assertEquals("exponential", shown.get("backoff").asText());
    }

    @Test
    void shouldCountBeforeItPurges() throws IOException {
        json("submit", "-q", "purged", "x");
        json("submit", "-q", "purged", "y", "--delay-ms", "100000");
        quiet();
        assertEquals(0, execute("queue", "purge", "purged", "--dry-run", "-u", broker.url()));
        assertEquals("2 would be cancelled\n", out.toString());
        quiet();
        assertEquals(0, execute("queue", "purge", "purged", "--yes", "-u", broker.url()));
        assertEquals("2 cancelled\n", out.toString());
    }

    // ---- dead letters

    private void bury(String queue, String... errors) {
        try (Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker(queue).start(task -> {
                    throw new io.telpher.client.PermanentFailure(task.text());
                })) {
            org.junit.jupiter.api.Assertions.assertNotNull(worker);
            for (String error : errors) {
                long id = telpher.submit(TaskSpec.type("t").queue(queue).payload(error))
                        .taskId();
                assertEquals(
                        io.telpher.protocol.TaskState.DEAD,
                        telpher.waitFor(id, java.time.Duration.ofSeconds(60)).state);
            }
        }
    }

    @Test
    void shouldWorkThroughDeadLetters() throws IOException {
        bury("dead", "no host 1", "no host 2", "disk full");
        JsonNode groups = json("dlq", "groups", "dead");
        assertEquals(2, groups.size());
        assertEquals(2, groups.get(0).get("count").asInt());
        String kind = groups.get(0).get("error").asText();
        assertEquals(2, json("dlq", "list", "-q", "dead", "--like", kind).size());
        JsonNode one = json("dlq", "groups", "-q", "dead", "--error", "host 2");
        assertEquals(1, one.size());
        assertEquals(1, one.get(0).get("count").asInt());
        assertEquals(
                2,
                json("dlq", "groups", "dead", "--like", kind)
                        .get(0)
                        .get("count")
                        .asInt());
        assertEquals(0, json("dlq", "groups", "dead", "--type", "other").size());
        quiet();
        assertEquals(2, execute("dlq", "groups", "-u", broker.url()));
        assertTrue(err.toString().contains("name one queue"), err::toString);
        assertEquals(
                "disk full",
                json("dlq", "list", "-q", "dead", "--error", "disk", "--payload")
                        .get(0)
                        .get("payload")
                        .asText());
        assertEquals(3, json("dlq", "list", "-q", "dead", "--newer-than", "1h").size());
        assertEquals(0, json("dlq", "list", "-q", "dead", "--older-than", "1h").size());
        quiet();
        assertEquals(0, execute("dlq", "export", "-q", "dead", "-u", broker.url()), err::toString);
        assertEquals(3, out.toString().lines().count());
        assertTrue(err.toString().contains("3 exported"), err::toString);
        quiet();
        assertEquals(0, execute("dlq", "replay", "-q", "dead", "--like", kind, "--dry-run", "-u", broker.url()));
        assertEquals("2 would be replayed\n", out.toString());
        quiet();
        assertEquals(2, execute("dlq", "discard", "-q", "dead", "--error", "disk", "-u", broker.url()));
        assertEquals(0, execute("dlq", "discard", "-q", "dead", "--error", "disk", "--yes", "-u", broker.url()));
        assertEquals("1 discarded\n", out.toString());
        quiet();
        assertEquals(
                0,
                execute("dlq", "replay", "-q", "dead", "--rate", "100", "--wait", "-u", broker.url()),
                err::toString);
        assertTrue(out.toString().matches("replay r-\\d+ of 2 tasks began\\n"), out::toString);
        assertTrue(err.toString().contains("2 replayed\ndone"), err::toString);
        assertEquals(
                "done", json("dlq", "replays", "-q", "dead").get(0).get("state").asText());
        quiet();
        assertEquals(2, execute("dlq", "list", "--older-than", "soon", "-u", broker.url()));
        assertTrue(err.toString().contains("an age like 30m, 2h or 7d"), err::toString);
    }

    @Test
    void shouldSayWhyATaskIsNotRunning() throws IOException {
        String id = json("submit", "-q", "idle", "x").get("task_id").asText();
        assertEquals("no_worker", json("task", "why", id).get("reason").asText());
        quiet();
        assertEquals(0, execute("task", "why", id, "-u", broker.url(), "-o", "jsonl"));
        assertEquals(1, out.toString().lines().count());
    }

    // ---- workers, tables, completion

    @Test
    void shouldListWhoWorks() throws Exception {
        java.util.concurrent.CountDownLatch started = new java.util.concurrent.CountDownLatch(1);
        java.util.concurrent.CountDownLatch finish = new java.util.concurrent.CountDownLatch(1);
        try (Telpher telpher = Telpher.connect(broker.url(), "the client");
                Worker worker = telpher.worker("seen").name("the worker").start(task -> {
                    started.countDown();
                    finish.await();
                    return Result.NONE;
                })) {
            telpher.submit(TaskSpec.type("t").queue("seen"));
            started.await();
            JsonNode workers = json("worker", "list");
            finish.countDown();
            assertEquals(1, workers.size());
            assertEquals("the worker", workers.get(0).get("worker").asText());
            assertEquals("the client", workers.get(0).get("client").asText());
            assertEquals(1, workers.get(0).get("running").asInt());
        }
    }

    @Test
    void shouldPrintATableForPeople() throws IOException {
        json("submit", "-q", "tabled", "x");
        quiet();
        assertEquals(0, execute("task", "list", "-q", "tabled", "-u", broker.url()));
        List<String> lines = out.toString().lines().toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).matches("task_id +queue +type +status +state +priority +attempts .*"), lines.get(0));
        assertTrue(lines.get(1).matches("t-[0-9a-f]+ +tabled +task +pending +ready +normal +0 .*"), lines.get(1));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldCompleteInBash() throws Exception {
        assertEquals(0, execute("completion", "bash"));
        Path script = Files.writeString(directory.resolve("completion"), out.toString());
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        ". " + script + "; COMP_WORDS=(tq que); COMP_CWORD=1; _complete_tq; echo ${COMPREPLY[*]}")
                .redirectErrorStream(true)
                .start();
        assertEquals("queue", new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }

    /** In a terminal of its own, as somebody would type it. */
    @Test
    void shouldCompleteInZsh() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/zsh")), "there is no zsh here; bin/test installs it");
        assertEquals(0, execute("completion", "zsh"));
        Path script = Files.writeString(directory.resolve("completion.zsh"), out.toString());
        String typed = """
                zmodload zsh/zpty
                zpty shell HOME=%s zsh -f -i
                zpty -w shell '. %s; tq() { }; print READ-$((6 * 7))'
                zpty -r shell said '*READ-42*'
                zpty -w -n shell $'tq que\\tsho\\t'
                zpty -r shell said '*tq queue*show*' && print completed
                zpty -d shell
                """.formatted(directory, script);
        Process zsh = new ProcessBuilder("timeout", "60", "zsh", "-f", "-c", typed)
                .redirectErrorStream(true)
                .start();
        assertEquals("completed", new String(zsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }
}
