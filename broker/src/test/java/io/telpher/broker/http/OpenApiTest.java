package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.HttpCaller;
import io.telpher.broker.http.route.Router;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The description of the API says what the running broker does: every route, and the shape of every answer. */
class OpenApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> BESIDE_THE_ROUTER =
            Set.of("GET /", "GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.json");

    @TempDir
    Path directory;

    private final Set<String> answered = new TreeSet<>();
    private Broker broker;
    private JsonNode description;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        description = JSON.readTree(send("GET", "/openapi.json", "").body());
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return new HttpCaller(broker).send(method, path, body, headers);
    }

    private Set<String> described() {
        Set<String> operations = new TreeSet<>();
        JsonNode paths = description.get("paths");
        paths.fieldNames().forEachRemaining(path -> paths.get(path)
                .fieldNames()
                .forEachRemaining(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        return operations;
    }

    @Test
    void shouldDescribeEveryRouteAndNoOther() {
        Set<String> routes = new TreeSet<>(Router.all());
        routes.addAll(SecurityRoutes.ALL);
        routes.addAll(BESIDE_THE_ROUTER);
        assertEquals(routes, described());
    }

    /** OpenAPI Generator's Java client refuses a required text that is null. */
    @Test
    void shouldRequireNothingThatMayBeNull() {
        List<String> both = new ArrayList<>();
        for (JsonNode schema : description.findParents("properties")) {
            for (JsonNode name : schema.path("required")) {
                JsonNode type = schema.get("properties").path(name.asText()).path("type");
                if (type.isArray() && type.toString().contains("\"null\"")) {
                    both.add(name.asText() + " of "
                            + schema.get("properties").fieldNames().next() + " and others");
                }
            }
        }
        assertEquals(List.of(), both);
    }

    @Test
    void shouldDescribeEveryParameterAndNoOther() {
        for (String route : Router.all()) {
            String[] parts = route.split(" ");
            Set<String> named = new TreeSet<>();
            JsonNode operation = description.get("paths").get(parts[1]).get(parts[0].toLowerCase(Locale.ROOT));
            for (JsonNode parameter : operation.path("parameters")) {
                if (parameter.get("in").asText().equals("query")) {
                    named.add(parameter.get("name").asText());
                }
            }
            List<String> path = List.of(parts[1].substring(1).split("/"));
            assertEquals(new TreeSet<>(Router.parameters(parts[0], path)), named, route);
        }
    }

    /** Does it, and holds request and answer against their schemas. */
    private JsonNode call(String method, String template, String path, String body, int status) throws Exception {
        JsonNode operation = description.get("paths").get(template).get(method.toLowerCase(Locale.ROOT));
        if (!body.isEmpty() && status < 300) {
            validate(operation.get("requestBody").get("content").get("application/json"), JSON.readTree(body), path);
        }
        HttpResponse<String> response = send(method, path, body);
        assertEquals(status, response.statusCode(), response.body());
        JsonNode answer = answer(operation.get("responses"), status);
        String type = response.headers().firstValue("Content-Type").orElse("");
        JsonNode json = JSON.readTree(response.body().isEmpty() ? "null" : response.body());
        assertTrue(answer.get("content").has(type), template + " answers " + type);
        validate(answer.get("content").get(type), json, method + " " + path);
        answered.add(method + " " + template);
        return json;
    }

    private JsonNode answer(JsonNode answers, int status) {
        String exact = String.valueOf(status);
        JsonNode answer = answers.path(answers.has(exact) ? exact : status / 100 + "XX");
        return answer.has("$ref") ? description.at(answer.get("$ref").asText().substring(1)) : answer;
    }

    private void validate(JsonNode content, JsonNode json, String what) {
        ObjectNode schema = content.get("schema").deepCopy();
        schema.set("components", description.get("components"));
        Set<ValidationMessage> wrong = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(schema)
                .validate(json);
        assertTrue(wrong.isEmpty(), what + ": " + wrong + " in " + json);
    }

    @Test
    void shouldAnswerAsDescribed() throws Exception {
        String tasks = "/api/v1/tasks";
        String queue = "/api/v1/queues/{q}";
        String mail = "/api/v1/queues/mail";
        String task =
                "{\"type\":\"mail\",\"queue\":\"mail\",\"payload\":{\"to\":\"a@b\"},\"max_retries\":0,\"headers\":{\"a\":\"b\"}}";
        call("POST", tasks, tasks, task, 202);
        String keyed = task.replace("\"headers\"", "\"idempotency_key\":\"k\",\"headers\"");
        call("POST", tasks, tasks, keyed, 202);
        call("POST", tasks, tasks, keyed, 200);
        call("POST", tasks, tasks, "{\"payload\":1}", 400);
        call(
                "POST",
                tasks + "/batch",
                tasks + "/batch",
                "{\"tasks\":[" + task + "," + task + "," + task + "," + task + "]}",
                202);
        call("GET", tasks, tasks + "?queue=mail&limit=2", "", 200);
        call("GET", "/api/v1/search", "/api/v1/search?q=a@b%20queue:mail", "", 200);
        call("GET", "/api/v1/search", "/api/v1/search?q=colour:red", "", 400);
        for (String last : new String[] {"ack", "nack", "release"}) {
            JsonNode reserved = call("POST", queue + "/reserve", mail + "/reserve", "{\"max\":1}", 200)
                    .get("tasks")
                    .get(0);
            String id = reserved.get("task_id").asText();
            String lease = "{\"lease_id\":" + reserved.get("lease_id");
            String one = tasks + "/{id}";
            call("POST", one + "/extend", tasks + "/" + id + "/extend", lease + "}", 200);
            call(
                    "POST",
                    one + "/progress",
                    tasks + "/" + id + "/progress",
                    lease + ",\"percent\":5,\"note\":\"n\"}",
                    200);
            String more = last.equals("ack") ? ",\"result\":{\"ok\":true}" : "";
            call("POST", one + "/" + last, tasks + "/" + id + "/" + last, lease + more + "}", 200);
            call("POST", one + "/release", tasks + "/" + id + "/release", "{\"lease_id\":1}", 409);
            call("GET", one, tasks + "/" + id + "?payload=true", "", 200);
            call("GET", one + "/why", tasks + "/" + id + "/why", "", 200);
            call("GET", one + "/history", tasks + "/" + id + "/history", "", 200);
        }
        call(
                "POST",
                tasks + "/{id}/reschedule",
                tasks + "/t-5/reschedule",
                "{\"priority\":\"low\",\"delay_ms\":60000}",
                200);
        call(
                "POST",
                tasks + "/reschedule",
                tasks + "/reschedule",
                "{\"task_ids\":[\"t-5\",\"t-2\"],\"delay_ms\":0}",
                200);
        call("POST", tasks + "/{id}/reschedule", tasks + "/t-2/reschedule", "{\"delay_ms\":0}", 409);
        call("DELETE", tasks + "/{id}", tasks + "/t-2", "", 409);
        call("DELETE", tasks + "/{id}", tasks + "/t-5", "", 200);
        call("GET", tasks + "/{id}", tasks + "/t-ffff", "", 404);
        call("GET", "/api/v1/queues", "/api/v1/queues", "", 200);
        call("PUT", queue, mail, "{\"max_retries\":5,\"backoff\":\"linear\",\"factor\":1.5}", 200);
        call("GET", queue, mail, "", 200);
        call("GET", queue, "/api/v1/queues/none", "", 404);
        call("POST", queue + "/pause", mail + "/pause", "{\"refuse_submits\":true,\"reason\":\"down\"}", 200);
        call("PUT", queue + "/note", mail + "/note", "{\"note\":\"ask billing\"}", 200);
        call("POST", queue + "/resume", mail + "/resume", "", 200);
        call("POST", queue + "/purge", mail + "/purge", "{\"yes\":true,\"limit\":1}", 200);
        call("DELETE", queue, mail + "-gone", "", 404);
        call("GET", queue + "/scale", mail + "/scale", "", 200);
        call("GET", queue + "/dlq", mail + "/dlq", "", 200);
        call("GET", queue + "/dlq/groups", mail + "/dlq/groups", "", 200);
        call("POST", queue + "/dlq/replay", mail + "/dlq/replay", "{\"type\":\"mail\",\"dry_run\":true}", 200);
        call("POST", queue + "/dlq/replay", mail + "/dlq/replay", "{\"canary\":1,\"rate_per_second\":5}", 202);
        String run = call("GET", queue + "/dlq/replays", mail + "/dlq/replays", "", 200)
                .get("replays")
                .get(0)
                .get("replay_id")
                .asText();
        call("POST", queue + "/dlq/replays/{id}/stop", mail + "/dlq/replays/" + run + "/stop", "", 200);
        call("GET", queue + "/dlq/export", mail + "/dlq/export", "", 200);
        call("POST", queue + "/dlq/discard", mail + "/dlq/discard", "{\"limit\":1}", 200);
        call("POST", "/api/v1/snapshot", "/api/v1/snapshot", "", 200);
        call("GET", "/api/v1/series", "/api/v1/series", "", 200);
        call("GET", "/api/v1/series", "/api/v1/series?queue=a%20b", "", 400);
        String worker = "/api/v1/workers/"
                + call("GET", "/api/v1/workers", "/api/v1/workers", "", 200)
                        .get("workers")
                        .get(0)
                        .get("session")
                        .asText();
        call("POST", "/api/v1/workers/{id}/drain", worker + "/drain", "", 200);
        call("POST", queue + "/reserve", mail + "/reserve", "{\"max\":1}", 200);
        call("POST", "/api/v1/reserve", "/api/v1/reserve", "{\"queues\":{\"mail\":3,\"sms\":1}}", 200);
        call("POST", "/api/v1/reserve", "/api/v1/reserve", "{\"queues\":[\"mail\",\"sms\"],\"max\":2}", 200);
        call("POST", "/api/v1/reserve", "/api/v1/reserve", "{\"queues\":{\"mail\":0}}", 400);
        call("POST", queue + "/reserve", mail + "/reserve", "{\"version\":\"2.0.1\",\"host\":\"node-7\"}", 200);
        call("POST", "/api/v1/workers/{id}/resume", worker + "/resume", "", 200);
        call("POST", "/api/v1/workers/{id}/drain", "/api/v1/workers/ffff/drain", "", 404);
        call("GET", "/api/v1/broker", "/api/v1/broker", "", 200);
        call("GET", "/api/v1/cluster", "/api/v1/cluster", "", 404); // ClusterTest asks a node
        call("POST", "/api/v1/cluster/transfer", "/api/v1/cluster/transfer", "{}", 404);
        call("POST", "/api/v1/cluster/verify", "/api/v1/cluster/verify", "{}", 404);
        call("POST", "/api/v1/cluster/upgrade", "/api/v1/cluster/upgrade", "{}", 404);
        String disk = "{\"node\":\"n4\",\"link\":\"tq4:8359\"}";
        call("POST", "/api/v1/cluster/replace", "/api/v1/cluster/replace", disk, 404);
        call("POST", "/api/v1/cluster/add", "/api/v1/cluster/add", disk, 404);
        call("POST", "/api/v1/cluster/remove", "/api/v1/cluster/remove", "{\"node\":\"n4\"}", 404);
        answered.add("GET /api/v1/events"); // which never ends: LiveFeedTest reads it
        call("GET", "/api/v1/access", "/api/v1/access", "", 200);
        call("GET", "/api/v1/audit", "/api/v1/audit?limit=2", "", 200);
        Set<String> all = new TreeSet<>(Router.all());
        all.addAll(SecurityRoutes.ALL);
        assertEquals(all, answered, "each route was tried");
    }

    @Test
    void shouldServeThePageAndLetNothingElseRunInIt() throws Exception {
        for (String path : new String[] {
            "/", "/page/page.js", "/page/page.css", "/page/views/queue.js", "/page/lib/uPlot.iife.min.js"
        }) {
            HttpResponse<String> response = send("GET", path, "");
            assertEquals(200, response.statusCode());
            String may =
                    response.headers().firstValue("Content-Security-Policy").orElse("");
            assertTrue(may.startsWith("default-src 'none'; script-src 'self';"), may);
            assertTrue(!may.contains("unsafe"), may);
        }
        String page = send("GET", "/", "").body();
        assertTrue(page.contains("/page/page.js") && !page.contains("onclick") && !page.contains("<script>"), page);
        String script = send("GET", "/page/page.js", "").body();
        assertTrue(
                !script.contains("innerHTML") && !script.contains("insertAdjacentHTML") && !script.contains("eval("));
    }

    @Test
    void shouldLetNoOtherSiteChangeAnything() throws Exception {
        String path = "/api/v1/queues/mail/pause";
        String address = broker.httpAddress().toString().replaceFirst("^.*/", "");
        assertEquals(403, send("POST", path, "", "Sec-Fetch-Site", "cross-site").statusCode());
        assertEquals(
                403, send("POST", path, "", "Origin", "http://evil.example").statusCode());
        assertEquals(403, send("POST", path, "", "Origin", "null").statusCode());
        assertEquals(403, send("POST", path, "", "Sec-Fetch-Site", "same-site").statusCode());
        send("PUT", "/api/v1/queues/mail", "{}");
        assertEquals(
                200,
                send("POST", path, "", "Origin", "http://" + address, "Sec-Fetch-Site", "same-origin")
                        .statusCode());
        assertEquals(415, send("POST", path, "", "Content-Type", "text/plain").statusCode());
    }

    /** As a browser asks whom another site's name was made to lead here. */
    @Test
    void shouldKnowItsNames() throws Exception {
        String port = broker.httpAddress().replaceFirst("^.*:", "");
        for (String name : List.of("localhost", "LocalHost:" + port, "127.0.0.1:" + port, "[::1]:" + port)) {
            assertTrue(statusLine(name).contains(" 200 "), name);
        }
        for (String name :
                List.of("evil.example", "evil.example:" + port, "localhost.evil.example", "127.0.0.1.evil.example")) {
            assertTrue(statusLine(name).contains(" 403 "), name);
        }
    }

    private String statusLine(String host) throws IOException {
        String[] address = broker.httpAddress().split(":");
        try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
            String request = "GET /api/v1/queues HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }
}
