package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.client.PermanentFailure;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.testing.Patience;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One JSON merge patch for the payloads of many dead letters. */
@Timeout(120)
class MergeReplayTest {
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

    /** So that they don't fit into one duty cycle. */
    private static final String MANY_BYTES = "x".repeat(8_000);

    private List<Long> buryObjects(int count) throws Exception {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(telpher.submit(TaskSpec.type("mail")
                            .queue("mail")
                            .contentType("application/json")
                            .header("h", "v")
                            .payload("{\"n\":" + i + ",\"host\":\"old\",\"more\":\"" + MANY_BYTES + "\"}"))
                    .taskId());
        }
        ids.add(telpher.submit(TaskSpec.type("mail").queue("mail").payload("no JSON"))
                .taskId());
        JsonNode tasks = call(200, "POST", "/api/v1/queues/mail/reserve", "{\"max\":1000}")
                .get("tasks");
        for (JsonNode task : tasks) {
            String nack = "{\"permanent\":true,\"lease_id\":" + task.get("lease_id") + ",\"error\":\"no host\"}";
            call(200, "POST", "/api/v1/tasks/" + task.get("task_id").asText() + "/nack", nack);
        }
        return ids;
    }

    private String payload(long taskId) throws Exception {
        return call(200, "GET", "/api/v1/tasks/" + TaskId.format(taskId) + "?payload=true", "")
                .get("payload")
                .toString();
    }

    @Test
    void shouldMergeAPatchIntoThePayloadsOfAllThatAFilterMeans() throws Exception {
        List<Long> ids = buryObjects(120);
        long noJson = ids.remove(120);
        String patch = "\"merge_patch\":{\"host\":\"new\",\"n\":null,\"more\":null}";
        JsonNode dry = call(200, "POST", DLQ + "/replay", "{\"dry_run\":true,\"preview\":2," + patch + "}");
        assertEquals(120, dry.get("replayed").asInt());
        assertEquals(1, dry.get("refused").asInt());
        assertEquals(
                "{\"host\":\"new\"}", dry.get("preview").get(1).get("patched").toString());
        assertEquals(1, dry.get("preview").get(1).get("payload").get("n").asInt());
        assertEquals(TaskState.DEAD, telpher.get(ids.get(0)).state, "a dry run changes nothing");

        String id = call(202, "POST", DLQ + "/replay", "{\"error\":\"no host\"," + patch + "}")
                .get("replay_id")
                .asText();
        DlqRun run = untilOver(DlqRun.parse(id));
        assertEquals(DlqRun.State.DONE, run.state(), run.note());
        assertEquals(120, run.replayed());
        assertEquals(1, run.skipped());
        assertTrue(run.note().contains("1 not patched and left dead: " + TaskId.format(noJson)), run.note());
        assertEquals(TaskState.DEAD, telpher.get(noJson).state);
        for (long each : List.of(ids.get(0), ids.get(119))) {
            TaskView task = telpher.get(each);
            assertEquals(TaskState.READY, task.state);
            assertEquals(1, task.replays);
            assertEquals("application/json", task.contentType);
            assertEquals("{\"host\":\"new\"}", payload(each));
        }
        restart();
        assertEquals("{\"host\":\"new\"}", payload(ids.get(70)), "the patched payload is in the journal");
    }

    @Test
    void shouldReplayTheOthersOnlyWhenThePatchedCanaryHasCompleted() throws Exception {
        List<Long> ids = buryObjects(5);
        DlqReplay.Options canary = new DlqReplay.Options(0, 0, false, 1);
        DlqReplay.Patch patch = DlqReplay.Patch.merge("{\"host\":\"new\"}".getBytes(StandardCharsets.UTF_8));
        long runId = telpher.operations()
                .startReplay(DlqFilter.queue("mail"), canary, patch)
                .runId();
        until(() -> telpher.get(ids.get(0)), task -> task.state == TaskState.READY);
        assertEquals(TaskState.DEAD, telpher.get(ids.get(1)).state);
        try (Worker worker = telpher.worker("mail").start(task -> {
            if (!task.text().contains("new")) {
                throw new PermanentFailure("it came unpatched: " + task.text());
            }
            return Result.NONE;
        })) {
            assertEquals(DlqRun.State.DONE, untilOver(runId).state());
            for (long id : ids.subList(0, 5)) {
                waitUntil(id, TaskState.COMPLETED);
            }
        }
        assertEquals(1, run(runId).canaryCompleted());
    }

    @Test
    void shouldTakeARateAndIdsWithAMergePatch() throws Exception {
        List<Long> ids = buryObjects(3);
        String two = "[\"" + TaskId.format(ids.get(0)) + "\",\"" + TaskId.format(ids.get(3)) + "\"]";
        String asked = "{\"task_ids\":" + two + ",\"merge_patch\":{\"a\":1}";
        JsonNode dry = call(200, "POST", DLQ + "/replay", asked + ",\"dry_run\":true,\"preview\":5}");
        assertEquals(2, dry.get("preview").size());
        assertTrue(
                dry.get("preview").get(1).get("refused").asText().contains("not JSON"),
                dry.get("preview").toString());
        String id = call(202, "POST", DLQ + "/replay", asked + ",\"rate_per_second\":1000}")
                .get("replay_id")
                .asText();
        DlqRun run = untilOver(DlqRun.parse(id));
        assertEquals(1, run.replayed());
        assertEquals(TaskState.DEAD, telpher.get(ids.get(1)).state, "it was not meant");
    }

    @Test
    void shouldRefuseAMergePatchThatIsNone() throws Exception {
        buryObjects(1);
        for (String body : List.of(
                "{\"merge_patch\":5}",
                "{\"merge_patch\":[1]}",
                "{\"merge_patch\":{\"a\":1},\"payload\":1}",
                "{\"merge_patch\":{\"a\":1},\"preview\":5}",
                "{\"merge_patch\":{\"a\":1},\"preview\":21,\"dry_run\":true}",
                "{\"merge_patch\":{\"a\":\"" + "x".repeat(20_000) + "\"}}")) {
            assertEquals(
                    "BAD_REQUEST",
                    call(400, "POST", DLQ + "/replay", body).get("code").asText());
        }
    }
}
