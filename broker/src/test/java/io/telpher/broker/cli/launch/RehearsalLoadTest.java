package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.queue.QueueView;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rehearsal that did nothing would leave an archive from which nothing can be learned, and nobody would see it. */
class RehearsalLoadTest {
    /** A task's place in its partition, of those that fail once. */
    private static final long NACKED = 200;

    @TempDir
    Path directory;

    @Test
    void shouldFinishWhatItSubmittedWithFailuresAmongIt() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts())) {
            new RehearsalLoad(broker.url(), broker.httpAddress(), Duration.ofSeconds(3)).run();
            try (Telpher telpher = Telpher.connect(broker.url())) {
                QueueView queue = telpher.operations().queue("rehearsal-load");
                assertTrue(queue.submitted > NACKED, "submitted " + queue.submitted);
                assertEquals(queue.submitted, queue.completed);
                assertEquals(0, queue.dead);
                long any = telpher.submit(TaskSpec.type("any").queue("rehearsal-load"))
                        .taskId();
                assertEquals(2, telpher.get(TaskId.of(TaskId.partition(any), NACKED)).attempts);
            }
        }
    }
}
