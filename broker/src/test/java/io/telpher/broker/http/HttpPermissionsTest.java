package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.HttpCaller;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.http.route.Router;
import io.telpher.broker.security.Token;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every route as every role, and without a token. What may be is written down here once more. */
@Tag("security")
class HttpPermissionsTest {
    private static final Map<String, String> MAY = new HashMap<>();
    private static final String TASK = "{\"type\":\"t\",\"payload\":1}";
    private static final String LEASE = "{\"lease_id\":1}";

    static {
        may("submit admin", "POST /api/v1/tasks", "POST /api/v1/tasks/batch", "DELETE /api/v1/tasks/{id}");
        may("submit read admin", "GET /api/v1/tasks/{id}");
        may("work admin", "POST /api/v1/queues/{q}/reserve", "POST /api/v1/reserve");
        may("work admin", "POST /api/v1/tasks/{id}/ack");
        may("work admin", "POST /api/v1/tasks/{id}/nack", "POST /api/v1/tasks/{id}/release");
        may("work admin", "POST /api/v1/tasks/{id}/extend", "POST /api/v1/tasks/{id}/progress");
        may("read admin", "GET /api/v1/tasks", "GET /api/v1/tasks/{id}/history", "GET /api/v1/tasks/{id}/why");
        may("read admin", "GET /api/v1/queues", "GET /api/v1/queues/{q}", "GET /api/v1/queues/{q}/scale");
        may("read admin", "GET /api/v1/queues/{q}/dlq", "GET /api/v1/queues/{q}/dlq/groups");
        may("read admin", "GET /api/v1/queues/{q}/dlq/export", "GET /api/v1/queues/{q}/dlq/replays");
        may("read admin", "GET /api/v1/events", "GET /api/v1/series", "GET /api/v1/workers", "GET /api/v1/broker");
        may("read admin", "GET /metrics", "GET /api/v1/search", "GET /api/v1/cluster");
        may("admin", "POST /api/v1/cluster/transfer", "POST /api/v1/cluster/verify", "POST /api/v1/cluster/replace");
        may("admin", "POST /api/v1/cluster/upgrade");
        may("admin", "POST /api/v1/cluster/add", "POST /api/v1/cluster/remove");
        may("admin", "POST /api/v1/tasks/{id}/reschedule", "POST /api/v1/tasks/reschedule");
        may("admin", "PUT /api/v1/queues/{q}/note");
        may("admin", "PUT /api/v1/queues/{q}", "POST /api/v1/queues/{q}/pause", "POST /api/v1/queues/{q}/resume");
        may("admin", "POST /api/v1/queues/{q}/purge", "DELETE /api/v1/queues/{q}");
        may("admin", "POST /api/v1/queues/{q}/dlq/replay", "POST /api/v1/queues/{q}/dlq/discard");
        may("admin", "POST /api/v1/queues/{q}/dlq/replays/{id}/stop", "POST /api/v1/snapshot", "GET /api/v1/audit");
        may("admin", "POST /api/v1/workers/{id}/drain", "POST /api/v1/workers/{id}/resume");
        may("submit work read admin nothing", "GET /api/v1/access");
    }

    private static void may(String roles, String... routes) {
        for (String route : routes) {
            MAY.put(route, roles);
        }
    }

    @TempDir
    static Path directory;

