package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.lease.Delivery;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is over keeps its end for the retention, over real restarts, and is remembered as having been there after it. */
class RetentionTest {
    private static final Duration DAY = Duration.ofHours(24);
    private static final long NEVER_GIVEN = 1_000_000;
    private static final long ROOM_FOR_TWO = 2 * 128;

    @TempDir
    Path directory;

    private Broker start(Duration time, long bytes) throws Exception {
        BrokerConfig defaults = BrokerConfig.of(directory).onFreePorts();
        return Broker.start(defaults.withRetention(new Retention(time, bytes)));
    }

    private static TaskSpec task() {
        return TaskSpec.type("t").queue("q").payload("x").maxRetries(0);
    }

    private static @Nullable ErrorCode refusal(Telpher telpher, long taskId) {
        return assertThrows(TelpherException.class, () -> telpher.get(taskId)).code();
    }

    /** Completed, discarded, cancelled and expired, in this order. */
    private static List<Long> fourEnds(Telpher telpher) {
        List<Long> ids = new ArrayList<>();
        RawWorker worker = new RawWorker(telpher);
        ids.add(telpher.submit(task()).taskId());
        Delivery delivery = worker.reserve("q", 1, 0);
        assertTrue(delivery.next());
        worker.ack(delivery.taskId(), delivery.leaseId());
        ids.add(telpher.submit(task()).taskId());
        delivery = worker.reserve("q", 1, 0);
        assertTrue(delivery.next());
        worker.nack(delivery.taskId(), delivery.leaseId(), "no luck");
        assertEquals(1, telpher.operations().discard(ids.get(1)));
        ids.add(telpher.submit(task()).taskId());
        telpher.cancel(ids.get(2));
        ids.add(telpher.submit(task().expiresAtMs(System.currentTimeMillis() + 500))
                .taskId());
        Overload.await("the last one has expired", () -> telpher.get(ids.get(3)).state == TaskState.EXPIRED);
        return ids;
    }

    private static void requireEnds(Telpher telpher, List<Long> ids) {
        assertEquals(TaskState.COMPLETED, telpher.get(ids.get(0)).state);
        TaskView discarded = telpher.get(ids.get(1));
        assertEquals(TaskState.DISCARDED, discarded.state);
        assertEquals("no luck", discarded.lastError);
        assertEquals(TaskState.CANCELLED, telpher.get(ids.get(2)).state);
        assertEquals(TaskState.EXPIRED, telpher.get(ids.get(3)).state);
    }

    @Test
    @Timeout(120)
    void shouldKeepEachKindOfEndForTheRetentionThenRememberOnlyThatItWas() throws Exception {
        List<Long> ids;
        try (Broker broker = start(DAY, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            ids = fourEnds(telpher);
            requireEnds(telpher, ids);
        }
        try (Broker broker = start(DAY, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            requireEnds(telpher, ids);
            assertEquals(ErrorCode.TASK_NOT_FOUND, refusal(telpher, ids.get(3) + NEVER_GIVEN));
        }
        try (Broker broker = start(Duration.ofSeconds(1), 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            for (long id : ids) {
                Overload.await("it is purged", () -> telpher.operations().list(0, 10, 0, "q", "").tasks().stream()
                        .noneMatch(task -> task.taskId == id));
                assertEquals(ErrorCode.TASK_PURGED, refusal(telpher, id));
            }
        }
        try (Broker broker = start(DAY, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            for (long id : ids) {
                assertEquals(ErrorCode.TASK_PURGED, refusal(telpher, id));
            }
            assertEquals(ErrorCode.TASK_NOT_FOUND, refusal(telpher, ids.get(3) + NEVER_GIVEN));
        }
    }

    @Test
    @Timeout(120)
    void shouldPurgeTheOldestBeyondTheRoomTheyMayTake() throws Exception {
        List<Long> ids;
        try (Broker broker = start(DAY, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            ids = fourEnds(telpher);
        }
        try (Broker broker = start(DAY, ROOM_FOR_TWO);
                Telpher telpher = Telpher.connect(broker.url())) {
            Overload.await(
                    "two are left",
                    () -> telpher.operations().list(0, 10, 0, "q", "").tasks().size() == 2);
            assertEquals(ErrorCode.TASK_PURGED, refusal(telpher, ids.get(0)));
            assertEquals(ErrorCode.TASK_PURGED, refusal(telpher, ids.get(1)));
            assertEquals(TaskState.CANCELLED, telpher.get(ids.get(2)).state);
            assertEquals(TaskState.EXPIRED, telpher.get(ids.get(3)).state);
        }
    }
}
