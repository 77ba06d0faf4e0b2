package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.protocol.SearchQuery;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a search finds, at a broker with three partitions. */
@Timeout(120)
class SearchTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Broker broker;

    @SuppressWarnings("NullAway.Init")
    private static String ready;

    @SuppressWarnings("NullAway.Init")
    private static String dead;

    @SuppressWarnings("NullAway.Init")
    private static String running;

    @SuppressWarnings("NullAway.Init")
    private static String done;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(3));
        running = submit("sms", "text", "{\"to\":\"+49 30 1\"}", ",\"priority\":\"high\"");
        reserve("sms", "w-7");
        // Larger than what is read at once, so that the error is not in memory beside it.
        String letter = "{\"to\":\"Ann@Example.org\",\"text\":\"" + "-".repeat(100_000) + "\"}";
        dead = submit("mail", "letter", letter, ",\"headers\":{\"trace\":\"abc-1\"}");
        call(
                "POST",
                "/tasks/" + dead + "/nack",
                "{\"lease_id\":" + reserve("mail", "w") + ",\"permanent\":true,\"error\":\"no mailbox ANN\"}");
        done = submit("mail", "letter", "{\"to\":\"bob\"}", ",\"idempotency_key\":\"order 17\"");
        call("POST", "/tasks/" + done + "/ack", "{\"lease_id\":" + reserve("mail", "w") + "}");
        ready = submit("reports", "monthly", "{\"of\":\"ann\",\"url\":\"https://example.org\"}", "");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static JsonNode call(String method, String path, String body) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, "/api/v1" + path, body);
        assertTrue(response.statusCode() < 300, response.body());
        return JSON.readTree(response.body());
    }

    private static String submit(String queue, String type, String payload, String more) throws Exception {
        String task = "{\"queue\":\"" + queue + "\",\"type\":\"" + type + "\",\"payload\":" + payload + more + "}";
        return call("POST", "/tasks", task).get("task_id").asText();
    }

    private static long reserve(String queue, String worker) throws Exception {
        JsonNode reserved = call("POST", "/queues/" + queue + "/reserve", "{\"worker\":\"" + worker + "\"}");
        return reserved.get("tasks").get(0).get("lease_id").asLong();
    }

    private static JsonNode search(String q, String more) throws Exception {
        return call("GET", "/search?q=" + URLEncoder.encode(q, StandardCharsets.UTF_8) + more, "");
    }

    private static void finds(String q, String... ids) throws Exception {
        List<String> found = new ArrayList<>();
        search(q, "").get("tasks").forEach(task -> found.add(task.get("task_id").asText()));
        found.sort(null);
        assertEquals(List.of(ids).stream().sorted().toList(), found, q);
    }

    @Test
    void shouldFindByWhatIsInTasks() throws Exception {
        finds("ann", dead, ready);
        finds("payload:ann", dead, ready);
        finds("payload:ann queue:mail", dead);
        finds("error:mailbox", dead);
        finds("error:ann", dead);
        finds("\"to\\\":\\\"bob\"", done);
        finds("header:trace", dead);
        finds("header:trace=ABC", dead);
        finds("header:other");
        // Found in the error's frame, which is read into the place of the submit's.
        finds("mailbox example", dead);
        finds("mailbox example header:trace", dead);
        finds("mailbox nowhere");
        finds("mailbox payload:mailbox");
        finds("\"https://example.org\"", ready);
        finds("nowhere");
    }

    @Test
    void shouldFindByNames() throws Exception {
        finds("key:\"order 17\"", done);
        finds("key:order");
        finds("key:order*", done);
        finds("type:letter", dead, done);
        finds("type:l*", dead, done);
        finds("worker:w-7", running);
        finds("worker:w");
        finds("priority:high", running);
        finds("queue:m* state:completed,dead", dead, done);
        finds("status:pending", ready);
        finds("", dead, done, ready, running);
    }

    @Test
    void shouldGoOnWhereItStopped() throws Exception {
        List<String> found = new ArrayList<>();
        String after = "t-0";
        long looked = 0;
        while (after != null) {
            JsonNode page = search("", "&limit=1&after=" + after);
            page.get("tasks").forEach(task -> found.add(task.get("task_id").asText()));
            looked += page.get("looked_at").asLong();
            after = page.get("next").isNull() ? null : page.get("next").asText();
        }
        assertEquals(
                List.of(dead, done, ready, running).stream().sorted().toList(),
                found.stream().sorted().toList());
        assertEquals(4, looked);
    }

    @Test
    void shouldSayWhatItDoesNotUnderstand() {
        for (String[] each : new String[][] {
            {"colour:red", "no field \"colour\""},
            {"state:up", "is not a valid state"},
            {"status:up", "up"},
            {"type:", "needs a value"},
            {"\"open", "not closed"},
            {"state:ready state:dead", "once"},
            {"a ".repeat(17), "at most 16"}
        }) {
            String message =
                    String.valueOf(assertThrows(IllegalArgumentException.class, () -> SearchQuery.parse(each[0]))
                            .getMessage());
            assertTrue(message.contains(each[1]), message);
        }
    }
}
