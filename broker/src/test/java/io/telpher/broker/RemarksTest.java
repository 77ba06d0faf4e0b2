package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.net.RawConnection;
import io.telpher.client.Operations;
import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people say of queues, and what workers say of themselves. */
@Timeout(120)
class RemarksTest {
    private static final String SELF = "127.0.0.1";

    @TempDir
    Path directory;

    private Broker start(int partitions) throws Exception {
        return Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(partitions));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldRememberWhoPausedAQueueAndWhyOverARestart(int partitions) throws Exception {
        QueueView before;
        try (Broker broker = start(partitions);
                Telpher telpher = Telpher.connect(broker.url())) {
            Operations operations = telpher.operations();
            operations.putQueue("mail", QueuePolicyFields.NOTHING);
            operations.note("mail", "ask billing first");
            before = operations.pause("mail", true, "the mail server is down");
        }
        assertEquals("the mail server is down", before.pauseReason);
        assertEquals(List.of(SELF, SELF), List.of(before.pausedBy, before.notedBy));
        assertTrue(before.pausedAtMs >= before.notedAtMs && before.notedAtMs > 0, "both times are known");
        try (Broker broker = start(partitions);
                Telpher telpher = Telpher.connect(broker.url())) {
            QueueView after = telpher.operations().queue("mail");
            assertEquals(before.pauseReason + before.pausedBy, after.pauseReason + after.pausedBy);
            assertEquals("ask billing first" + SELF, after.note + after.notedBy);
            QueueView resumed = telpher.operations().resume("mail");
            assertFalse(resumed.paused);
            assertEquals("", resumed.pauseReason + resumed.pausedBy);
            assertEquals("ask billing first", resumed.note);
        }
    }

    /** A client's word for who it is counts for nothing. */
    @Test
    void shouldSayWhoItWasAndNotWhomTheClientNames() throws Exception {
        try (Broker broker = start(1);
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.operations().putQueue("mail", QueuePolicyFields.NOTHING);
            try (RawConnection raw = RawConnection.welcomed(broker.port())) {
                raw.send(NoteQueue.write(new FrameWriter(), 1, "mail", "mine", "the director")
                        .toBytes());
                assertEquals(SELF, queue(raw).notedBy);
                raw.send(PauseQueue.write(new FrameWriter(), 2, "mail", false, "why not", "the director")
                        .toBytes());
                assertEquals(SELF, queue(raw).pausedBy);
            }
        }
    }

    private static QueueView queue(RawConnection raw) throws IOException {
        return new Queue().wrap(Objects.requireNonNull(raw.next()), 0).view();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldShowVersionHostAndQueuesOfWorkers(int partitions) throws Exception {
        Set<String> queues = new TreeSet<>(List.of("mail", "sms", "fax"));
        try (Broker broker = start(partitions);
                Telpher telpher = Telpher.builder(broker.url()).version("1.4.2").connect();
                Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> Result.NONE)) {
            assertTrue(worker.inHand() == 0, "nothing is in hand");
            ConnectedWorker seen = only(telpher, queues);
            assertEquals("1.4.2", seen.version());
            assertEquals(queues, new TreeSet<>(seen.queues()));
            assertFalse(seen.host().isEmpty(), "the host has a name");
        }
    }

    /** The one worker, as soon as it has asked for tasks in all partitions. */
    private static ConnectedWorker only(Telpher telpher, Set<String> queues) {
        while (true) {
            List<ConnectedWorker> workers = telpher.operations().workers();
            if (workers.size() == 1 && new TreeSet<>(workers.get(0).queues()).equals(queues)) {
                return workers.get(0);
            }
            Thread.onSpinWait();
        }
    }
}
