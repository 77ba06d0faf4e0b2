package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.http.RawHttp.Response;
import io.telpher.broker.http.request.RequestHead;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 byte by byte: what a request may look like, and that nothing else is taken for one. */
class HttpOnTheWireTest {
    private static final String HOST = "Host: localhost\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String TASK = "{\"type\":\"mail\",\"payload\":1}";

    @TempDir
    static Path directory;

    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static RawHttp connect() throws IOException {
        return new RawHttp(broker.httpPort());
    }

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n";
    }

    private static String submit(String fields, String body) {
        return "POST /api/v1/tasks HTTP/1.1\r\n" + HOST + JSON + fields + "\r\n" + body;
    }

    private static Response only(String request) throws IOException {
        try (RawHttp http = connect()) {
            return http.send(request).response();
        }
    }

    private static long tasks() throws IOException {
        String body = only(get("/api/v1/tasks?limit=1000")).body();
        return body.split("\"task_id\"", -1).length - 1L;
    }

    // ---- one connection, many requests

    @Test
    void shouldAnswerRequestAfterRequestOnOneConnection() throws IOException {
        try (RawHttp http = connect()) {
            for (int i = 0; i < 50; i++) {
                Response response = http.send(get("/livez")).response();
                assertEquals(200, response.status());
                assertEquals("alive\n", response.body());
                assertEquals("", response.field("connection"));
                assertTrue(response.field("date").endsWith(" GMT"), response.field("date"));
            }
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsInTheirOrder() throws IOException {
        int count = 5 * HttpConnection.PIPELINED_MAX;
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < count; i++) {
            // Some are answered at once, some by way of the journal, some not before a while.
            requests.append(
                    switch (i % 4) {
                        case 0 -> get("/livez");
                        case 1 -> submit("Content-Length: " + TASK.length() + "\r\n", TASK);
                        case 2 -> get("/nothing/" + i);
                        default ->
                            "POST /api/v1/queues/empty/reserve HTTP/1.1\r\n" + HOST + JSON
                                    + "Content-Length: 13\r\n\r\n{\"wait_ms\":5}";
                    });
        }
        try (RawHttp http = connect()) {
            http.send(requests.toString());
            for (int i = 0; i < count; i++) {
                Response response = http.response();
                assertEquals(new int[] {200, 202, 404, 200}[i % 4], response.status(), response.body());
                assertTrue(i % 4 != 2 || response.body().contains("/nothing/" + i), response.body());
            }
        }
    }

    @Test
    void shouldNotCareHowTheNetworkCutsARequest() throws IOException {
        try (RawHttp http = connect()) {
            for (byte one : submit("Content-Length: " + TASK.length() + "\r\n", TASK)
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII)) {
                http.send(new byte[] {one});
            }
            assertEquals(202, http.response().status());
        }
    }

    @Test
    void shouldTakeNothingBehindTheLastRequest() throws IOException {
        long before = tasks();
        String one = "Content-Length: " + TASK.length() + "\r\n";
        try (RawHttp http = connect()) {
            http.send(submit(one + "Connection: close\r\n", TASK) + submit(one, TASK));
            Response last = http.response();
            assertEquals(202, last.status());
            assertEquals("close", last.field("connection"));
            assertEquals("", http.rest());
        }
        assertEquals(before + 1, tasks());
    }

    @Test
    void shouldCloseForHttp10UnlessAskedNotTo() throws IOException {
        try (RawHttp http = connect()) {
            assertEquals(
                    200, http.send("GET /livez HTTP/1.0\r\n\r\n").response().status());
            assertEquals("", http.rest());
        }
        try (RawHttp http = connect()) {
            for (int i = 0; i < 3; i++) {
                Response response = http.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                        .response();
                assertEquals(200, response.status());
                assertEquals("keep-alive", response.field("connection"));
            }
        }
    }

    // ---- methods and targets

