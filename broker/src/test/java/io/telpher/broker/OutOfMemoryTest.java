package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.ConnectionException;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutOfMemoryTest {
    private static final int EXIT_ON_OUT_OF_MEMORY = 3;

    @TempDir
    Path directory;

    /** Half a broker is worse than none: it ends, and what it confirmed is there when it starts with more. */
    @Test
    void shouldEndWhenMemoryDoesAndLoseNothing() throws Exception {
        AtomicLong confirmed = new AtomicLong();
        AtomicLong lastTask = new AtomicLong();
        BrokerProcess small = BrokerProcess.start(
                directory, 0, List.of(), List.of("-Xmx24m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"));
        List<TaskSpec> batch = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            batch.add(TaskSpec.type("t").queue("full").idempotencyWindowMs(60_000));
        }
        try (Telpher telpher = Telpher.connect(small.url())) {
            assertThrows(ConnectionException.class, () -> {
                for (int round = 0; round < 10_000; round++) {
                    for (int i = 0; i < batch.size(); i++) {
                        batch.get(i).idempotencyKey(round + "-" + i);
                    }
                    List<Submission> tasks = telpher.submitBatch(batch);
                    confirmed.addAndGet(tasks.size());
                    lastTask.set(tasks.get(tasks.size() - 1).taskId());
                }
            });
            assertEquals(EXIT_ON_OUT_OF_MEMORY, small.awaitExit());
        } finally {
            small.kill();
        }
        assertTrue(confirmed.get() > 0);
        try (BrokerProcess again = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(again.url())) {
            long ready = LongStream.of(telpher.operations().queue("full").ready).sum();
            assertTrue(ready >= confirmed.get(), ready + " of " + confirmed + " confirmed tasks are there");
            assertEquals("t", telpher.get(lastTask.get()).type);
        }
    }
}
