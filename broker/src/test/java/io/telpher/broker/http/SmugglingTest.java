package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.http.RawHttp.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests whose end a proxy in front may see elsewhere than the broker does, with a second one hidden in the first. Each gets one
 * refusal and the connection ends: the hidden request is never looked at.
 */
@Tag("security")
class SmugglingTest {
    private static final String HIDDEN = "PUT /api/v1/queues/smuggled HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    private static final Map<String, String> VECTORS = new LinkedHashMap<>();
    /** What is said clearly, and not spoken here. */
    private static final Map<String, Integer> OTHERS =
            Map.of("gzip, then chunked", 501, "HTTP/2.0", 505, "HTTP/2 preface", 505);

    static {
        put("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
        put("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n");
        put("two lengths", "Content-Length: 0\r\nContent-Length: 44\r\n", "");
        put("the same length twice", "Content-Length: 0\r\nContent-Length: 0\r\n", "");
        put("a list of lengths", "Content-Length: 0, 44\r\n", "");
        put("a list of the same lengths", "Content-Length: 0, 0\r\n", "");
        put("length with a plus", "Content-Length: +0\r\n", "");
        put("negative length", "Content-Length: -1\r\n", "");
        put("hexadecimal length", "Content-Length: 0x0\r\n", "");
        put("length with a fraction", "Content-Length: 0.0\r\n", "");
        put("length beyond a long", "Content-Length: 99999999999999999999\r\n", "");
        put("empty length", "Content-Length: \r\n", "");
        put("length that is no number", "Content-Length: abc\r\n", "");
        put("TE.TE, second unknown", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n");
        put("TE.TE, first unknown", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
        put("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n");
        put("chunked not last", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n");
        put("gzip, then chunked", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n");
        put("identity", "Transfer-Encoding: identity\r\n", "");
        put("xchunked", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n");
        put("quoted chunked", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n");
        put("chunked with a parameter", "Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n");
        put("chunked with a vertical tab", "Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n");
        put("empty transfer encoding", "Transfer-Encoding:\r\n", "");
        put("space before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n");
        put("space before the colon of a length", "Content-Length : 0\r\n", "");
        put("tab before the colon", "Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n");
        put("no colon", "Transfer-Encoding chunked\r\n", "0\r\n\r\n");
        put("NUL in a name", "Transfer-Enc\0oding: chunked\r\n", "0\r\n\r\n");
        put("NUL in a value", "X: a\0b\r\n", "");
        put("bare CR in a value", "X: a\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
        put("bare LF between fields", "X: a\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
        put("bare LF ends the head", "X: a\r\n\n", "");
        put("folded transfer encoding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n");
        put("folded length", "Content-Length: 0\r\n 4\r\n", "");
        put("transfer encoding with a NUL", "Transfer-Encoding: chunked\0\r\n", "0\r\n\r\n");
        put("transfer encoding and a comma", "Transfer-Encoding: chunked,\r\n", "0\r\n\r\n");
        put("CL.TE, an empty encoding", "Content-Length: 0\r\nTransfer-Encoding:\r\n", "");
        put("length with an inner space", "Content-Length: 0 4\r\n", "");
        put("length with an underscore", "Content-Length: 0_0\r\n", "");
        put("length in other digits", "Content-Length: \u00b2\r\n", "");
        put("empty field name", ": chunked\r\n", "");
        put("field name with brackets", "Transfer(Encoding): chunked\r\n", "");
        put("chunk size with an underscore", chunked(), "0_0\r\n\r\n");
        put("chunk size of 17 digits", chunked(), "10000000000000000\r\n\r\n");
        put("space in the name of a trailer", chunked(), "0\r\nContent-Length : 4\r\n\r\n");
        put("two hosts", "Host: other\r\n", "");
        put("two content types", "Content-Type: text/plain\r\n", "");
        put("the same content type twice", "content-type: application/json\r\n", "");
        put("two authorizations", "Authorization: Bearer tq_a_b\r\nAuthorization: Bearer tq_c_d\r\n", "");
        put("an empty authorization and another", "Authorization:\r\nAuthorization: Bearer tq_c_d\r\n", "");
        put("two idempotency keys", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "");
        put("the same idempotency key twice", "Idempotency-Key: a\r\nidempotency-key: a\r\n", "");
        put("two origins", "Origin: http://localhost\r\nOrigin: http://other\r\n", "");
        put("two sites", "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n", "");
        put("two expectations", "Expect: 100-continue\r\nExpect: 100-continue\r\n", "");
        put("two last events", "Last-Event-ID: a-1\r\nLast-Event-ID: a-2\r\n", "");
        put("two traces", "traceparent: a\r\ntraceparent: b\r\n", "");
        put("chunk size beyond an int", chunked(), "fffffffff\r\n");
        put("chunk size that wraps", chunked(), "100000000\r\n\r\n");
        put("negative chunk size", chunked(), "-1\r\n\r\n");
        put("chunk size with 0x", chunked(), "0x0\r\n\r\n");
        put("chunk size with a plus", chunked(), "+0\r\n\r\n");
        put("chunk size with a space before", chunked(), " 0\r\n\r\n");
        put("empty chunk size", chunked(), "\r\n\r\n");
        put("chunk longer than its size", chunked(), "1\r\nab\r\n0\r\n\r\n");
        put("chunk ended by a bare LF", chunked(), "1\r\na\n0\r\n\r\n");
        put("chunk size ended by a bare LF", chunked(), "1\na\r\n0\r\n\r\n");
        put("bare LF in a chunk extension", chunked(), "1;a\nb\r\na\r\n0\r\n\r\n");
        put("trailer without a colon", chunked(), "0\r\nContent-Length 4\r\n\r\n");
        VECTORS.put("HTTP/1.0 with chunked", "POST /api/v1/snapshot HTTP/1.0\r\n" + chunked() + "\r\n0\r\n\r\n");
        VECTORS.put("folded first field", "POST /livez HTTP/1.1\r\n Content-Length: 0\r\nHost: localhost\r\n\r\n");
        VECTORS.put("no version", "GET /livez\r\n");
        VECTORS.put("HTTP/2.0", "GET /livez HTTP/2.0\r\nHost: localhost\r\n\r\n");
        VECTORS.put("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        VECTORS.put("HTTP/1.1 with more behind", "GET /livez HTTP/1.1 x\r\nHost: localhost\r\n\r\n");
        VECTORS.put("no host", "GET /livez HTTP/1.1\r\n\r\n");
        VECTORS.put("host with a path", "GET /livez HTTP/1.1\r\nHost: localhost/x\r\n\r\n");
        VECTORS.put("host with a user", "GET /livez HTTP/1.1\r\nHost: a@localhost\r\n\r\n");
        VECTORS.put("list of hosts", "GET /livez HTTP/1.1\r\nHost: a, localhost\r\n\r\n");
        VECTORS.put("space in the target", "GET /livez x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        VECTORS.put("absolute form of another scheme", "GET ftp://localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        VECTORS.put("NUL in the target", "GET /livez\0x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        VECTORS.put("bare CR in the request line", "GET /livez\rx HTTP/1.1\r\nHost: localhost\r\n\r\n");
        VECTORS.put("version of two digits", "GET /livez HTTP/1.10\r\nHost: localhost\r\n\r\n");
        VECTORS.put("CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
    }

    @TempDir
    static Path directory;

    private static Broker broker;

    private static String chunked() {
        return "Transfer-Encoding: chunked\r\n";
    }

    private static void put(String name, String fields, String body) {
        VECTORS.put(
                name,
                "POST /api/v1/snapshot HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields
                        + "\r\n" + body);
    }

    static Set<String> vectors() {
        return VECTORS.keySet();
    }

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterAll
    static void shouldHaveLetNothingThrough() throws IOException {
        try (Broker tested = broker;
                RawHttp http = new RawHttp(tested.httpPort())) {
            Response queue = http.send("GET /api/v1/queues/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .response();
            assertEquals(404, queue.status(), queue.body());
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void shouldRefuseAndHangUp(String name) throws IOException {
        try (RawHttp http = new RawHttp(broker.httpPort())) {
            http.send(VECTORS.get(name) + HIDDEN);
            Response refused = http.response();
            assertEquals(OTHERS.getOrDefault(name, 400), refused.status(), refused.toString());
            assertEquals("close", refused.field("connection"));
            assertEquals("application/problem+json", refused.field("content-type"));
            assertEquals("", http.rest());
        }
    }
}
