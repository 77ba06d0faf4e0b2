package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.http.RawHttp;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP API of a whole broker, as curl sees it. */
class HttpApiTest {
    @TempDir
    Path directory;

    private Broker broker;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return new HttpCaller(broker).send(method, path, body, headers);
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return HttpCaller.json(response);
    }

    private String submit(String body) throws Exception {
        HttpResponse<String> response = send("POST", "/api/v1/tasks", body);
        assertEquals(202, response.statusCode(), response.body());
        return json(response).get("task_id").asText();
    }

    private JsonNode reserve(String queue) throws Exception {
        HttpResponse<String> response = send("POST", "/api/v1/queues/" + queue + "/reserve", "{\"max\":1}");
        assertEquals(200, response.statusCode(), response.body());
        return json(response).get("tasks");
    }

    /** Of numbers that a double, or a 64-bit integer, would round. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.00",
                "12345678901234567890123",
                "9007199254740993",
                "0.1000000000000000055511151231257827",
                "1E+400",
                "{\"b\":[1E-400,{\"a\":0.10}]}",
                "\"\\u0000\\uD800\""
            })
    void shouldGiveBackPayloadsAndResultsAsTheyWere(String json) throws Exception {
        String queue = "exact";
        String id = submit("{\"type\":\"t\",\"queue\":\"" + queue + "\",\"payload\":" + json + "}");
        String taken = send("POST", "/api/v1/queues/" + queue + "/reserve", "{\"max\":1}")
                .body();
        assertTrue(taken.contains("\"payload\":" + json + ","), taken);
        JsonNode task = new ObjectMapper().readTree(taken).get("tasks").get(0);
        String ack = "{\"lease_id\":" + task.get("lease_id") + ",\"result\":" + json + "}";
        assertEquals(200, send("POST", "/api/v1/tasks/" + id + "/ack", ack).statusCode());
        String done = send("GET", "/api/v1/tasks/" + id, "").body();
        assertTrue(done.contains("\"result\":" + json), done);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"t\",\"payload\":1,\"type\":\"u\"}",
                "{\"type\":\"t\",\"payload\":{\"a\":{\"b\":1,\"b\":2}}}"
            })
    void shouldRefuseANameThatIsThereTwice(String body) throws Exception {
        HttpResponse<String> refused = send("POST", "/api/v1/tasks", body);
        assertEquals(400, refused.statusCode());
        assertTrue(refused.body().contains("Duplicate field"), refused.body());
    }

    @Test
    void shouldCarryTheTraceOfASubmitToItsHandler() throws Exception {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        String body = "{\"type\":\"mail\",\"queue\":\"traced\",\"payload\":1%s}";
        assertEquals(
                202,
                send("POST", "/api/v1/tasks", String.format(body, ""), "traceparent", trace)
                        .statusCode());
        assertEquals(
                trace,
                reserve("traced").get(0).get("headers").get("traceparent").asText());

        // Its own header wins; nonsense is left out; a repetition under a key is the same content whatever its span.
        String own = String.format(body, ",\"headers\":{\"traceparent\":\"mine\"}");
        assertEquals(
                202, send("POST", "/api/v1/tasks", own, "traceparent", trace).statusCode());
        assertEquals(
                "mine",
                reserve("traced").get(0).get("headers").get("traceparent").asText());
        assertEquals(
                202,
                send("POST", "/api/v1/tasks", String.format(body, ""), "traceparent", "x")
                        .statusCode());
        assertFalse(reserve("traced").get(0).path("headers").has("traceparent"));
        String keyed = String.format(body, ",\"idempotency_key\":\"k\"");
        assertEquals(
                202, send("POST", "/api/v1/tasks", keyed, "traceparent", trace).statusCode());
        assertEquals(
                200,
                send("POST", "/api/v1/tasks", keyed, "traceparent", trace.replace('7', '8'))
                        .statusCode());
    }

    private static RawHttp.Response reserve(RawHttp connection, String body) throws IOException {
        String path = "/api/v1/queues/mail/reserve";
        return connection
                .send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                .response();
    }

    private List<String> workers() throws Exception {
        List<String> workers = new ArrayList<>();
        for (JsonNode worker : json(send("GET", "/api/v1/workers", "")).get("workers")) {
            workers.add(Stream.of("worker", "client", "version", "host")
                    .map(field -> worker.get(field).asText())
                    .collect(Collectors.joining(" ")));
        }
        workers.sort(null);
        return workers;
    }

    @Test
    void shouldShowTheVersionAndTheHostThatAWorkerSays() throws Exception {
        try (RawHttp one = new RawHttp(broker.httpPort());
                RawHttp other = new RawHttp(broker.httpPort())) {
            reserve(one, "{\"worker\":\"one\",\"version\":\"2.0.1\",\"host\":\"node-7\"}");
            reserve(other, "{\"worker\":\"other\",\"version\":\"2.0.0\",\"host\":\"node-8\"}");
            assertEquals(List.of("one http 2.0.1 node-7", "other http 2.0.0 node-8"), workers());

            // The last reserve counts, also for what it does not say.
            reserve(one, "{\"worker\":\"one\",\"version\":\"2.0.2\"}");
            reserve(other, "{}");
            assertEquals(List.of("http http  ", "one http 2.0.2 "), workers());
        }
    }

    @Test
    void shouldRefuseAVersionOrAHostThatIsTooLong() throws Exception {
        try (RawHttp one = new RawHttp(broker.httpPort())) {
            assertEquals(
                    200,
                    reserve(one, "{\"version\":\"" + "v".repeat(64) + "\",\"host\":\"" + "h".repeat(255) + "\"}")
                            .status());
            RawHttp.Response refused = reserve(one, "{\"version\":\"" + "v".repeat(65) + "\"}");
            assertEquals(400, refused.status());
            assertTrue(refused.body().contains("version has 65 bytes; the limit is 64"), refused.body());
            refused = reserve(one, "{\"host\":\"" + "h".repeat(256) + "\"}");
            assertTrue(refused.body().contains("host has 256 bytes; the limit is 255"), refused.body());
            refused = reserve(one, "{\"version\":2}");
            assertTrue(refused.body().contains("version must be a string"), refused.body());
            assertEquals(List.of("http http " + "v".repeat(64) + " " + "h".repeat(255)), workers());
        }
    }

    @Test
    void shouldSubmitReserveAckAndShowTheResult() throws Exception {
        HttpResponse<String> submitted =
                send("POST", "/api/v1/tasks", "{\"type\":\"mail\",\"queue\":\"mail\",\"payload\":{\"to\":\"a@b\"}}");
        assertEquals(202, submitted.statusCode());
        assertEquals("queued", json(submitted).get("status").asText());
        assertTrue(json(submitted).get("created_at").asText().endsWith("Z"));
        String id = json(submitted).get("task_id").asText();

        JsonNode task = reserve("mail").get(0);
        assertEquals(id, task.get("task_id").asText());
        assertEquals("a@b", task.get("payload").get("to").asText());
        String ack = "{\"lease_id\":" + task.get("lease_id") + ",\"result\":{\"sent\":true}}";
        assertEquals(200, send("POST", "/api/v1/tasks/" + id + "/ack", ack).statusCode());

        JsonNode done = json(send("GET", "/api/v1/tasks/" + id, ""));
        assertEquals("completed", done.get("status").asText());
        assertTrue(done.get("result").get("sent").asBoolean());
        assertEquals(1, done.get("attempts").asInt());
    }

    @Test
    void shouldAnswerARepeatedKeyWithTheFirstTask() throws Exception {
        String body = "{\"type\":\"mail\",\"payload\":1}";
        HttpResponse<String> first = send("POST", "/api/v1/tasks", body, "Idempotency-Key", "k1");
        HttpResponse<String> again = send("POST", "/api/v1/tasks", body, "Idempotency-Key", "k1");
        assertEquals(202, first.statusCode());
        assertEquals(200, again.statusCode());
        assertTrue(json(again).get("duplicate").asBoolean());
        assertEquals(json(first).get("task_id"), json(again).get("task_id"));
        HttpResponse<String> other =
                send("POST", "/api/v1/tasks", "{\"type\":\"mail\",\"payload\":2}", "Idempotency-Key", "k1");
        assertEquals(422, other.statusCode());
        assertEquals("IDEMPOTENCY_MISMATCH", json(other).get("code").asText());
    }

    @Test
    void shouldCancelPendingTasksAtOnceAndRunningOnesByAsking() throws Exception {
        String pending = submit("{\"type\":\"mail\",\"payload\":1,\"delay_ms\":60000}");
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> cancelled = send("DELETE", "/api/v1/tasks/" + pending, "");
            assertEquals(200, cancelled.statusCode());
            assertEquals("cancelled", json(cancelled).get("status").asText());
        }
        String running = submit("{\"type\":\"mail\",\"payload\":1}");
        JsonNode task = reserve("default").get(0);
        assertEquals(202, send("DELETE", "/api/v1/tasks/" + running, "").statusCode());
        send("POST", "/api/v1/tasks/" + running + "/nack", "{\"lease_id\":" + task.get("lease_id") + "}");
        assertEquals(
                "cancelled",
                json(send("GET", "/api/v1/tasks/" + running, "")).get("status").asText());
    }

    @Test
    void shouldRefuseTheCancelOfACompletedTask() throws Exception {
        String id = submit("{\"type\":\"mail\",\"payload\":1}");
        JsonNode task = reserve("default").get(0);
        send("POST", "/api/v1/tasks/" + id + "/ack", "{\"lease_id\":" + task.get("lease_id") + "}");
        HttpResponse<String> refused = send("DELETE", "/api/v1/tasks/" + id, "");
        assertEquals(409, refused.statusCode());
        assertEquals("TASK_FINAL", json(refused).get("code").asText());
    }

    @Test
    void shouldRefuseAStaleLease() throws Exception {
        String id = submit("{\"type\":\"mail\",\"payload\":1}");
        long lease = reserve("default").get(0).get("lease_id").asLong();
        HttpResponse<String> refused =
                send("POST", "/api/v1/tasks/" + id + "/ack", "{\"lease_id\":" + (lease + 1) + "}");
        assertEquals(409, refused.statusCode());
        assertEquals("STALE_LEASE", json(refused).get("code").asText());
    }

    @Test
    void shouldBuryAndReplay() throws Exception {
        String id = submit("{\"type\":\"mail\",\"payload\":1}");
        JsonNode task = reserve("default").get(0);
        String nack = "{\"lease_id\":" + task.get("lease_id") + ",\"error\":\"no host 42\",\"permanent\":true}";
        assertEquals(200, send("POST", "/api/v1/tasks/" + id + "/nack", nack).statusCode());
        JsonNode dead = json(send("GET", "/api/v1/queues/default/dlq", "")).get("tasks");
        assertEquals("no host 42", dead.get(0).get("last_error").asText());
        JsonNode groups =
                json(send("GET", "/api/v1/queues/default/dlq/groups", "")).get("groups");
        assertEquals("no host #", groups.get(0).get("fingerprint").asText());
        JsonNode replayed = json(send("POST", "/api/v1/queues/default/dlq/replay", "{\"error\":\"no host\"}"));
        assertEquals(1, replayed.get("replayed").asInt());
        assertEquals(id, reserve("default").get(0).get("task_id").asText());
    }

    @Test
    void shouldHandOutNothingWhilePaused() throws Exception {
        submit("{\"type\":\"mail\",\"payload\":1}");
        assertEquals(200, send("POST", "/api/v1/queues/default/pause", "").statusCode());
        assertEquals(0, reserve("default").size());
        assertEquals(200, send("POST", "/api/v1/queues/default/resume", "").statusCode());
        assertEquals(1, reserve("default").size());
    }

    @Test
    void shouldListByStatusPageByPage() throws Exception {
        StringBuilder batch = new StringBuilder("{\"tasks\":[");
        for (int i = 0; i < 5; i++) {
            batch.append(i == 0 ? "" : ",")
                    .append("{\"type\":\"mail\",\"payload\":")
                    .append(i)
                    .append('}');
        }
        assertEquals(202, send("POST", "/api/v1/tasks/batch", batch + "]}").statusCode());
        JsonNode first = json(send("GET", "/api/v1/tasks?status=queued&limit=3", ""));
        assertEquals(3, first.get("tasks").size());
        JsonNode second = json(
                send("GET", "/api/v1/tasks?limit=3&after=" + first.get("next").asText(), ""));
        assertEquals(2, second.get("tasks").size());
    }

    @Test
    void shouldExplainEveryRefusal() throws Exception {
        assertProblem(400, "BAD_REQUEST", send("POST", "/api/v1/tasks", "{\"type\":"));
        assertProblem(400, "BAD_REQUEST", send("POST", "/api/v1/tasks", "{\"typ\":\"mail\",\"payload\":1}"));
        assertProblem(400, "BAD_REQUEST", send("POST", "/api/v1/tasks", "{\"payload\":1}"));
        assertProblem(400, "BAD_REQUEST", send("GET", "/api/v1/tasks/nonsense", ""));
        assertProblem(404, "TASK_NOT_FOUND", send("GET", "/api/v1/tasks/t-ffff", ""));
        assertProblem(404, "QUEUE_NOT_FOUND", send("GET", "/api/v1/queues/none", ""));
        assertProblem(404, "BAD_REQUEST", send("GET", "/nothing", ""));
        HttpResponse<String> method = send("DELETE", "/api/v1/queues", "");
        assertProblem(405, "BAD_REQUEST", method);
        assertEquals("GET, HEAD, OPTIONS", method.headers().firstValue("Allow").orElse(""));
        String large = "{\"type\":\"mail\",\"payload\":\"" + "x".repeat(1 << 20) + "\"}";
        assertProblem(413, "PAYLOAD_TOO_LARGE", send("POST", "/api/v1/tasks", large));
    }

    private static void assertProblem(int status, String code, HttpResponse<String> response) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                "application/problem+json",
                response.headers().firstValue("Content-Type").orElse(""));
        assertEquals(code, json(response).get("code").asText());
        assertFalse(json(response).get("hint").asText().isEmpty());
    }

    @Test
    void shouldSayThatItLivesAndIsReady() throws Exception {
        assertEquals(200, send("GET", "/livez", "").statusCode());
        assertEquals(200, send("GET", "/readyz", "").statusCode());
    }

    @Test
    void shouldRefuseATooLargeBodyAsAnyOtherRequest() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> refused = send("POST", "/api/v1/tasks", "x".repeat(40 << 20));
            assertEquals(413, refused.statusCode());
            assertEquals(
                    "application/problem+json",
                    refused.headers().firstValue("Content-Type").orElse(""));
            assertEquals("PAYLOAD_TOO_LARGE", json(refused).get("code").asText());
        }
    }
}
