package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Why a task is not running: the question that an operator asks first. */
@Timeout(120)
class WhyTest {
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

    private JsonNode call(String method, String path, String body) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, path, body);
        assertTrue(response.statusCode() < 300, response.body());
        return HttpCaller.json(response);
    }

    private String submit(String more) throws Exception {
        return call("POST", "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"mail\",\"payload\":1" + more + "}")
                .get("task_id")
                .asText();
    }

    private JsonNode reserve() throws Exception {
        return call("POST", "/api/v1/queues/mail/reserve", "{\"worker\":\"ann\"}")
                .get("tasks")
                .get(0);
    }

    private JsonNode why(String id) throws Exception {
        return call("GET", "/api/v1/tasks/" + id + "/why", "");
    }

    private static void assertSays(String reason, String words, JsonNode why) {
        assertEquals(reason, why.get("reason").asText(), why.toString());
        assertTrue(why.get("sentence").asText().contains(words), why.toString());
    }

    @Test
    void shouldSayThatNobodyWorks() throws Exception {
        assertSays("no_worker", "no worker serves queue \"mail\"", why(submit("")));
    }

    @Test
    void shouldSayThatItsQueueIsPaused() throws Exception {
        String id = submit("");
        call("POST", "/api/v1/queues/mail/pause", "");
        assertSays("paused", "with 1 task ready", why(id));
    }

    @Test
    void shouldSayUntilWhenItIsDelayed() throws Exception {
        JsonNode why = why(submit(",\"run_at\":\"2027-01-01T00:00:00Z\""));
        assertSays("delayed", "until 2027-01-01T00:00:00Z", why);
        assertEquals("2027-01-01T00:00:00.000Z", why.get("until").asText());
        call("POST", "/api/v1/queues/mail/pause", "");
        JsonNode also = why(why.get("task_id").asText());
        assertSays("delayed", "until 2027-01-01T00:00:00Z; its queue is paused, too", also);
    }

    @Test
    void shouldSayWhereItRunsAndWhichAttemptComesNext() throws Exception {
        String id = submit(",\"max_retries\":3");
        JsonNode task = reserve();
        JsonNode running = why(id);
        assertSays("running", "it runs on worker \"ann\"", running);
        assertEquals("ann", running.get("worker").asText());
        call(
                "POST",
                "/api/v1/tasks/" + id + "/nack",
                "{\"lease_id\":" + task.get("lease_id") + ",\"retry_after_ms\":600000}");
        JsonNode backoff = why(id);
        assertSays("backoff", "attempt 2 of 4 comes at", backoff);
        assertEquals(2, backoff.get("attempt").asInt());
        assertEquals(4, backoff.get("attempts_max").asInt());
    }

    @Test
    void shouldSayItsPlaceInTheLineAndWhenItsTurnComes() throws Exception {
        String done = submit("");
        String last = submit(",\"priority\":\"low\"");
        submit("");
        submit(",\"priority\":\"high\"");
        JsonNode high = reserve();
        assertSays("waiting", "when its turn comes is not known", why(done));
        call(
                "POST",
                "/api/v1/tasks/" + high.get("task_id").asText() + "/ack",
                "{\"lease_id\":" + high.get("lease_id") + "}");
        JsonNode why = why(last);
        assertSays("waiting", "it is number 3 in queue \"mail\" (low)", why);
        assertEquals(3, why.get("position").asInt());
        double eta = why.get("eta_seconds").asDouble();
        assertTrue(eta > 0, why.toString());
        double aSecond = why.get("ended_per_second").asDouble();
        assertEquals(3 / aSecond, eta, 0.02 * eta, why.toString());
        assertEquals(1, why(done).get("position").asInt());
    }

    @Test
    void shouldSayHowItEnded() throws Exception {
        String id = submit("");
        JsonNode task = reserve();
        call("DELETE", "/api/v1/tasks/" + id, "");
        assertSays("cancelling", "worker \"ann\" still runs it", why(id));
        call("POST", "/api/v1/tasks/" + id + "/ack", "{\"lease_id\":" + task.get("lease_id") + "}");
        assertSays("completed", "it was completed at", why(id));
        String dead = submit("");
        JsonNode next = reserve();
        call(
                "POST",
                "/api/v1/tasks/" + dead + "/nack",
                "{\"permanent\":true,\"lease_id\":" + next.get("lease_id") + "}");
        assertSays("dead", "after 1 attempt (permanent); replay or discard it", why(dead));
    }
}
