package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sends again means the same as before, over HTTP and over restarts. */
class RepeatedRequestsTest {
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

    private JsonNode send(String method, String path, String body, int status) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, "/api/v1/" + path, body);
        assertEquals(status, response.statusCode(), response.body());
        return HttpCaller.json(response);
    }

    private static String keyed(String more) {
        return "{\"type\":\"t\",\"queue\":\"q\",\"idempotency_key\":\"k\",\"payload\":1" + more + "}";
    }

    @Test
    void shouldTellTheFollowUpsAgain() throws Exception {
        String id = send("POST", "tasks", "{\"type\":\"t\",\"queue\":\"q\",\"payload\":1}", 202)
                .get("task_id")
                .asText();
        String lease = send("POST", "queues/q/reserve", "{}", 200)
                .get("tasks")
                .get(0)
                .get("lease_id")
                .asText();
        String ack = "{\"lease_id\":" + lease + ",\"follow_up\":[{\"type\":\"t\",\"queue\":\"r\",\"payload\":2},"
                + keyed("") + "]}";
        JsonNode first = send("POST", "tasks/" + id + "/ack", ack, 200).get("follow_up");
        assertEquals(2, first.size());
        assertEquals(first, send("POST", "tasks/" + id + "/ack", ack, 200).get("follow_up"));
        send("POST", "snapshot", "{}", 200);
        stop();
        start();
        assertEquals(first, send("POST", "tasks/" + id + "/ack", ack, 200).get("follow_up"));
        assertEquals(1, send("GET", "queues/r", "", 200).get("ready").asInt(), "nothing is made twice");
    }

    @Test
    void shouldFreeTheKeyOfACancelledTask() throws Exception {
        String first = send("POST", "tasks", keyed(""), 202).get("task_id").asText();
        assertEquals(
                first,
                send("POST", "tasks", keyed(",\"expires_in_ms\":60000"), 200)
                        .get("task_id")
                        .asText());
        assertEquals(
                first,
                send(
                                "POST",
                                "tasks",
                                keyed(",\"run_at\":\"" + java.time.Instant.now().plusSeconds(3600) + "\""),
                                200)
                        .get("task_id")
                        .asText());
        send("DELETE", "tasks/" + first, "", 200);
        String second = send("POST", "tasks", keyed(""), 202).get("task_id").asText();
        assertNotEquals(first, second);
        send("PUT", "queues/q", "{\"key_release\":false}", 200);
        send("DELETE", "tasks/" + second, "", 200);
        JsonNode again = send("POST", "tasks", keyed(""), 200);
        assertTrue(again.get("duplicate").asBoolean());
        assertEquals(second, again.get("task_id").asText());
    }

    @Test
    void shouldExpireAReplayedTaskAsThePatchSays() throws Exception {
        String id = send(
                        "POST",
                        "tasks",
                        "{\"type\":\"t\",\"queue\":\"d\",\"payload\":1,\"max_retries\":0,\"expires_in_ms\":600000}",
                        202)
                .get("task_id")
                .asText();
        assertFalse(send("GET", "tasks/" + id, "", 200).get("expires_at").isNull());
        String lease = send("POST", "queues/d/reserve", "{}", 200)
                .get("tasks")
                .get(0)
                .get("lease_id")
                .asText();
        send("POST", "tasks/" + id + "/nack", "{\"lease_id\":" + lease + ",\"permanent\":true}", 200);
        String replay = "{\"task_ids\":[\"" + id + "\"],\"payload\":2,\"expires_in_ms\":700000}";
        assertEquals(
                1,
                send("POST", "queues/d/dlq/replay", replay, 200).get("replayed").asInt());
        assertFalse(send("GET", "tasks/" + id, "", 200).get("expires_at").isNull());
    }

    @Test
    void shouldTakeOnlyOneWayToExpire() throws Exception {
        send("POST", "tasks", keyed(",\"expires_in_ms\":5,\"expires_at\":\"2038-01-01T00:00:00Z\""), 400);
        send("POST", "tasks", keyed(",\"expires_in_ms\":0"), 400);
        send("POST", "tasks", keyed(",\"expires_in_ms\":-5"), 400);
        send("POST", "tasks", keyed(",\"expires_in_ms\":40000000000"), 400);
    }
}
