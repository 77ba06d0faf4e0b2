package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.client.PermanentFailure;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.testing.Patience;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an on-call person does with dead letters: group, filter, preview, repair, replay bit by bit, discard, export. */
@Timeout(120)
class DeadLetterTest {
    private static final String DLQ = "/api/v1/queues/mail/dlq";

    @TempDir
    Path directory;

    private Broker broker;
    private Telpher telpher;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        telpher = Telpher.connect(broker.url());
    }

    @AfterEach
    void stop() {
        telpher.close();
        broker.close();
    }

    private void restart() throws Exception {
        stop();
        start();
    }

    /** Tasks that end dead, each with its error. */
    private List<Long> bury(String... errors) throws Exception {
        List<Long> ids = new ArrayList<>();
        for (String error : errors) {
            ids.add(telpher.submit(TaskSpec.type("mail").queue("mail").payload(error))
                    .taskId());
            JsonNode task = call(200, "POST", "/api/v1/queues/mail/reserve", "{}")
                    .get("tasks")
                    .get(0);
            String nack = "{\"permanent\":true,\"lease_id\":" + task.get("lease_id") + ",\"error\":\"" + error + "\"}";
            call(200, "POST", "/api/v1/tasks/" + task.get("task_id").asText() + "/nack", nack);
        }
        return ids;
    }

    private void waitUntil(long taskId, TaskState state) {
        until(() -> telpher.get(taskId), task -> task.state == state);
    }

    private static <T> T until(java.util.function.Supplier<T> look, Predicate<T> holds) {
        T seen = look.get();
        while (!holds.test(seen)) {
            Patience.look();
            seen = look.get();
        }
        return seen;
    }

    private DlqRun run(long runId) {
        return telpher.operations().replayRuns("mail").stream()
                .filter(run -> run.runId() == runId)
                .findFirst()
                .orElseThrow();
    }

    private DlqRun untilOver(long runId) {
        return until(() -> run(runId), run -> run.state().isOver());
    }

    private JsonNode call(int status, String method, String path, String body) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, path, body);
        assertEquals(status, response.statusCode(), response.body());
        return HttpCaller.json(response);
    }

    /** How many of which kind. */
    private List<String> groups(String query) throws Exception {
        List<String> groups = new ArrayList<>();
        call(200, "GET", DLQ + "/groups" + query, "")
                .get("groups")
                .forEach(group -> groups.add(group.get("count").asText() + " "
                        + group.get("fingerprint").asText()));
        return groups;
    }

    @Test
    void shouldGroupByWhatErrorsLookLike() throws Exception {
        List<Long> ids = bury("no host 1", "no host 2", "disk full", "no host 0xff");
        JsonNode groups = call(200, "GET", DLQ + "/groups", "").get("groups");
        assertEquals(2, groups.size());
        assertEquals("no host #", groups.get(0).get("fingerprint").asText());
        assertEquals(3, groups.get(0).get("count").asInt());
        assertEquals(List.of("1 no host #"), groups("?error=host%202"));
        assertEquals(List.of("3 no host #"), groups("?fingerprint=no%20host%207"));
        assertEquals(List.of(), groups("?type=sms"));
        assertEquals(telpher.get(ids.get(0)).finishedAtMs, time(groups.get(0), "first_seen"));
        assertEquals(telpher.get(ids.get(3)).finishedAtMs, time(groups.get(0), "last_seen"));
        assertEquals(
                1,
                call(200, "GET", DLQ + "/groups?error=disk", "").get("groups").size());
        assertEquals(
                0,
                call(200, "GET", DLQ + "/groups?older_than=1h", "")
                        .get("groups")
                        .size());
    }

    private static long time(JsonNode group, String field) {
        return Instant.parse(group.get(field).asText()).toEpochMilli();
    }

    /** Words of letters that no number is made of. */
    private static String word(int number) {
        StringBuilder word = new StringBuilder("word-");
        for (int left = number; left > 0; left /= 16) {
            word.append((char) ('g' + left % 16));
        }
        return word.toString();
    }

    @Test
    void shouldCountWhatIsBeyondTenThousandKindsTogether() throws Exception {
        int kinds = 10_000;
        List<TaskSpec> tasks = new ArrayList<>();
        for (int i = 0; i < kinds + 2; i++) {
            tasks.add(TaskSpec.type("mail").queue("mail").payload(word(i)));
        }
        for (int i = 0; i < tasks.size(); i += 1000) {
            telpher.submitBatch(tasks.subList(i, Math.min(i + 1000, tasks.size())));
        }
        try (Worker worker = telpher.worker("mail").concurrency(100).start(task -> {
            throw new PermanentFailure(task.text());
        })) {
            until(
                    () -> telpher.operations().stats().get(BrokerStats.Field.DEAD),
                    dead -> dead == tasks.size() || worker.inHand() < 0);
        }
        assertEquals(List.of("2 (other errors)"), groups("?limit=1"));
    }

    @Test
    void shouldFilterByTheMomentOfDeath() throws Exception {
        List<Long> ids = bury("a", "b", "c");
        for (long edge : ids) {
            long moment = telpher.get(edge).finishedAtMs;
            List<Long> before = new ArrayList<>(ids);
            before.removeIf(id -> telpher.get(id).finishedAtMs >= moment);
            List<Long> after = new ArrayList<>(ids);
            after.removeAll(before);
            assertEquals(before, listed("?died_before=" + Instant.ofEpochMilli(moment)));
            assertEquals(after, listed("?died_after=" + Instant.ofEpochMilli(moment)));
        }
    }

    @Test
    void shouldFilterByKindOfErrorTypeAndAge() throws Exception {
        List<Long> ids = bury("no host 1", "disk full", "no host 2");
        assertEquals(List.of(ids.get(0), ids.get(2)), listed("?fingerprint=no%20host%2099"));
        assertEquals(List.of(ids.get(1)), listed("?error=full"));
        assertEquals(List.of(), listed("?type=other"));
        assertEquals(ids, listed("?newer_than=1h"));
        assertEquals(List.of(), listed("?older_than=1h"));
        assertEquals(List.of(), listed("?died_before=2020-01-01T00:00:00Z"));
        assertEquals(ids.subList(0, 2), listed("?limit=2"));
        assertEquals(ids.subList(2, 3), listed("?limit=2&after=" + TaskId.format(ids.get(1))));
        JsonNode both = call(400, "GET", DLQ + "?error=a&fingerprint=b", "");
        assertTrue(both.get("detail").asText().contains("not both"), both.toString());
    }

    private List<Long> listed(String query) throws Exception {
        List<Long> ids = new ArrayList<>();
        call(200, "GET", DLQ + query, "")
                .get("tasks")
                .forEach(task -> ids.add(TaskId.parse(task.get("task_id").asText())));
        return ids;
    }

    @Test
    void shouldPreviewAndExportWithPayloads() throws Exception {
        bury("a", "b", "c");
        JsonNode page = call(200, "GET", DLQ + "?payload=true&limit=1", "");
        assertTrue(page.get("tasks").get(0).has("payload_base64"), page.toString());
        HttpResponse<String> lines = new HttpCaller(broker).send("GET", DLQ + "/export?limit=2", "");
        assertEquals(
                "application/x-ndjson",
                lines.headers().firstValue("Content-Type").orElse(""));
        List<String> rows = lines.body().lines().toList();
        assertEquals(3, rows.size());
        String next = new ObjectMapper().readTree(rows.get(2)).get("next").asText();
        HttpResponse<String> rest = new HttpCaller(broker).send("GET", DLQ + "/export?after=" + next, "");
        assertEquals(1, rest.body().lines().count());
        assertTrue(rest.body().contains("\"last_error\":\"c\""), rest.body());
    }

    @Test
    void shouldReplayAndDiscardByKindOfError() throws Exception {
        bury("no host 1", "disk full", "no host 2");
        JsonNode dry = call(200, "POST", DLQ + "/replay", "{\"fingerprint\":\"no host #\",\"dry_run\":true}");
        assertEquals(2, dry.get("replayed").asInt());
        assertEquals(3, telpher.operations().queue("mail").dead);
        JsonNode replayed = call(200, "POST", DLQ + "/replay", "{\"fingerprint\":\"no host 77\"}");
        assertEquals(2, replayed.get("replayed").asInt());
        JsonNode none = call(200, "POST", DLQ + "/discard", "{\"older_than\":\"1h\"}");
        assertEquals(0, none.get("discarded").asInt());
        assertEquals(
                1,
                call(200, "POST", DLQ + "/discard", "{\"error\":\"disk\"}")
                        .get("discarded")
                        .asInt());
        assertEquals(0, telpher.operations().queue("mail").dead);
    }

    @Test
    void shouldReplayOneWithAnotherPayloadAndKeepAllElse() throws Exception {
        long id = telpher.submit(TaskSpec.type("mail")
                        .queue("mail")
                        .payload("bad")
                        .maxRetries(0)
                        .visibilityTimeoutMs(7_000)
                        .header("trace", "1")
                        .idempotencyKey("k"))
                .taskId();
        try (Worker worker = telpher.worker("mail").start(task -> {
            throw new IllegalStateException("can't parse");
        })) {
            assertNotNull(worker);
            waitUntil(id, TaskState.DEAD);
        }
        String body = "{\"task_ids\":[\"" + TaskId.format(id) + "\"],\"payload\":{\"to\":\"ann\"}}";
        assertEquals(1, call(200, "POST", DLQ + "/replay", body).get("replayed").asInt());
        TaskView task = telpher.getAsync(id, true).join();
        assertEquals("{\"to\":\"ann\"}", new String(task.payload, java.nio.charset.StandardCharsets.UTF_8));
        assertEquals("application/json", task.contentType);
        assertEquals("1", task.headers.get("trace"));
        assertEquals("k", task.idempotencyKey);
        assertEquals(0, task.maxRetries);
        assertEquals(7_000, task.visibilityTimeoutMs);
        call(400, "POST", DLQ + "/replay", "{\"payload\":1}");
        restart();
        assertEquals(
                "{\"to\":\"ann\"}",
                new String(telpher.getAsync(id, true).join().payload, java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void shouldReplayAtARate() throws Exception {
        bury("a", "b", "c", "d", "e");
        long start = System.nanoTime();
        JsonNode started = call(202, "POST", DLQ + "/replay", "{\"rate_per_second\":10}");
        assertEquals(5, started.get("matched").asInt());
        DlqRun run = untilOver(DlqRun.parse(started.get("replay_id").asText()));
        assertTrue(System.nanoTime() - start >= 390_000_000L, "five at 10/s take at least 400 ms");
        assertEquals(DlqRun.State.DONE, run.state());
        assertEquals(5, run.replayed());
        assertEquals(0, telpher.operations().queue("mail").dead);
    }

    @Test
    void shouldReplayTheRestOnlyWhenTheCanaryCompletes() throws Exception {
        bury("a", "b", "c", "d");
        long good = telpher.operations()
                .startReplay(DlqFilter.queue("mail"), new DlqReplay.Options(0, 0, false, 2))
                .runId();
        until(() -> run(good), run -> run.replayed() == 2);
        assertEquals(DlqRun.State.CANARY, run(good).state());
        assertEquals(2, telpher.operations().queue("mail").dead);
        try (Worker worker = telpher.worker("mail").start(task -> Result.NONE)) {
            assertNotNull(worker);
            DlqRun done = untilOver(good);
            assertEquals(DlqRun.State.DONE, done.state());
            assertEquals(4, done.replayed());
            assertEquals(2, done.canaryCompleted());
        }
    }

    @Test
    void shouldLeaveTheRestDeadWhenTheCanaryFails() throws Exception {
        bury("a", "b", "c", "d");
        long bad = telpher.operations()
                .startReplay(DlqFilter.queue("mail"), new DlqReplay.Options(0, 0, false, 1))
                .runId();
        try (Worker worker = telpher.worker("mail").start(task -> {
            throw new PermanentFailure("still broken");
        })) {
            assertNotNull(worker);
            DlqRun over = untilOver(bad);
            assertEquals(DlqRun.State.CANARY_FAILED, over.state());
            assertEquals(1, over.replayed());
            assertEquals(1, over.canaryFailed());
            assertTrue(over.note().contains("the rest was left dead"), over.note());
        }
        assertEquals(4, telpher.operations().queue("mail").dead);
    }

    @Test
    void shouldStopARunWhenAskedTo() throws Exception {
        bury("a", "b", "c");
        JsonNode started = call(202, "POST", DLQ + "/replay", "{\"canary\":1}");
        String id = started.get("replay_id").asText();
        JsonNode stopped = call(200, "POST", DLQ + "/replays/" + id + "/stop", "");
        assertEquals("stopped", stopped.get("state").asText());
        assertEquals(
                "stopped",
                call(200, "GET", DLQ + "/replays", "")
                        .get("replays")
                        .get(0)
                        .get("state")
                        .asText());
        call(404, "POST", DLQ + "/replays/r-99/stop", "");
        call(400, "POST", DLQ + "/replays/x/stop", "");
    }

    /** The decision is with people then: what was not replayed is still dead, and the broker says so. */
    @Test
    void shouldTellAfterARestartWhatWasInterrupted() throws Exception {
        bury("a", "b", "c");
        long runId = telpher.operations()
                .startReplay(DlqFilter.queue("mail"), new DlqReplay.Options(0, 0, false, 1))
                .runId();
        until(() -> run(runId), run -> run.replayed() == 1);
        restart();
        DlqRun run = run(runId);
        assertEquals(DlqRun.State.INTERRUPTED, run.state());
        assertEquals(1, run.replayed());
        assertEquals(3, run.matched());
        assertEquals(2, telpher.operations().queue("mail").dead);
        long next = telpher.operations()
                .startReplay(DlqFilter.queue("mail"), new DlqReplay.Options(0, 1_000, false))
                .runId();
        assertTrue(next > runId, "numbers go on");
        assertEquals(2, untilOver(next).replayed());
    }
}
