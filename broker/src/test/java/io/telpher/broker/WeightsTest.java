package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues with weights: over HTTP and by the Java client, with one partition and with several. */
class WeightsTest {
    private static final int TASKS = 80;

    @TempDir
    Path directory;

    private static void submit(Telpher telpher, String queue) {
        telpher.submitBatch(Collections.nCopies(TASKS, TaskSpec.type("t").queue(queue)));
    }

    private static JsonNode reserve(Broker broker, String body, int status) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send("POST", "/api/v1/reserve", body);
        assertEquals(status, response.statusCode(), response.body());
        return HttpCaller.json(response);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldServeQueuesByTheirWeights(int partitions) throws Exception {
        BrokerConfig config = BrokerConfig.of(directory).onFreePorts().withPartitions(partitions);
        try (Broker broker = Broker.start(config);
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, "a");
            submit(telpher, "b");
            Map<String, Integer> served = new HashMap<>();
            for (int i = 0; i < TASKS; i++) {
                JsonNode tasks =
                        reserve(broker, "{\"queues\":{\"a\":3,\"b\":1}}", 200).get("tasks");
                served.merge(tasks.get(0).get("queue").asText(), 1, Integer::sum);
            }
            int fromA = served.getOrDefault("a", 0);
            assertTrue(fromA >= TASKS * 3 / 4 - 5 && fromA <= TASKS * 3 / 4 + 5, served.toString());
        }
    }

    @Test
    void shouldKeepTheOrderOfPreferenceWithoutWeights() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, "a");
            submit(telpher, "b");
            JsonNode tasks = reserve(broker, "{\"queues\":[\"b\",\"a\"],\"max\":" + (TASKS + 1) + "}", 200)
                    .get("tasks");
            assertEquals("b", tasks.get(TASKS - 1).get("queue").asText());
            assertEquals("a", tasks.get(TASKS).get("queue").asText());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"queues\":[]}",
                "{\"queues\":{}}",
                "{\"queues\":\"a\"}",
                "{\"queues\":[1]}",
                "{\"queues\":{\"a\":0}}",
                "{\"queues\":{\"a\":101}}",
                "{\"queues\":{\"a\":1.5}}",
                "{\"queues\":{\"a\":4294967297}}",
                "{\"queues\":{\"a b\":1}}",
                "{\"queues\":[\"a:0\"]}"
            })
    void shouldRefuseWhatIsNoWeight(String body) throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts())) {
            reserve(broker, body, 400);
        }
    }

    @Test
    void shouldWorkByWeights() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher, "a");
            submit(telpher, "b");
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch done = new CountDownLatch(2 * TASKS);
            Map<String, Integer> weights = new LinkedHashMap<>();
            weights.put("a", 1);
            weights.put("b", 4);
            try (Worker ignored = telpher.worker(weights).start(task -> {
                order.add(task.queue());
                done.countDown();
                return Result.NONE;
            })) {
                assertTrue(done.await(60, TimeUnit.SECONDS), "all tasks are done, also those of the lighter queue");
            }
            int early = Collections.frequency(order.subList(0, 50), "b");
            assertTrue(early >= 37 && early <= 43, order.toString());
            assertThrows(IllegalArgumentException.class, () -> telpher.worker("a:0", "b"));
            assertThrows(IllegalArgumentException.class, () -> telpher.worker("a:x"));
        }
    }
}
