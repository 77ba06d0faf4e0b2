package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.client.Operations;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.Scale;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happened to a task, and how many workers a queue needs. */
class HistoryAndScaleTest {
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

    private JsonNode send(String method, String path, String body) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, path, body);
        assertEquals(200, response.statusCode(), response.body());
        return HttpCaller.json(response);
    }

    private static TaskSpec task() {
        return TaskSpec.type("check").queue("steps").payload("x").maxRetries(3);
    }

    private static String text(Operations.Step step) {
        return (step.from() + " " + step.to() + " " + step.attempt() + " " + step.worker() + " " + step.note())
                .toLowerCase(Locale.ROOT);
    }

    @Test
    void shouldTellEveryStepOfATask() throws Exception {
        long taskId = telpher.submit(task()).taskId();
        String path = "/api/v1/tasks/" + TaskId.format(taskId);
        JsonNode first = reserve();
        send(
                "POST",
                path + "/nack",
                "{\"lease_id\":" + first.get("lease_id") + ",\"error\":\"no luck\",\"retry_after_ms\":0}");
        JsonNode second = reserve();
        send("POST", path + "/release", "{\"lease_id\":" + second.get("lease_id") + "}");
        try (Telpher crashing = Telpher.connect(broker.url())) {
            assertTrue(new RawWorker(crashing).reserve("steps", 1, 10_000).next());
        }
        Delivery third = new RawWorker(telpher).reserve("steps", 1, 10_000);
        assertTrue(third.next());
        new RawWorker(telpher).ack(taskId, third.leaseId());

        List<String> steps = telpher.operations().history(taskId).stream()
                .map(HistoryAndScaleTest::text)
                .filter(step -> !step.equals("retry_wait ready 1  "))
                .toList();
        assertEquals("none ready 0  submitted", steps.get(0));
        assertEquals("ready active 1 hand ", steps.get(1));
        assertTrue(steps.get(2).startsWith("active r") && steps.get(2).endsWith(" 1 hand no luck"), steps.toString());
        assertEquals("ready active 2 hand ", steps.get(3));
        assertTrue(steps.get(4).endsWith("released"), steps.get(4));
        assertTrue(steps.get(6).endsWith("raw the worker's connection closed"), steps.toString());
        assertTrue(steps.get(8).endsWith("raw acknowledged"), steps.get(8));
        assertEquals(9, steps.size(), steps.toString());

        JsonNode shown = send("GET", path + "/history", "").get("transitions");
        assertEquals(telpher.operations().history(taskId).size(), shown.size());
        assertEquals("completed", shown.get(shown.size() - 1).get("to").asText());
        assertEquals(
                third.leaseId(), shown.get(shown.size() - 1).get("lease_id").asLong());
        assertThrows(TelpherException.class, () -> telpher.operations().history(taskId + 1));
    }

    private JsonNode reserve() throws Exception {
        return send("POST", "/api/v1/queues/steps/reserve", "{\"max\":1,\"wait_ms\":20000,\"worker\":\"hand\"}")
                .get("tasks")
                .get(0);
    }

    @Test
    void shouldShowTheErrorWithTheAttemptThatItEnded() throws Exception {
        long taskId = telpher.submit(task()).taskId();
        JsonNode reserved = reserve();
        String path = "/api/v1/tasks/" + TaskId.format(taskId) + "/nack";
        send(
                "POST",
                path,
                "{\"lease_id\":" + reserved.get("lease_id") + ",\"error\":\"no luck\",\"retry_after_ms\":1}");
        Delivery again = new RawWorker(telpher).reserve("steps", 1, 10_000);
        assertTrue(again.next());
        List<Operations.Step> steps = telpher.operations().history(taskId);
        assertEquals(
                List.of("submitted", "", "no luck", "", ""),
                steps.stream().map(Operations.Step::note).toList());
    }

    @Test
    void shouldShowEachAttemptsOwnError() throws Exception {
        long taskId = telpher.submit(task()).taskId();
        String path = "/api/v1/tasks/" + TaskId.format(taskId);
        String longError = "x".repeat(1_500);
        for (String error : List.of("first", longError, "third")) {
            long leaseId = reserve().get("lease_id").asLong();
            send(
                    "POST",
                    path + "/nack",
                    "{\"lease_id\":" + leaseId + ",\"error\":\"" + error + "\",\"retry_after_ms\":0}");
        }
        send("POST", path + "/release", "{\"lease_id\":" + reserve().get("lease_id") + "}");
        List<String> notes = telpher.operations().history(taskId).stream()
                .filter(step -> step.from().equals(TaskState.ACTIVE))
                .map(Operations.Step::note)
                .toList();
        assertEquals(List.of("first", "x".repeat(1_000) + "...", "third", "released"), notes);
    }

    @Test
    void shouldHintAtWorkersByWhatCameAndHowLongItTook() throws Exception {
        for (int i = 0; i < 30; i++) {
            telpher.submit(task());
        }
        Scale idle = telpher.operations().scale("steps", 1, Duration.ofSeconds(10));
        assertEquals(1, idle.workersNeeded(), "nobody knows yet how long a task takes");
        assertEquals(30, idle.ready());

        JsonNode one = reserve();
        send(
                "POST",
                "/api/v1/tasks/" + one.get("task_id").asText() + "/ack",
                "{\"lease_id\":" + one.get("lease_id") + "}");
        JsonNode hint = send("GET", "/api/v1/queues/steps/scale?slots_per_worker=2&target_drain=10", "");
        double service = hint.get("mean_service_seconds").asDouble();
        double rate = hint.get("arrival_rate").asDouble();
        assertTrue(rate > 0);
        assertEquals(29, hint.get("ready").asLong());
        int expected = (int) Math.ceil((rate * service + 29 * service / 10) / 2);
        assertEquals(Math.max(1, expected), hint.get("workers_needed").asInt());

        telpher.operations().pause("steps", false);
        assertEquals(
                0,
                telpher.operations().scale("steps", 1, Duration.ofSeconds(10)).ready());
        assertThrows(TelpherException.class, () -> telpher.operations().scale("nothing", 1, Duration.ofSeconds(1)));
    }

    /** What KEDA's metrics-api does: asks the example's URL, reads the number at its place, and divides. */
    @Test
    void shouldAnswerKedaAsTheExampleAsks() throws Exception {
        String example = Files.readString(Path.of("../docs/deploy/kubernetes/keda.yaml"));
        String path = field(example, "url: \"http://[^/]+(/[^\"]+)\"");
        String place = field(example, "valueLocation: (\\w+)");
        double target = Double.parseDouble(field(example, "targetValue: \"(\\d+)\""));
        telpher.operations().putQueue("mail", QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 3));
        assertEquals(
                0, send("GET", path, "").get(place).asDouble() / target, "no worker, and no error, while it is empty");
        telpher.submit(TaskSpec.type("check").queue("mail").payload("x"));
        assertEquals(1, Math.ceil(send("GET", path, "").get(place).asDouble() / target));
    }

    private static String field(String text, String pattern) {
        Matcher field = Pattern.compile(pattern).matcher(text);
        assertTrue(field.find(), pattern);
        return field.group(1);
    }
}
