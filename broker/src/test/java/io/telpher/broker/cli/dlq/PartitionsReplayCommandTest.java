package io.telpher.broker.cli.dlq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.QueueNames;
import io.telpher.broker.cli.Main;
import io.telpher.client.PermanentFailure;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.BrokerStats;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq dlq replay} without a queue, over all partitions. */
@Timeout(120)
class PartitionsReplayCommandTest {
    private static final int PARTITIONS = 2;

    @TempDir
    Path directory;

    @Test
    void shouldReplayAllOfAllPartitionsAtARate() throws Exception {
        BrokerConfig config = BrokerConfig.of(directory).onFreePorts().withPartitions(PARTITIONS);
        try (Broker broker = Broker.start(config);
                Telpher telpher = Telpher.connect(broker.url())) {
            List<String> queues = QueueNames.ofEach(PARTITIONS);
            try (Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> {
                throw new PermanentFailure("never");
            })) {
                for (String queue : queues) {
                    long id = telpher.submit(TaskSpec.type("t").queue(queue)).taskId();
                    assertEquals(
                            TaskState.DEAD,
                            telpher.waitFor(id, Duration.ofSeconds(60)).state,
                            () -> worker.inHand() + " in hand");
                }
            }
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int ended = Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .execute("dlq", "replay", "--rate", "100", "--wait", "-u", broker.url());
            assertEquals(0, ended, err::toString);
            assertTrue(out.toString().matches("replay r-\\d+ of 2 tasks began\\n"), out::toString);
            assertTrue(err.toString().contains("2 replayed\ndone"), err::toString);
            assertEquals(0, telpher.operations().stats().get(BrokerStats.Field.DEAD));
        }
    }
}