    @Test
    void shouldAnswerHeadAsGetWithoutTheBody() throws IOException {
        for (String path : new String[] {"/livez", "/api/v1/tasks", "/metrics", "/", "/nothing"}) {
            try (RawHttp http = connect()) {
                Response head = http.send("HEAD " + path + " HTTP/1.1\r\n" + HOST + "\r\n")
                        .head();
                Response get = http.send(get(path)).response();
                assertEquals(get.status(), head.status(), path);
                assertEquals(get.field("content-type"), head.field("content-type"));
                assertTrue(Integer.parseInt(head.field("content-length")) > 0, path);
            }
        }
    }

    @Test
    void shouldTellWhatAPathTakes() throws IOException {
        try (RawHttp http = connect()) {
            for (String[] each : new String[][] {
                {"/api/v1/tasks", "POST, GET, HEAD, OPTIONS"},
                {"/api/v1/tasks/t-1", "GET, DELETE, HEAD, OPTIONS"},
                {"/api/v1/queues/q/pause", "POST, OPTIONS"},
                {"/metrics", "GET, HEAD, OPTIONS"},
                {"/", "GET, HEAD, OPTIONS"},
                {"*", "GET, POST, PUT, DELETE, HEAD, OPTIONS"},
            }) {
                Response options = http.send("OPTIONS " + each[0] + " HTTP/1.1\r\n" + HOST + "\r\n")
                        .response();
                assertEquals(204, options.status());
                assertEquals(each[1], options.field("allow"), each[0]);
                assertFalse(options.fields().containsKey("content-length"));
                assertFalse(options.fields().containsKey("access-control-allow-origin"));
            }
            assertEquals(
                    404,
                    http.send("OPTIONS /nothing HTTP/1.1\r\n" + HOST + "\r\n")
                            .response()
                            .status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATCH", "TRACE", "DELETE", "get", "PROPFIND"})
    void shouldRefuseOtherMethodsAndSayWhichItTakes(String method) throws IOException {
        for (String path : new String[] {"/api/v1/tasks", "/livez", "/metrics", "/"}) {
            Response refused = only(method + " " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
            assertEquals(405, refused.status());
            assertTrue(refused.field("allow").contains("GET, HEAD, OPTIONS"), refused.field("allow"));
        }
    }

    @Test
    void shouldTakeATargetWithItsHost() throws IOException {
        assertEquals(
                200,
                only(get("http://localhost:" + broker.httpPort() + "/livez?x=1"))
                        .status());
        assertEquals(200, only(get("HTTP://127.0.0.1/api/v1/queues")).status());
        assertEquals(200, only(get("http://localhost")).status());
        // The target's host counts, whatever the field says.
        assertEquals(403, only(get("http://evil.example/api/v1/queues")).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "livez",
                "*",
                "http:///livez",
                "ftp://localhost/livez",
                "//",
                "http://u@localhost/",
                "/%zz",
                "/livez#x",
                "http://a b/"
            })
    void shouldRefuseOtherTargets(String target) throws IOException {
        assertEquals(target.equals("//") ? 200 : 400, only(get(target)).status());
    }

    @Test
    void shouldTakeAnEscapedSlashForPartOfAName() throws IOException {
        assertEquals(404, only(get("/api%2Fv1%2Ftasks")).status());
        assertEquals(400, only(get("/api/v1/queues/a%2Fpause")).status());
    }

    // ---- bodies

    @Test
    void shouldTakeChunkedBodies() throws IOException {
        String half = TASK.substring(0, 10);
        String chunks = "a;name=\"value\"\r\n" + half + "\r\n"
                + Integer.toHexString(TASK.length() - 10).toUpperCase(java.util.Locale.ROOT) + "\r\n"
                + TASK.substring(10)
                + "\r\n0\r\nX-Trailer: 1\r\nContent-Length: 99999\r\n\r\n";
        try (RawHttp http = connect()) {
            assertEquals(
                    202,
                    http.send(submit("Transfer-Encoding: chunked\r\n", chunks))
                            .response()
                            .status());
            assertEquals(200, http.send(get("/livez")).response().status());
        }
    }

    @Test
    void shouldAskForABodyThatWaitsToBeAskedFor() throws IOException {
        try (RawHttp http = connect()) {
            http.send(submit("Expect: 100-continue\r\nContent-Length: " + TASK.length() + "\r\n", ""));
            assertEquals(100, http.head().status());
            assertEquals(202, http.send(TASK).response().status());
            http.send(submit("Expect: 100-continue\r\nContent-Length: 99000000\r\n", ""));
            Response refused = http.response();
            assertEquals(413, refused.status());
            assertEquals("close", refused.field("connection"));
            assertEquals("", http.rest());
        }
        assertEquals(
                417,
                only(submit("Expect: a-miracle\r\nContent-Length: 1\r\n", "")).status());
    }

    @Test
    void shouldRefuseABodyThatIsTooLargeAfterWhatCameBefore() throws IOException {
        String chunk = "100000\r\n" + "x".repeat(1 << 20) + "\r\n";
        for (String endless : new String[] {
            submit("Content-Length: 99000000\r\n", ""), submit("Transfer-Encoding: chunked\r\n", chunk.repeat(20))
        }) {
            try (RawHttp http = connect()) {
                http.send(submit("Content-Length: " + TASK.length() + "\r\n", TASK) + endless);
                assertEquals(202, http.response().status());
                Response refused = http.response();
                assertEquals(413, refused.status());
                assertTrue(refused.body().contains("PAYLOAD_TOO_LARGE"), refused.body());
                assertEquals("", http.rest());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "br", "identity, gzip", "x-unknown"})
    void shouldUnpackNothing(String coding) throws IOException {
        try (RawHttp http = connect()) {
            String fields = "Content-Encoding: " + coding + "\r\nContent-Length: " + TASK.length() + "\r\n";
            assertEquals(415, http.send(submit(fields, TASK)).response().status());
            fields = fields.replace(coding, "identity");
            assertEquals(202, http.send(submit(fields, TASK)).response().status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/jsonx", "application/x-www-form-urlencoded", "", "json"})
    void shouldRefuseBodiesOfOtherTypes(String type) throws IOException {
        String request = submit("Content-Length: " + TASK.length() + "\r\n", TASK);
        assertEquals(
                415,
                only(request.replace(JSON, "Content-Type: " + type + "\r\n")).status());
        assertEquals(
                202,
                only(request.replace(JSON, "Content-Type: Application/JSON; charset=utf-8\r\n"))
                        .status());
    }

    @Test
    void shouldNotDoWhatCantBeAnsweredInAnAcceptedType() throws IOException {
        long before = tasks();
        for (String accept : new String[] {
            "text/html",
            "application/xml;q=0.9, image/*",
            "application/json;q=0",
            "application/json; q = 0.000; v=1",
            "text/html" + ";q=0;".repeat(2_000) + "\u0085"
        }) {
            Response refused =
                    only(submit("Accept: " + accept + "\r\nContent-Length: " + TASK.length() + "\r\n", TASK));
            assertEquals(406, refused.status(), accept);
        }
        assertEquals(before, tasks());
        for (String accept : new String[] {
            "*/*",
            "application/*",
            "text/html, application/json;q=0.1",
            "application/json;q=0.001",
            "application/json;v=\"q\";q=1;eq=0"
        }) {
            assertEquals(
                    202,
                    only(submit("Accept: " + accept + "\r\nContent-Length: " + TASK.length() + "\r\n", TASK))
                            .status(),
                    accept);
        }
    }

    // ---- limits

    @Test
    void shouldRefuseHeadsThatAreTooLong() throws IOException {
        Response line = only(get("/" + "x".repeat(RequestHead.LINE_BYTES_MAX)));
        assertEquals(414, line.status());
        Response fields = only("GET /livez HTTP/1.1\r\n" + HOST
                + ("X: " + "x".repeat(1000) + "\r\n").repeat(RequestHead.FIELDS_BYTES_MAX / 1000 + 1) + "\r\n");
        assertEquals(431, fields.status());
        assertTrue(fields.body().contains("BAD_REQUEST"), fields.body());
        assertEquals("close", fields.field("connection"));
        assertEquals(200, only(get("/livez?" + "x".repeat(8_000))).status());
    }
}
