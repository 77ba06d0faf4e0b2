package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.net.RawConnection;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What enters is taken as it is or refused: no number wraps, is rounded or left out, no text becomes another one. */
class InputTest {
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

    private static HttpResponse<String> send(String method, String path, String body, String... headers)
            throws Exception {
        return new HttpCaller(broker).send(method, path, body, headers);
    }

    private static void assertRefused(HttpResponse<String> response) {
        assertEquals(400, response.statusCode(), response.body());
        assertTrue(response.body().contains("BAD_REQUEST"), response.body());
    }

    private static JsonNode reserved(String queue) throws Exception {
        HttpResponse<String> tasks = send("POST", "/api/v1/queues/" + queue + "/reserve", "{}");
        return HttpCaller.json(tasks).get("tasks").get(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4294968.296",
                "4294967.297",
                "1e308",
                "1e99999999999",
                "1E-400",
                "0",
                "-0",
                "-1",
                "0.999",
                "100.001",
                "2.0005",
                "\"2\"",
                "null2",
                "NaN"
            })
    void shouldRefuseAFactorThatItCannotKeep(String factor) throws Exception {
        assertRefused(send("PUT", "/api/v1/queues/factors", "{\"factor\":" + factor + "}"));
        assertRefused(
                send("POST", "/api/v1/tasks", "{\"type\":\"t\",\"payload\":1,\"retry\":{\"factor\":" + factor + "}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.5", "2.001", "1e2", "100.000", "3.0000"})
    void shouldKeepAFactorThatItTakes(String factor) throws Exception {
        HttpResponse<String> put = send("PUT", "/api/v1/queues/kept", "{\"factor\":" + factor + "}");
        assertEquals(200, put.statusCode(), put.body());
        assertEquals(
                Double.parseDouble(factor),
                HttpCaller.json(put).get("policy").get("factor").asDouble());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_retries\":4294967296",
                "\"max_retries\":4294967297.0",
                "\"delay_ms\":9223372036854775808",
                "\"delay_ms\":1e3",
                "\"delay_ms\":-1",
                "\"delay_ms\":1.5",
                "\"visibility_timeout_ms\":4294972296",
                "\"idempotency_window_ms\":18446744073709611616",
                "\"run_at\":18446744073709551617",
                "\"run_at\":0",
                "\"expires_at\":0",
                "\"expires_at\":-5",
                "\"expires_at\":\"1970-01-01T00:00:00Z\"",
                "\"expires_at\":\"+1000000000-12-31T23:59:59.999999999Z\"",
                "\"retry\":{\"jitter\":65556}",
                "\"retry\":{\"jitter\":65535}",
                "\"retry\":{\"base_ms\":-1}",
                "\"retry\":{\"cap_ms\":9223372036854775807}"
            })
    void shouldRefuseNumbersThatDoNotFit(String field) throws Exception {
        assertRefused(send("POST", "/api/v1/tasks", "{\"type\":\"t\",\"payload\":1," + field + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"minimum_share\":266",
                "\"minimum_share_normal\":255",
                "\"jitter\":65535",
                "\"max_tasks\":-1",
                "\"max_tasks\":9223372036854775808",
                "\"visibility_timeout_ms\":4294997296"
            })
    void shouldRefusePoliciesThatDoNotFit(String field) throws Exception {
        assertRefused(send("PUT", "/api/v1/queues/policies", "{" + field + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/tasks?limit=4294967297",
                "GET /api/v1/queues/q/dlq?older_than=999999999999d",
                "GET /api/v1/queues/q/dlq?died_after=%2B1000000000-12-31T23:59:59.999999999Z",
                "GET /api/v1/queues/q/dlq?died_after=99999999999999999999",
                "GET /api/v1/queues/q/dlq?error=%ED%A0%80",
                "GET /api/v1/queues/q/dlq?error=%FF"
            })
    void shouldRefuseParametersThatDoNotFit(String request) throws Exception {
        String[] words = request.split(" ");
        assertRefused(send(words[0], words[1], ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"300", "256", "-1", "101"})
    void shouldRefuseAPercentageThatIsNone(String percent) throws Exception {
        assertRefused(send("POST", "/api/v1/tasks/t-1/progress", "{\"lease_id\":1,\"percent\":" + percent + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"idempotency_key\":\"a\\ud800\"",
                "\"idempotency_key\":\"\\udc00a\"",
                "\"queue\":\"q\\ud800\"",
                "\"headers\":{\"a\":\"\\ud800\"}",
                "\"headers\":{\"\\ud800\":\"a\"}",
                "\"content_type\":\"a\\ud800\",\"payload_base64\":\"\""
            })
    void shouldRefuseHalfASurrogatePairOutsideOfPayloads(String field) throws Exception {
        String payload = field.contains("payload") ? "" : "\"payload\":1,";
        assertRefused(send("POST", "/api/v1/tasks", "{\"type\":\"t\"," + payload + field + "}"));
    }

    @Test
    void shouldRefuseHalfASurrogatePairInAnErrorOrName() throws Exception {
        assertRefused(send("POST", "/api/v1/tasks/t-1/nack", "{\"lease_id\":1,\"error\":\"\\ud83d\"}"));
        assertRefused(
                send("POST", "/api/v1/tasks/t-1/progress", "{\"lease_id\":1,\"percent\":1,\"note\":\"\\ud83d\"}"));
        assertRefused(send("POST", "/api/v1/queues/q/reserve", "{\"worker\":\"\\ud83d\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0", "-0.0", "1e5", "1E5", "1.50", "[-0,{\"a\":-0e-0}]", "1e99999999999"})
    void shouldKeepTheDigitsOfPayloads(String json) throws Exception {
        HttpResponse<String> submitted =
                send("POST", "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"digits\",\"payload\":" + json + "}");
        assertEquals(202, submitted.statusCode(), submitted.body());
        String tasks = send("POST", "/api/v1/queues/digits/reserve", "{}").body();
        assertTrue(tasks.contains("\"payload\":" + json + ","), tasks);
    }

    @Test
    void shouldCutErrorsThatAreTooLong() throws Exception {
        send("POST", "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"errors\",\"payload\":1}");
        JsonNode task = reserved("errors");
        String error = "x" + "\u20ac".repeat(5_000);
        String path = "/api/v1/tasks/" + task.get("task_id").asText();
        HttpResponse<String> nacked =
                send("POST", path + "/nack", "{\"lease_id\":" + task.get("lease_id") + ",\"error\":\"" + error + "\"}");
        assertEquals(200, nacked.statusCode(), nacked.body());
        String kept = HttpCaller.json(send("GET", path, "")).get("last_error").asText();
        assertTrue(kept.endsWith("\u20ac [cut]"), kept.substring(kept.length() - 20));
        assertTrue(kept.getBytes(StandardCharsets.UTF_8).length <= Limits.ERROR_BYTES_MAX);
        assertTrue(error.startsWith(kept.substring(0, kept.length() - " [cut]".length())));
    }

    // ---- the binary protocol

    private static byte[] submitOf(int payloadBytes, int requestId) {
        TaskSpec task = TaskSpec.type("t").queue("long").payload(new byte[payloadBytes]);
        return Submit.write(new FrameWriter(), requestId, task).toBytes();
    }

    private static void assertTooLarge(@Nullable ByteBuffer frame, int requestId) {
        assertNotNull(frame, "the broker hung up");
        ErrorReply error = new ErrorReply().wrap(frame, 0);
        assertEquals(ErrorCode.PAYLOAD_TOO_LARGE, error.code());
        assertEquals(requestId, error.requestId());
    }

    @Test
    void shouldNameTheRequestThatIsTooLongAndGoOn() throws Exception {
        int frameMax = Limits.DEFAULT.frameBytesMax();
        try (RawConnection connection = RawConnection.welcomed(broker.port())) {
            connection.send(submitOf(frameMax, 71));
            connection.send(submitOf(Limits.PAYLOAD_BYTES_DEFAULT + 1, 72));
            connection.send(submitOf(10, 73));
            assertTooLarge(connection.next(), 71);
            assertTooLarge(connection.next(), 72);
            ByteBuffer submitted = connection.next();
            assertNotNull(submitted);
            assertEquals(MessageType.SUBMITTED, RawConnection.type(submitted));
        }
    }

    @Test
    void shouldHangUpAfterALengthThatNoBrokerTakes() throws Exception {
        try (RawConnection connection = RawConnection.welcomed(broker.port())) {
            byte[] claim = submitOf(10, 74);
            claim[3] = 0x7F;
            connection.send(claim);
            assertTooLarge(connection.next(), 74);
            assertNull(connection.next(), "it should hang up");
        }
    }

    @Test
    void shouldRefuseAKeyThatIsNotUtf8() throws Exception {
        byte[] submit = Submit.write(
                        new FrameWriter(), 75, TaskSpec.type("t").queue("long").idempotencyKey("\u20ac"))
                .toBytes();
        int key = new String(submit, StandardCharsets.ISO_8859_1).indexOf("\u00e2\u0082\u00ac");
        submit[key] = (byte) 0xED; // E2 82 AC -> ED A0 80: half of a surrogate pair
        submit[key + 1] = (byte) 0xA0;
        submit[key + 2] = (byte) 0x80;
        try (RawConnection connection = RawConnection.welcomed(broker.port())) {
            connection.send(submit);
            ByteBuffer error = connection.next();
            assertNotNull(error);
            assertEquals(ErrorCode.BAD_REQUEST, new ErrorReply().wrap(error, 0).code());
            assertFalse(new ErrorReply().wrap(error, 0).message().isEmpty());
        }
    }
}
