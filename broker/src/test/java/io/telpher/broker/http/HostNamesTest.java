package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.SameSite;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.SecurityConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code http.hosts}: by which names a broker may be called, which another site's name that was made to lead here is not. */
@Tag("security")
class HostNamesTest {
    @TempDir
    static Path directory;

    private static SecuredBroker secured;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        secured = SecuredBroker.start(directory); // of hosts = "tq.example.org"
        token = secured.token("admin", List.of("admin"), List.of());
    }

    @AfterAll
    static void stop() {
        secured.close();
    }

    private static int status(String method, String host) throws Exception {
        try (RawHttp http = new RawHttp(secured.broker().httpPort())) {
            http.send(method + " /api/v1/queues/mail HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            return http.response().status();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tq.example.org", "TQ.Example.ORG", "tq.example.org:8443", "localhost", "127.0.0.1:1"})
    void shouldAnswerToItsNames(String host) throws Exception {
        assertEquals(200, status("PUT", host));
        assertEquals(200, status("GET", host));
    }

    /** A container's port that is published on its host's loopback: the request comes in at the container's own address. */
    @ParameterizedTest
    @CsvSource({
        "localhost:18358, true",
        "127.0.0.1, true",
        "[::1]:80, true",
        "10.88.0.3:8358, true",
        "10.88.0.4, false",
        "evil.example:8358, false"
    })
    void shouldAnswerToLocalhostWhereAPortIsPassedOn(String host, boolean isAnswered, @TempDir Path own)
            throws Exception {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/api/v1/queues");
        request.headers().set(HttpHeaderNames.HOST, host);
        InetSocketAddress local = new InetSocketAddress("10.88.0.3", 8358);
        try (Security open = Security.open(SecurityConfig.NONE, own)) {
            if (isAnswered) {
                SameSite.require(request, local, open);
            } else {
                Refusal refusal = assertThrows(Refusal.class, () -> SameSite.require(request, local, open));
                assertEquals("this broker is not called " + host, refusal.getMessage());
                assertTrue(refusal.hint().contains("http.hosts"), refusal::hint);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "tq.example.org.evil.example",
                "xtq.example.org",
                "example.org",
                "tq.example.org.",
                "127.0.0.2",
                "[::2]:80"
            })
    void shouldNotAnswerToOthersWhoeverAsks(String host) throws Exception {
        assertEquals(403, status("PUT", host));
        assertEquals(403, status("GET", host));
    }
}
