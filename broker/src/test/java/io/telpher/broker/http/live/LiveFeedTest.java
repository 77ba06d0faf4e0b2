package io.telpher.broker.http.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.HttpCaller;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Server-sent events of a whole broker, and what else those see who watch it. */
@Timeout(120)
class LiveFeedTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final List<Reader> readers = new ArrayList<>();
    private Broker broker;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterEach
    void stop() throws IOException {
        for (Reader reader : readers) {
            reader.socket.close();
        }
        broker.close();
    }

    private record Event(String name, String id, JsonNode data) {}

    /** A reader of events on a socket of its own, which it alone decides when to read from. */
    private final class Reader {
        private final Socket socket;
        private final BufferedReader in;
        private final String status;

        Reader(String query, String... headers) throws IOException {
            String[] address = broker.httpAddress().split(":");
            socket = new Socket(address[0], Integer.parseInt(address[1]));
            readers.add(this);
            String request = "GET /api/v1/events" + query + " HTTP/1.1\r\nHost: localhost\r\n"
                    + String.join("", headers) + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            status = in.readLine();
        }

        /** The next event; chunk sizes lie between its lines. */
        Event next() throws IOException {
            String name = "";
            String id = "";
            while (true) {
                Patience.look();
                String line = in.readLine();
                assertNotNull(line, "the stream ended");
                if (line.startsWith("event: ")) {
                    name = line.substring("event: ".length());
                } else if (line.startsWith("id: ")) {
                    id = line.substring("id: ".length());
                } else if (line.startsWith("data: ")) {
                    return new Event(name, id, JSON.readTree(line.substring("data: ".length())));
                }
            }
        }

        Event next(String name, Predicate<JsonNode> that) throws IOException {
            Event event = next();
            while (!event.name().equals(name) || !that.test(event.data())) {
                event = next();
            }
            return event;
        }
    }

    private JsonNode send(String method, String path, String body) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send(method, path, body);
        assertTrue(response.statusCode() < 300, response.body());
        return HttpCaller.json(response);
    }

    private String submit(String queue) throws Exception {
        String body = "{\"type\":\"mail\",\"queue\":\"" + queue + "\",\"payload\":1}";
        return send("POST", "/api/v1/tasks", body).get("task_id").asText();
    }

    private static JsonNode of(JsonNode counts, String queue) {
        for (JsonNode each : counts.get("queues")) {
            if (each.get("queue").asText().equals(queue)) {
                return each;
            }
        }
        return JSON.createObjectNode();
    }

    @Test
    void shouldTellAllCountsAndThenWhatChanges() throws Exception {
        submit("one");
        submit("two");
        Reader reader = new Reader("");
        assertEquals("HTTP/1.1 200 OK", reader.status);
        Event first = reader.next("counts", data -> data.get("whole").asBoolean());
        assertEquals(1, of(first.data(), "one").get("ready").asInt());
        assertEquals(1, of(first.data(), "two").get("ready").asInt());
        assertEquals(2, first.data().get("broker").get("live_tasks").asInt());

        submit("two");
        Event next = reader.next("counts", data -> of(data, "two").path("ready").asInt() == 2);
        assertFalse(next.data().get("whole").asBoolean());
        assertTrue(of(next.data(), "one").isEmpty(), "what did not change is not told again");
    }

    @Test
    void shouldTellEachChangeOfATask() throws Exception {
        String id = submit("mail");
        Reader reader = new Reader("?task=" + id);
        reader.next("counts", data -> true);
        submit("mail");
        JsonNode task = send("POST", "/api/v1/queues/mail/reserve", "{\"worker\":\"w1\"}")
                .get("tasks")
                .get(0);
        send("POST", "/api/v1/tasks/" + id + "/ack", "{\"lease_id\":" + task.get("lease_id") + "}");
        Event taken = reader.next("task", data -> true);
        assertEquals(id, taken.data().get("task_id").asText());
        assertEquals("ready", taken.data().get("from").asText());
        assertEquals("active", taken.data().get("to").asText());
        assertEquals("w1", taken.data().get("worker").asText());
        Event done = reader.next("task", data -> true);
        assertEquals(id, done.data().get("task_id").asText());
        assertEquals("completed", done.data().get("to").asText());
    }

    @Test
    void shouldTellOfOneQueueOnly() throws Exception {
        submit("one");
        submit("two");
        Reader reader = new Reader("?queue=two");
        Event first = reader.next("counts", data -> data.get("whole").asBoolean());
        assertEquals(1, first.data().get("queues").size());
        submit("one");
        String id = submit("two");
        assertEquals(
                id, reader.next("task", data -> true).data().get("task_id").asText(), "the other queue's is not told");
    }

    @Test
    void shouldTellAReaderThatComesBackOnlyWhatIsNew() throws Exception {
        submit("one");
        submit("two");
        Event seen = new Reader("").next("counts", data -> data.get("queues").size() == 2);
        submit("two");
        Reader again = new Reader("", "Last-Event-ID: " + seen.id() + "\r\n");
        Event next = again.next("counts", data -> of(data, "two").path("ready").asInt() == 2);
        assertFalse(next.data().get("whole").asBoolean());
        assertTrue(of(next.data(), "one").isEmpty());

        Reader stranger = new Reader("?queue=one", "Last-Event-ID: another-run-7\r\n");
        assertEquals("missed", stranger.next().name(), "task changes between are not repeated, and that is said");
        assertTrue(stranger.next("counts", data -> true).data().get("whole").asBoolean());
    }

    @Test
    void shouldRefuseMoreReadersThanItServesAndNonsense() throws Exception {
        assertTrue(new Reader("?task=nonsense").status.contains(" 400 "));
        assertTrue(new Reader("?queue=a%20b").status.contains(" 400 "));
        assertTrue(new Reader("?queue=" + "q,".repeat(21)).status.contains(" 400 "));
        for (int i = 0; i < LiveFeed.STREAMS_PER_PRINCIPAL_MAX; i++) {
            assertTrue(new Reader("").status.contains(" 200 "));
        }
        assertTrue(new Reader("").status.contains(" 503 "));
        readers.get(readers.size() - 2).socket.close();
        // The place is free as soon as the broker has noticed.
        while (!new Reader("").status.contains(" 200 ")) {
            Patience.look();
        }
    }

    @Test
    void shouldKeepTheLastHour() throws Exception {
        submit("one");
        Reader reader = new Reader("");
        JsonNode row =
                reader.next("row", data -> data.get("ready").asInt() == 1).data();
        assertTrue(row.get("sync_p50_ms").isNumber() || row.get("sync_p50_ms").isNull());
        JsonNode series = send("GET", "/api/v1/series", "");
        int rows = series.get("at").size();
        assertTrue(rows >= 1);
        series.fieldNames()
                .forEachRemaining(name ->
                        assertTrue(name.equals("step_ms") || series.get(name).size() == rows, name));
        assertEquals(1, series.get("ready").get(rows - 1).asInt());
        JsonNode queue = send("GET", "/api/v1/series?queue=one", "");
        assertEquals(1, queue.get("ready").get(queue.get("at").size() - 1).asInt());
        assertEquals(0, send("GET", "/api/v1/series?queue=none", "").get("at").size());
    }

    @Test
    void shouldSayWhoWorksAndWhatTheBrokerIs() throws Exception {
        submit("mail");
        send("POST", "/api/v1/queues/mail/reserve", "{\"worker\":\"w1\"}");
        JsonNode workers = send("GET", "/api/v1/workers", "").get("workers");
        assertTrue(workers.size() <= 1, "an HTTP connection that is gone is not shown");
        JsonNode facts = send("GET", "/api/v1/broker", "");
        assertEquals("batch", facts.get("journal").get("sync").asText());
        assertTrue(facts.get("jvm").get("heap_max_bytes").asLong() > 0);
        assertTrue(facts.get("config").isNull(), "this one was not started by the command");
    }

    /** A person who looks at both sees one truth. */
    @Test
    void shouldCountTheBrokersTasksAsOfNow() throws Exception {
        for (int i = 1; i <= 5; i++) {
            submit("mail");
            assertEquals(i, send("GET", "/api/v1/queues/mail", "").get("ready").asLong());
            assertEquals(
                    i,
                    send("GET", "/api/v1/broker", "").get("stats").get("ready").asLong());
        }
    }

    @Test
    void shouldListTasksByState() throws Exception {
        submit("mail");
        send("POST", "/api/v1/tasks", "{\"type\":\"mail\",\"queue\":\"mail\",\"payload\":1,\"delay_ms\":60000}");
        JsonNode scheduled =
                send("GET", "/api/v1/tasks?state=scheduled,retry_wait", "").get("tasks");
        assertEquals(1, scheduled.size());
        assertEquals("scheduled", scheduled.get(0).get("state").asText());
        HttpCaller caller = new HttpCaller(broker);
        assertEquals(400, caller.send("GET", "/api/v1/tasks?state=gone", "").statusCode());
        assertEquals(
                400,
                caller.send("GET", "/api/v1/tasks?state=ready&status=pending", "")
                        .statusCode());
    }

    /** A purge changes more at once than is kept until the next look, and more than a reader is told one by one. */
    @Test
    void shouldCountWhatItCannotTell() throws Exception {
        int tasks = 20_000;
        try (Telpher telpher = Telpher.connect(broker.url())) {
            List<TaskSpec> thousand = Collections.nCopies(
                    1000, TaskSpec.type("mail").queue("flood").payload("x"));
            for (int i = 0; i < tasks; i += thousand.size()) {
                telpher.submitBatch(thousand);
            }
            Reader reader = new Reader("?queue=flood");
            reader.next("counts", data -> true);
            assertEquals(tasks, telpher.operations().purge("flood", 0));
            long told = 0;
            long missed = 0;
            while (told + missed < tasks) {
                Event event = reader.next();
                if (event.name().equals("task")) {
                    told++;
                } else if (event.name().equals("missed")) {
                    missed += event.data().get("count").asLong();
                }
            }
            assertEquals(tasks, told + missed);
            assertTrue(missed > 0, told + " told");
        }
    }
}
