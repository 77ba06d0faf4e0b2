package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a caller may rely on field by field: nothing that was said is dropped in silence, nothing that was not said is done. */
class HttpContractTest {
    @TempDir
    static Path directory;

    private static Broker broker;
    private static HttpCaller http;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        http = new HttpCaller(broker);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static JsonNode call(int status, String method, String path, String body) throws Exception {
        HttpResponse<String> response = http.send(method, "/api/v1" + path, body.replace('\'', '"'));
        assertEquals(status, response.statusCode(), method + " " + path + " " + response.body());
        return HttpCaller.json(response);
    }

    private static String submit(String queue, String more) throws Exception {
        return call(202, "POST", "/tasks", "{'type':'t','queue':'" + queue + "','payload':{'n':1}" + more + "}")
                .get("task_id")
                .asText();
    }

    private static JsonNode reserve(String queue) throws Exception {
        return call(200, "POST", "/queues/" + queue + "/reserve", "{'max':1,'wait_ms':20000}")
                .get("tasks")
                .get(0);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "payload twice | 'payload':1,'payload_base64':'AA=='",
                "a type for JSON | 'payload':1,'content_type':'text/plain'",
                "negative retries | 'payload':1,'max_retries':-1",
                "too many retries | 'payload':1,'max_retries':1001",
                "retries twice | 'payload':1,'max_retries':1,'retry':{'max_retries':2}",
                "negative delay | 'payload':1,'delay_ms':-1",
                "two times to begin | 'payload':1,'delay_ms':5,'run_at':'2036-01-01T00:00:00Z'",
                "more than a year | 'payload':1,'delay_ms':31622400001",
                "no timeout | 'payload':1,'visibility_timeout_ms':0",
                "short timeout | 'payload':1,'visibility_timeout_ms':999",
                "long timeout | 'payload':1,'visibility_timeout_ms':43200001",
                "negative base | 'payload':1,'retry':{'base_ms':-1}",
                "negative factor | 'payload':1,'retry':{'factor':-0.001}",
                "jitter | 'payload':1,'retry':{'jitter':101}",
                "short window | 'payload':1,'idempotency_key':'k','idempotency_window_ms':59999",
                "no window | 'payload':1,'idempotency_key':'k','idempotency_window_ms':0",
                "long window | 'payload':1,'idempotency_key':'k','idempotency_window_ms':604800001",
                "priority | 'payload':1,'priority':'urgent'",
                "queue | 'payload':1,'queue':'a b'",
                "headers | 'payload':1,'headers':{'a':1}",
                "unknown | 'payload':1,'delay':5",
            })
    void shouldRefuseASubmitWith(String what, String fields) throws Exception {
        JsonNode problem = call(400, "POST", "/tasks", "{'type':'t'," + fields + "}");
        assertEquals("BAD_REQUEST", problem.get("code").asText(), what);
        JsonNode batch = call(400, "POST", "/tasks/batch", "{'tasks':[{'type':'t'," + fields + "}]}");
        assertTrue(batch.get("detail").asText().length() > 10, batch.toString());
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "GET | /tasks?stauts=failed | ''",
                "GET | /tasks?status=gone | ''",
                "GET | /tasks?limit=0 | ''",
                "GET | /tasks?limit=1001 | ''",
                "GET | /tasks?queue=a%20b | ''",
                "GET | /tasks?after=5 | ''",
                "GET | /tasks?status=failed&state=dead | ''",
                "GET | /tasks/t-1?wait=61s | ''",
                "GET | /tasks/t-1?wait=soon | ''",
                "GET | /tasks/t-1?wait=-5s | ''",
                "GET | /tasks/t-1?payload=yes | ''",
                "GET | /tasks/t-1/history?limit=5 | ''",
                "GET | /queues?q=mail | ''",
                "GET | /workers?limit=x | ''",
                "POST | /tasks/batch | {'tasks':[]}",
                "POST | /tasks/batch | {'tasks':{'type':'t'}}",
                "POST | /tasks/batch | {'tasks':[{'type':'t','payload':1}],'queue':'q'}",
                "POST | /tasks/batch | [5]",
                "POST | /tasks/t-1/ack | {}",
                "POST | /tasks/t-1/ack | {'lease_id':1,'result':1,'result_base64':'AA=='}",
                "POST | /tasks/t-1/ack | {'lease_id':1,'result':1,'result_content_type':'a/b'}",
                "POST | /tasks/t-1/ack | {'lease_id':1,'follow_up':{'type':'t','payload':1}}",
                "POST | /tasks/t-1/nack | {'lease_id':1,'retry_after_ms':-1}",
                "POST | /tasks/t-1/extend | {'lease_id':1,'visibility_timeout_ms':0}",
                "POST | /tasks/t-1/progress | {'lease_id':1,'percent':101}",
                "POST | /tasks/t-1/progress | {'lease_id':1,'percent':1,'progress':2}",
                "POST | /queues/q/reserve | {'max':0}",
                "POST | /queues/q/reserve | {'wait_ms':60001}",
                "PUT | /queues/q | {'max_retries':-1}",
                "PUT | /queues/q | {'minimum_share':101}",
                "PUT | /queues/q | {'jitter':101}",
                "POST | /queues/q/resume | {'refuse_submits':true}",
                "POST | /queues/q/purge | {}",
                "POST | /queues/q/purge | {'yes':false}",
                "GET | /queues/q/scale?target_drain=never | ''",
                "POST | /queues/q/dlq/replay | {'task_ids':[]}",
                "POST | /queues/q/dlq/replay | {'task_ids':'t-1'}",
                "POST | /queues/q/dlq/discard | {'task_ids':[]}",
                "POST | /queues/q/dlq/discard | {'task_ids':['t-1'],'error':'x'}",
                "POST | /queues/q/dlq/replay | {'limit':-1}",
            })
    void shouldRefuse(String method, String path, String body) throws Exception {
        assertEquals(
                "BAD_REQUEST",
                call(400, method, path, body.equals("''") ? "" : body)
                        .get("code")
                        .asText());
    }

    @Test
    void shouldBringThePayloadAlsoWhenItWaits() throws Exception {
        String id = submit("waited", "");
        JsonNode task = reserve("waited");
        call(200, "POST", "/tasks/" + id + "/ack", "{'lease_id':" + task.get("lease_id") + ",'result':[1]}");
        JsonNode done = call(200, "GET", "/tasks/" + id + "?wait=10s&payload=true", "");
        assertEquals("completed", done.get("status").asText());
        assertEquals(1, done.get("payload").get("n").asInt());
        JsonNode pending = call(200, "GET", "/tasks/" + submit("waited", "") + "?wait=1ms&payload=true", "");
        assertEquals("pending", pending.get("status").asText());
        assertEquals(1, pending.get("payload").get("n").asInt());
        call(404, "GET", "/tasks/t-ffffff?wait=1s&payload=true", "");
    }

    @Test
    void shouldKeepRetriesThatAreGivenBesideTheBackoff() throws Exception {
        String id = submit("retries", ",'max_retries':7,'retry':{'backoff':'fixed','base_ms':5}");
        assertEquals(7, call(200, "GET", "/tasks/" + id, "").get("max_retries").asInt());
    }

    @Test
    void shouldSayOfEachTaskOfABatchHowItStands() throws Exception {
        String key = ",'idempotency_key':'once'";
        String id = submit("batch", key);
        call(
                200,
                "POST",
                "/tasks/" + id + "/ack",
                "{'lease_id':" + reserve("batch").get("lease_id") + "}");
        String task = "{'type':'t','queue':'batch','payload':{'n':1}";
        JsonNode tasks = call(202, "POST", "/tasks/batch", "{'tasks':[" + task + key + "}," + task + "}]}")
                .get("tasks");
        assertEquals(id, tasks.get(0).get("task_id").asText());
        assertEquals("completed", tasks.get(0).get("status").asText());
        assertTrue(tasks.get(0).get("duplicate").asBoolean());
        assertEquals("queued", tasks.get(1).get("status").asText());
        assertFalse(tasks.get(1).get("duplicate").asBoolean());
    }

    @Test
    void shouldNotTakeAKeyForAWholeBatch() throws Exception {
        HttpResponse<String> refused = http.send(
                "POST", "/api/v1/tasks/batch", "{\"tasks\":[{\"type\":\"t\",\"payload\":1}]}", "Idempotency-Key", "k");
        assertEquals(400, refused.statusCode(), refused.body());
    }

    @ParameterizedTest
    @CsvSource({"POST,/queues/q/pause", "POST,/queues/q/resume", "POST,/snapshot", "PUT,/queues/q", "POST,/tasks"})
    void shouldChangeNothingWithoutAContentTypeOfJson(String method, String path) throws Exception {
        HttpRequest bare = HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + "/api/v1" + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<String> refused = HttpClient.newHttpClient().send(bare, HttpResponse.BodyHandlers.ofString());
        assertEquals(415, refused.statusCode(), refused.body());
    }

    @Test
    void shouldPurgeWhatIsPendingAndNothingElse() throws Exception {
        String running = submit("purged", "");
        reserve("purged");
        submit("purged", "");
        submit("purged", ",'delay_ms':60000");
        assertEquals(
                2,
                call(200, "POST", "/queues/purged/purge", "{'yes':true}")
                        .get("cancelled")
                        .asInt());
        assertEquals(
                "processing",
                call(200, "GET", "/tasks/" + running, "").get("status").asText());
        call(404, "POST", "/queues/nobody/purge", "{'yes':true}");
    }

    @Test
    void shouldShowQueuesPageByPage() throws Exception {
        for (int i = 0; i < 3; i++) {
            submit("paged-" + i, "");
        }
        int seen = 0;
        String after = "";
        do {
            JsonNode page = call(200, "GET", "/queues?limit=2" + after, "");
            seen += page.get("queues").size();
            after = page.get("next").isNull()
                    ? ""
                    : "&after=" + page.get("next").asText();
        } while (!after.isEmpty());
        assertEquals(call(200, "GET", "/queues", "").get("queues").size(), seen);
    }

    /** The broker looks at so many at a time; nobody should have to know. */
    @Test
    void shouldFindTheFewAmongManyInOnePage() throws Exception {
        StringBuilder tasks = new StringBuilder("[");
        for (int i = 0; i < 1_000; i++) {
            tasks.append(i == 0 ? "" : ",").append("{'type':'t','queue':'crowd','payload':1}");
        }
        String early = submit("seldom", "");
        for (int i = 0; i < 21; i++) {
            call(202, "POST", "/tasks/batch", tasks + "]");
        }
        String late = submit("seldom", "");
        JsonNode page = call(200, "GET", "/tasks?queue=seldom&limit=10", "");
        assertEquals(2, page.get("tasks").size());
        assertEquals(early, page.get("tasks").get(0).get("task_id").asText());
        assertEquals(late, page.get("tasks").get(1).get("task_id").asText());
        assertTrue(page.get("next").isNull());
        JsonNode first = call(200, "GET", "/tasks?queue=seldom&limit=1", "");
        assertEquals(early, first.get("next").asText());
    }
}
