package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.journal.JournalException;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a broker says while it recovers. It is held there by a snapshot that is a pipe: opening it waits until somebody writes. */
@Timeout(120)
class StartTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WAIT_SECONDS = 60;

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private int httpPort;
    private int binaryPort;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private BrokerConfig config() throws IOException {
        return config(BrokerConfig.of(directory).partitions());
    }

    private BrokerConfig config(int partitions) throws IOException {
        httpPort = freePort();
        binaryPort = freePort();
        BrokerConfig defaults = BrokerConfig.of(directory);
        return new BrokerConfig(
                new InetSocketAddress("127.0.0.1", binaryPort),
                new InetSocketAddress("127.0.0.1", httpPort),
                directory,
                defaults.sync(),
                defaults.limits(),
                defaults.connectionsMax(),
                defaults.retention(),
                partitions,
                defaults.queues());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private void awaitLivez() throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            try {
                assertEquals(200, get("/livez").statusCode());
                return;
            } catch (ConnectException e) {
                if (System.nanoTime() > endNanos) {
                    throw e;
                }
                Patience.look();
            }
        }
    }

    /** Returns the newest snapshot, which is a pipe now. */
    private Path leaveAPipe() throws Exception {
        return leaveAPipe(BrokerConfig.of(directory), directory);
    }

    private Path leaveAPipe(BrokerConfig config, Path partition) throws Exception {
        try (Broker broker = Broker.start(config.onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
        }
        Path pipe;
        try (Stream<Path> files = Files.list(partition.resolve("snapshots"))) {
            pipe = files.findFirst().orElseThrow();
        }
        Files.delete(pipe);
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        return pipe;
    }

    @Test
    void shouldSayHowFarItIsUntilItIsReady() throws Exception {
        Path pipe = leaveAPipe();
        BrokerConfig config = config();
        CompletableFuture<Broker> started = CompletableFuture.supplyAsync(() -> {
            try {
                return Broker.start(config);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        try {
            awaitLivez();
            requireProgress();
            requireRefusals();
            assertThrows(IOException.class, () -> new Socket("127.0.0.1", binaryPort).close());
        } finally {
            // No snapshot: the journal is read instead.
            Files.write(pipe, new byte[1]);
        }
        try (Broker broker = started.get(WAIT_SECONDS, TimeUnit.SECONDS)) {
            requireReady();
            assertEquals(200, get("/api/v1/tasks/t-1").statusCode());
            assertEquals(binaryPort, broker.port());
        }
    }

    @Test
    void shouldSayHowFarEachPartitionIs() throws Exception {
        BrokerConfig config = config(2);
        Path pipe = leaveAPipe(config, directory.resolve("partitions").resolve("0001"));
        CompletableFuture<Broker> started = CompletableFuture.supplyAsync(() -> {
            try {
                return Broker.start(config);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        try {
            awaitLivez();
            JsonNode verbose = awaitPhases("journal", "snapshot");
            assertEquals("snapshot", verbose.path("phase").asText());
            JsonNode progress = verbose.path("progress");
            for (String field : new String[] {"records", "records_total", "bytes", "bytes_total"}) {
                JsonNode partitions = progress.path("partitions");
                assertEquals(
                        progress.path(field).asLong(),
                        partitions.path(0).path(field).asLong()
                                + partitions.path(1).path(field).asLong(),
                        verbose.toString());
            }
        } finally {
            Files.write(pipe, new byte[1]);
        }
        started.get(WAIT_SECONDS, TimeUnit.SECONDS).close();
    }

    private JsonNode awaitPhases(String first, String second) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            JsonNode verbose = JSON.readTree(get("/readyz?verbose").body());
            JsonNode partitions = verbose.path("progress").path("partitions");
            if (partitions.path(0).path("phase").asText().equals(first)
                    && partitions.path(1).path("phase").asText().equals(second)) {
                return verbose;
            }
            assertTrue(System.nanoTime() < endNanos, verbose::toString);
        }
    }

    private void requireProgress() throws Exception {
        HttpResponse<String> plain = get("/readyz");
        assertEquals(503, plain.statusCode());
        assertEquals(
                "application/problem+json",
                plain.headers().firstValue("content-type").orElse(""));
        JsonNode verbose = JSON.readTree(get("/readyz?verbose").body());
        assertEquals("snapshot", verbose.path("phase").asText());
        for (String field : new String[] {"records", "records_total", "bytes_total", "records_per_second", "eta_ms"}) {
            assertTrue(verbose.path("progress").has(field), verbose.toString());
        }
    }

    private void requireRefusals() throws Exception {
        for (String path : new String[] {"/api/v1/queues", "/metrics", "/", "/nowhere"}) {
            HttpResponse<String> refused = get(path);
            assertEquals(503, refused.statusCode(), path);
            assertTrue(refused.headers().firstValueAsLong("retry-after").orElse(0) >= 1, path);
            assertEquals(
                    "OVERLOADED", JSON.readTree(refused.body()).path("code").asText());
        }
        HttpResponse<String> submit =
                send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/api/v1/tasks"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"mail\",\"payload\":1}")));
        assertEquals(503, submit.statusCode());
    }

    private void requireReady() throws Exception {
        assertEquals(200, get("/readyz").statusCode());
        JsonNode ready = JSON.readTree(get("/readyz?verbose").body());
        assertEquals("ready", ready.path("status").asText());
        assertEquals("ready", ready.path("phase").asText());
        assertEquals(8, ready.path("checks").size(), ready.toString());
        ready.path("checks")
                .forEach(check ->
                        assertTrue(check.has("check") && check.has("status") && check.has("detail"), ready.toString()));
    }

    @Test
    void shouldSayWhoUsesTheDirectoryBeforeItWantsThePort() throws Exception {
        BrokerConfig config = config();
        try (Broker broker = Broker.start(config)) {
            JournalException refused = assertThrows(JournalException.class, () -> Broker.start(config));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("TQ-2002"), refused.getMessage());
            assertEquals(200, get("/readyz").statusCode());
            assertTrue(broker.port() > 0);
        }
    }
}