    private static final Map<String, String> TOKENS = new HashMap<>();
    private static SecuredBroker secured;
    private static HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        secured = SecuredBroker.start(directory);
        for (String role : List.of("submit", "work", "read", "admin")) {
            TOKENS.put(role, secured.token(role, List.of(role), List.of()));
        }
        TOKENS.put("nothing", secured.token("nothing", List.of("admin"), List.of("*")));
        TOKENS.put("team", secured.token("team", List.of("admin:team.*"), List.of("*:*.secret")));
        assertEquals(202, send("admin", "POST /api/v1/tasks", TASK).statusCode());
    }

    @AfterAll
    static void stop() {
        secured.close();
    }

    static List<String> routes() {
        List<String> routes = new ArrayList<>(Router.all());
        routes.addAll(SecurityRoutes.ALL);
        routes.add("GET /metrics");
        return routes;
    }

    static List<Arguments> eachRouteAsEachRole() {
        List<Arguments> cases = new ArrayList<>();
        routes().forEach(route -> List.of("submit", "work", "read", "admin", "nothing")
                .forEach(role -> cases.add(Arguments.of(route, role))));
        return cases;
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("eachRouteAsEachRole")
    void shouldAnswerByRole(String route, String role) throws Exception {
        String roles = MAY.get(route);
        assertNotNull(roles, route + " is in no line of the matrix");
        boolean allowed = List.of(roles.split(" ")).contains(role);
        assertEquals(allowed, send(role, route, body(route)).statusCode() != 403, route + " as " + role);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void shouldAskWhoeverHasNoToken(String route) throws Exception {
        HttpResponse<?> response = send("", route, body(route));
        assertEquals(401, response.statusCode());
        assertTrue(response.headers().firstValue("WWW-Authenticate").orElse("").startsWith("Bearer"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /", "GET /livez", "GET /readyz", "GET /openapi.json"})
    void shouldNotAskForWhatTellsNothing(String route) throws Exception {
        assertEquals(200, send("", route, "").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer tq_0_x", "Bearer ../../x", "tq_0_x"})
    void shouldNotTakeWhatIsNoToken(String header) throws Exception {
        assertEquals(401, request("GET /api/v1/queues", "", header).statusCode());
    }

    /** The part that is no secret is right. */
    @Test
    void shouldNotTakeATokenOfAnotherSecret() throws Exception {
        String known = secured.token("known", List.of("admin"), List.of()).split("_")[1];
        assertEquals(
                401,
                request("GET /api/v1/queues", "", "Bearer " + Token.of(known)).statusCode());
    }

    /** It is read and dropped so that the next request is found behind it, but not for ever. */
    @Test
    void shouldNotReadALongBodyOfSomebodyUnknown() throws Exception {
        String request = "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: %d\r\n\r\n%s";
        String half = "x".repeat(1 << 19);
        try (RawHttp http = new RawHttp(secured.broker().httpPort())) {
            for (int i = 0; i < 4; i++) {
                http.send(String.format(request, half.length(), half));
                assertEquals(401, http.response().status());
            }
            http.send(String.format(request, 4 * half.length(), half));
            assertEquals(401, http.response().status());
            assertTrue(ends(http, half + half), "a megabyte and a half");
        }
    }

    private static boolean ends(RawHttp http, String more) throws SocketTimeoutException {
        try {
            return http.send(more).rest().isEmpty();
        } catch (SocketTimeoutException goesOn) {
            throw goesOn;
        } catch (IOException reset) {
            return true; // there was more on its way than was read
        }
    }

    @Test
    void shouldTakeATokenNoLongerWhenItIsRevoked() throws Exception {
        TOKENS.put("gone", secured.token("gone", List.of("read"), List.of()));
        assertEquals(200, send("gone", "GET /api/v1/queues", "").statusCode());
        secured.revoke("gone");
        assertEquals(401, send("gone", "GET /api/v1/queues", "").statusCode());
    }

    @Test
    void shouldKeepTeamsApart() throws Exception {
        String pause = "POST /api/v1/queues/%s/pause";
        assertEquals(403, send("team", String.format(pause, "other"), "{}").statusCode());
        assertEquals(
                403, send("team", String.format(pause, "team.secret"), "{}").statusCode());
        assertFalse(send("team", String.format(pause, "team.mail"), "{}").statusCode() == 403);
        assertEquals(403, send("team", "GET /metrics", "").statusCode(), "it tells of all queues");
    }

    @Test
    void shouldNoteWhatAdminsDidAndWhoWasTurnedAway() throws Exception {
        send("admin", "PUT /api/v1/queues/audited", "{\"max_retries\":2}");
        send("read", "POST /api/v1/queues/audited/pause", "{}");
        String text = "";
        long start = System.nanoTime();
        while (!text.contains("FORBIDDEN") && System.nanoTime() - start < 30_000_000_000L) {
            text = HttpCaller.json(request("GET /api/v1/audit?limit=500", "", "Bearer " + TOKENS.get("admin")))
                    .toString();
        }
        assertTrue(text.contains("\"action\":\"PUT_QUEUE\",\"target\":\"audited\",\"outcome\":\"OK\""), text);
        assertTrue(text.contains("\"action\":\"PAUSE_QUEUE\",\"target\":\"audited\",\"outcome\":\"FORBIDDEN\""), text);
        Path file = directory.resolve("data").resolve("audit.jsonl");
        while (!Files.exists(file) && System.nanoTime() - start < 30_000_000_000L) {
            Patience.look();
        }
        String written = Files.readString(file);
        for (String token : TOKENS.values()) {
            assertFalse(written.contains(token.substring(token.length() - 20)), "a secret in the audit log");
            assertFalse(Files.readString(SecuredBroker.file(directory)).contains(token), "a token in its file");
        }
    }

    private static String body(String route) {
        if (route.equals("POST /api/v1/tasks")) {
            return TASK;
        }
        if (route.endsWith("/batch")) {
            return "{\"tasks\":[" + TASK + "]}";
        }
        if (route.matches(".*/(ack|nack|release|extend|progress)")) {
            return LEASE;
        }
        if (route.endsWith("/v1/reserve")) {
            return "{\"queues\":[\"q\"]}";
        }
        if (route.endsWith("/tasks/reschedule")) {
            return "{\"task_ids\":[\"t-1\"],\"delay_ms\":0}";
        }
        if (route.endsWith("/reschedule")) {
            return "{\"delay_ms\":0}";
        }
        if (route.endsWith("/note")) {
            return "{\"note\":\"ask billing\"}";
        }
        if (route.endsWith("/purge")) {
            return "{\"yes\":true}";
        }
        return route.startsWith("GET") || route.startsWith("DELETE") ? "" : "{}";
    }

    private static HttpResponse<?> send(String who, String route, String body) throws Exception {
        return request(route, body, who.isEmpty() ? "" : "Bearer " + Objects.requireNonNull(TOKENS.get(who)));
    }

    private static HttpResponse<String> request(String route, String body, String authorization) throws Exception {
        String method = route.replaceFirst(" .*", "");
        String path = route.replaceFirst(".* ", "")
                .replace(
                        "{id}",
                        route.contains("replays")
                                ? io.telpher.protocol.deadletter.DlqRun.format(1)
                                : route.contains("workers") ? "1" : "t-1")
                .replace("{q}", "default");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://" + secured.broker().httpAddress() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/json");
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        if (path.equals("/api/v1/events")) {
            // It never ends; what matters is how it starts.
            HttpResponse<java.io.InputStream> stream =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            stream.body().close();
            return new StatusOnly(stream);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A response whose body was left unread. */
    private record StatusOnly(HttpResponse<java.io.InputStream> of) implements HttpResponse<String> {
        @Override
        public int statusCode() {
            return of.statusCode();
        }

        @Override
        public HttpRequest request() {
            return of.request();
        }

        @Override
        public java.util.Optional<HttpResponse<String>> previousResponse() {
            return java.util.Optional.empty();
        }

        @Override
        public java.net.http.HttpHeaders headers() {
            return of.headers();
        }

        @Override
        public String body() {
            return "";
        }

        @Override
        public java.util.Optional<javax.net.ssl.SSLSession> sslSession() {
            return of.sslSession();
        }

        @Override
        public URI uri() {
            return of.uri();
        }

        @Override
        public HttpClient.Version version() {
            return of.version();
        }
    }
}
