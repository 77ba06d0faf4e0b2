package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.testing.Patience;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A partition's thread that hangs in the kernel: a file it writes is a pipe, which nothing reads. */
@Timeout(120)
class HungThreadTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private Path pipe() {
        return directory.resolve("replays.new");
    }

    private void hang(BrokerProcess broker, Telpher telpher) throws Exception {
        Assumptions.assumeTrue(
                new ProcessBuilder("mkfifo", pipe().toString()).start().waitFor() == 0, "there is no mkfifo here");
        long task = telpher.submit(TaskSpec.type("t").queue("q").payload("x").maxRetries(0))
                .taskId();
        HttpResponse<String> reserved = send(broker, "POST", "/api/v1/queues/q/reserve", "{}");
        String lease = reserved.body().replaceAll("(?s).*\"lease_id\":\\s*(\\d+).*", "$1");
        String id = reserved.body().replaceAll("(?s).*\"task_id\":\\s*\"([^\"]+)\".*", "$1");
        assertEquals(
                200,
                send(broker, "POST", "/api/v1/tasks/" + id + "/nack", "{\"lease_id\":" + lease + ",\"permanent\":true}")
                        .statusCode(),
                reserved.body());
        assertTrue(task > 0);
        // Its answer never comes: what was begun is written down first.
        HTTP.sendAsync(
                request(broker, "POST", "/api/v1/queues/q/dlq/replay", "{\"rate_per_second\":1}"),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(BrokerProcess broker, String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.httpPort() + path))
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static HttpResponse<String> send(BrokerProcess broker, String method, String path, String body)
            throws Exception {
        return HTTP.send(request(broker, method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    private static String readiness(BrokerProcess broker, int status) throws Exception {
        HttpResponse<String> ready = send(broker, "GET", "/readyz?verbose", "");
        while (ready.statusCode() != status) {
            Patience.look();
            ready = send(broker, "GET", "/readyz?verbose", "");
        }
        return ready.body();
    }

    @Test
    void shouldNotBeReadyUntilTheThreadComesRound() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            readiness(broker, 200);
            hang(broker, telpher);
            String hung = readiness(broker, 503);
            assertTrue(hung.contains("partition 0 has not come round for"), hung);
            try (InputStream in = Files.newInputStream(pipe())) {
                assertTrue(in.read() >= 0);
                in.readAllBytes();
            }
            readiness(broker, 200);
            assertTrue(
                    telpher.submit(TaskSpec.type("t").queue("q").payload("x")).taskId() > 0);
        }
    }

    @Test
    void shouldEndWithACodeOfItsOwnWhenStoppedMeanwhile() throws Exception {
        BrokerProcess broker = BrokerProcess.start(directory, 0);
        try (Telpher telpher = Telpher.connect(broker.url())) {
            hang(broker, telpher);
            readiness(broker, 503);
            assertEquals(BrokerProcess.STUCK, broker.terminate());
        } finally {
            broker.kill();
        }
        Files.delete(pipe());
        try (BrokerProcess again = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(again.url())) {
            assertEquals(1, telpher.operations().queue("q").submitted);
        }
    }
}
