package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Delivery;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process whose heap holds fewer tasks than come. */
@Timeout(300)
class MemoryFullTest {
    private static final int BATCH = 1000;
    private static final int BATCHES_MAX = 3_000;
    private static final int TOO_MANY = 900_000;
    private static final List<String> SMALL =
            List.of("-Xmx48m", "-Xmn64m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private BrokerProcess start(List<String> java) throws IOException {
        return BrokerProcess.start(directory, 0, List.of(), java);
    }

    private static long fill(Telpher telpher) {
        long accepted = 0;
        List<TaskSpec> batch =
                Collections.nCopies(BATCH, TaskSpec.type("t").queue("full").payload("x"));
        for (int i = 0; i < BATCHES_MAX; i++) {
            try {
                accepted += telpher.submitBatch(batch).size();
            } catch (TelpherException e) {
                assertEquals(ErrorCode.MEMORY_FULL, e.code(), e.getMessage());
                assertTrue(e.retryAfterMs() > 0);
                return accepted;
            }
        }
        throw new AssertionError(accepted + " tasks fit into the heap");
    }

    private static long ready(Telpher telpher) {
        return LongStream.of(telpher.operations().queue("full").ready).sum();
    }

    private static HttpResponse<String> http(BrokerProcess broker, String method, String path, String body)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + broker.httpPort() + path))
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static boolean takesOne(Telpher telpher) {
        try {
            telpher.submit(TaskSpec.type("t").queue("full").payload("again"));
            return true;
        } catch (TelpherException e) {
            assertEquals(ErrorCode.MEMORY_FULL, e.code(), e.getMessage());
            return false;
        }
    }

    /** @return how many were taken */
    private static long work(RawWorker worker) {
        Delivery delivery = worker.reserve("full", BATCH, 0);
        List<CompletableFuture<ByteBuffer>> acks = new ArrayList<>();
        while (delivery.next()) {
            long taskId = delivery.taskId();
            long leaseId = delivery.leaseId();
            acks.add(worker.ask(
                    id -> Ack.write(new FrameWriter(), id, taskId, leaseId, Result.NONE, ByteBuffer.allocate(0))));
        }
        for (CompletableFuture<ByteBuffer> ack : acks) {
            assertEquals(MessageType.TASK_STATE.code(), Frame.typeCode(ack.join(), 0));
        }
        return acks.size();
    }

    @Test
    void shouldRefuseSubmitsBeDrainedByAcksAndTakeThemAgain() throws Exception {
        long accepted;
        try (BrokerProcess broker = start(SMALL);
                Telpher telpher = Telpher.connect(broker.url())) {
            accepted = fill(telpher);
            HttpResponse<String> refused =
                    http(broker, "POST", "/api/v1/tasks", "{\"type\":\"t\",\"queue\":\"full\",\"payload\":1}");
            assertEquals(503, refused.statusCode());
            assertTrue(refused.body().contains("MEMORY_FULL"), refused.body());
            assertTrue(refused.headers().firstValueAsLong("retry-after").orElse(0) >= 1);
            HttpResponse<String> ready = http(broker, "GET", "/readyz?verbose", "");
            assertEquals(200, ready.statusCode());
            assertTrue(ready.body().contains("new tasks are refused"), ready.body());
            assertTrue(http(broker, "GET", "/metrics", "").body().contains("telpher_heap_full 1.0"));
            assertEquals(accepted, ready(telpher));
            broker.kill();
        }
        try (BrokerProcess broker = start(SMALL);
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(accepted, ready(telpher), "a broker that is full starts again with the same heap");
            RawWorker worker = new RawWorker(telpher);
            long worked = 0;
            while (!takesOne(telpher)) {
                long done = work(worker);
                worked += done;
                assertTrue(done > 0, "drained, and still full");
            }
            assertTrue(worked < accepted, worked + " of " + accepted);
            // All of it, so that many more are finished than would fit.
            for (long done = 1; done > 0; done = work(worker)) {
                worked += done;
            }
            assertEquals(0, ready(telpher));
            // What was finished goes by ticks, and the next collection tells.
            while (!takesOne(telpher)) {
                Patience.look();
            }
        }
    }

    @Test
    void shouldSayHowLargeTheHeapHasToBe() throws Exception {
        try (BrokerProcess broker = start(List.of("-Xmx192m"));
                Telpher telpher = Telpher.connect(broker.url())) {
            List<TaskSpec> batch =
                    Collections.nCopies(BATCH, TaskSpec.type("t").queue("full").payload("x"));
            for (int i = 0; i < TOO_MANY / BATCH; i++) {
                telpher.submitBatch(batch);
            }
            broker.kill();
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx48m"));
        command.addAll(List.of("-XX:+UseG1GC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.telpher.broker.cli.Main", "broker"));
        command.addAll(List.of("--set", "journal.dir=" + directory, "--set", "listen.port=0", "--set", "http.port=0"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), printed);
        assertTrue(printed.contains("TQ-3054 "), printed);
        String heap = printed.replaceAll("(?s).*with -Xmx(\\d+)m or more.*", "$1");
        try (BrokerProcess broker = start(List.of("-Xmx" + heap + "m"));
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(TOO_MANY, ready(telpher));
        }
    }
}
