package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues come with a submit or a policy and go with a deletion, over the client, HTTP and restarts. */
@Timeout(120)
class QueueDeletionTest {
    private static final int MANY = 12_000;
    private static final Reserve.Wants WAITING = new Reserve.Wants(1, 60_000, 0, "w");

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init") // each test starts one
    private Broker broker;

    @SuppressWarnings("NullAway.Init")
    private Telpher telpher;

    @AfterEach
    void close() throws Exception {
        telpher.close();
        broker.close();
    }

    private void start(BrokerConfig config) throws Exception {
        broker = Broker.start(config);
        telpher = Telpher.connect(broker.url());
    }

    private BrokerConfig config() {
        return BrokerConfig.of(directory).onFreePorts().withPartitions(1);
    }

    private BrokerConfig config(int queuesMax, int perClientMax) {
        return config().withQueueLimits(new QueueLimits(queuesMax, perClientMax, 3_600_000));
    }

    private List<String> queues() {
        return telpher.operations().queues(1000, "").stream()
                .map(queue -> queue.name)
                .toList();
    }

    private ErrorCode refusal(Runnable call) {
        return Objects.requireNonNull(
                assertThrows(TelpherException.class, call::run).code());
    }

    private CompletableFuture<ByteBuffer> reserve(String... queues) {
        return new RawWorker(telpher).ask(id -> Reserve.write(new FrameWriter(), id, WAITING, List.of(queues)));
    }

    @Test
    void shouldGrantWhatIsSubmittedToAQueueThatWasOnlyWaitedFor() throws Exception {
        start(config().withPartitions(4));
        CompletableFuture<ByteBuffer> several = reserve("new-a", "new-b", "new-c", "new-d");
        CompletableFuture<ByteBuffer> one = reserve("new-e");
        telpher.operations().stats();
        assertEquals(List.of(), queues());
        telpher.submit(TaskSpec.type("t").queue("new-e"));
        assertEquals(1, new Deliveries().wrap(one.join(), 0).count());
        telpher.submit(TaskSpec.type("t").queue("new-c"));
        assertEquals(1, new Deliveries().wrap(several.join(), 0).count());
        assertEquals(List.of("new-c", "new-e"), queues().stream().sorted().toList());
    }

    @Test
    void shouldKeepWhatIsDoneAndForgetTheQueueOverARestart() throws Exception {
        start(config());
        long done = telpher.submit(TaskSpec.type("t").queue("mail")).taskId();
        telpher.cancel(done);
        telpher.submit(TaskSpec.type("t").queue("mail"));
        assertEquals(ErrorCode.BAD_REQUEST, refusal(() -> telpher.operations().deleteQueue("mail", false)));
        assertEquals(1, telpher.operations().deleteQueue("mail", true));
        assertEquals(
                ErrorCode.QUEUE_NOT_FOUND, refusal(() -> telpher.operations().queue("mail")));
        telpher.close();
        broker.close();
        start(config());
        assertEquals(List.of(), queues());
        assertEquals(TaskState.CANCELLED, telpher.get(done).state);
        assertEquals(2, telpher.operations().list(0, 10, 0, "mail", "").tasks().size());
        assertTrue(telpher.operations().why(done).sentence().contains("cancelled"));
        telpher.submit(TaskSpec.type("t").queue("mail"));
        assertEquals(1, telpher.operations().queue("mail").submitted);
    }

    @Test
    void shouldDeleteAQueueOfManyTasksByPieces() throws Exception {
        start(config());
        for (int i = 0; i < MANY / 1_000; i++) {
            List<TaskSpec> batch = new ArrayList<>();
            IntStream.range(0, 1_000)
                    .mapToObj(n -> TaskSpec.type("t").queue(n % 10 == 0 ? "kept" : "gone"))
                    .forEach(batch::add);
            telpher.submitBatch(batch);
        }
        assertEquals(MANY * 9L / 10, telpher.operations().deleteQueue("gone", true));
        assertEquals(List.of("kept"), queues());
        assertEquals(
                ErrorCode.QUEUE_NOT_FOUND, refusal(() -> telpher.operations().deleteQueue("gone", true)));
        assertEquals(MANY / 10, telpher.operations().deleteQueue("kept", true));
        assertEquals(List.of(), queues());
    }

    @Test
    void shouldNotLetOneClientHaveAllQueues() throws Exception {
        start(config(4, 3));
        for (int i = 0; i < 3; i++) {
            telpher.submit(TaskSpec.type("t").queue("q" + i));
        }
        assertEquals(
                ErrorCode.QUEUE_LIMIT,
                refusal(() -> telpher.submit(TaskSpec.type("t").queue("q3"))));
        telpher.close();
        broker.close();
        start(config(4, 3));
        TelpherException refused = assertThrows(
                TelpherException.class, () -> telpher.submit(TaskSpec.type("t").queue("q3")));
        assertTrue(String.valueOf(refused.getMessage()).contains("keeps the names of 3 queues"), refused::getMessage);
        telpher.close();
        broker.close();
        start(config(3, 3));
        assertEquals(ErrorCode.QUEUE_LIMIT, refusal(() -> telpher.operations().putQueue("q4", policy())));
        assertEquals(3, telpher.operations().stats().get(BrokerStats.Field.QUEUES_MAX));
    }

    /** What a batch makes in the partitions that do not decide it counts, too. */
    @Test
    void shouldCountWhatABatchMakesInOtherPartitions() throws Exception {
        start(config(100, 3).withPartitions(4));
        for (int round = 0; round < 3; round++) {
            telpher.submitBatch(oneInEach(round));
        }
        assertEquals(ErrorCode.QUEUE_LIMIT, refusal(() -> telpher.submitBatch(oneInEach(3))));
        assertEquals(12, queues().size());
    }

    private static List<TaskSpec> oneInEach(int round) {
        return IntStream.range(0, 4)
                .mapToObj(partition -> TaskSpec.type("t").queue(QueueNames.in(partition, round, 4)))
                .toList();
    }

    private static QueuePolicyFields policy() {
        return QueuePolicyFields.NOTHING;
    }

    @Test
    void shouldDeleteOverHttp() throws Exception {
        start(config());
        telpher.submit(TaskSpec.type("t").queue("mail"));
        HttpClient http = HttpClient.newHttpClient();
        assertEquals(400, delete(http, "mail").statusCode());
        HttpResponse<String> done = delete(http, "mail?purge=true");
        assertEquals("{\"queue\":\"mail\",\"removed\":1}", done.body().strip());
        assertEquals(404, delete(http, "mail").statusCode());
        assertEquals(400, delete(http, "mail?purge=yes").statusCode());
        telpher.submit(TaskSpec.type("t"));
        assertEquals(400, delete(http, "default?purge=true").statusCode());
    }

    private HttpResponse<String> delete(HttpClient http, String what) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + broker.httpPort() + "/api/v1/queues/" + what);
        return http.send(HttpRequest.newBuilder(uri).DELETE().build(), HttpResponse.BodyHandlers.ofString());
    }
}
