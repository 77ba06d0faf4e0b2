package io.telpher.broker.partition.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.history.HistoryReplay;
import io.telpher.broker.partition.history.TaskSteps;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading the journal for one task's history ends before it harms the broker beside it, and says why. */
class LookBackLimitsTest {
    private static final long PLENTY = 1L << 30;

    @TempDir
    static Path directory;

    private static long taskId;
    private static long madeMs;

    @BeforeAll
    static void fill() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            Submission submitted = telpher.submit(TaskSpec.type("t").payload("p"));
            taskId = submitted.taskId();
            madeMs = submitted.createdAtMs();
        }
    }

    /** Whatever happened to it in its last millisecond belongs to its history. */
    @Test
    void shouldLookAtTheLastMillisecondToo() throws Exception {
        assertEquals(
                1, look(directory, madeMs, PLENTY, () -> false, () -> 0).steps().size());
        assertEquals(
                0,
                look(directory, madeMs - 1, PLENTY, () -> false, () -> 0)
                        .steps()
                        .size());
    }

    /** Of a journal without a snapshot, so that nothing is known of how many tasks there will be. */
    @Test
    void shouldEndWhenTheTasksReplayedTakeMoreMemoryThanThereIs(@TempDir Path own) throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(own).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            List<CompletableFuture<?>> submits = new ArrayList<>();
            for (int i = 0; i < HistoryReplay.RECORDS_PER_LOOK; i++) {
                submits.add(telpher.submitAsync(TaskSpec.type("t").payload("p")));
            }
            CompletableFuture.allOf(submits.toArray(CompletableFuture[]::new)).join();
        }
        for (Path snapshot : new SnapshotStore(own, Placement.alone(0)).newestFirst()) {
            Files.delete(snapshot);
        }
        long enough = 100 * HistoryReplay.RECORDS_PER_LOOK;
        assertEquals(1, look(own, enough, () -> false, () -> 0).steps().size());
        HistoryReplay.FailedException refused =
                assertThrows(HistoryReplay.FailedException.class, () -> look(own, enough / 10, () -> false, () -> 0));
        assertEquals(
                "there are too many tasks to replay the journal beside the broker in the memory it has",
                refused.getMessage());
    }

    private static TaskSteps look(long bytesMax, BooleanSupplier isCancelled, LongSupplier nanoTime) throws Exception {
        return look(directory, bytesMax, isCancelled, nanoTime);
    }

    private static TaskSteps look(Path directory, long bytesMax, BooleanSupplier isCancelled, LongSupplier nanoTime)
            throws Exception {
        return look(directory, Long.MAX_VALUE, bytesMax, isCancelled, nanoTime);
    }

    private static TaskSteps look(
            Path directory, long overMs, long bytesMax, BooleanSupplier isCancelled, LongSupplier nanoTime)
            throws Exception {
        Placement placement = Placement.alone(0);
        HistoryReplay.Wanted wanted = new HistoryReplay.Wanted(taskId, 1, overMs, Long.MAX_VALUE, bytesMax);
        return new HistoryReplay(
                        directory,
                        new SnapshotStore(directory, placement),
                        placement,
                        wanted,
                        new HistoryReplay.Limits(isCancelled, nanoTime))
                .call();
    }

    private static String refusal(long bytesMax, BooleanSupplier isCancelled, LongSupplier nanoTime) {
        return String.valueOf(
                assertThrows(HistoryReplay.FailedException.class, () -> look(bytesMax, isCancelled, nanoTime))
                        .getMessage());
    }

    @Test
    void shouldFindTheSubmitWithinItsLimits() throws Exception {
        assertEquals(1, TaskId.sequence(taskId));
        assertEquals(1, look(PLENTY, () -> false, () -> 0).steps().size());
    }

    @Test
    void shouldEndWhenNobodyWaitsForIt() {
        assertEquals("nobody waits for it any more", refusal(PLENTY, () -> true, () -> 0));
    }

    @Test
    void shouldEndAfterHalfAMinute() {
        AtomicLong nanos = new AtomicLong();
        assertEquals(
                "the journal takes longer than 30 s to be replayed",
                refusal(PLENTY, () -> false, () -> nanos.getAndAdd(TimeUnit.SECONDS.toNanos(31))));
    }

    @Test
    void shouldNotBeginWithASnapshotThatTakesMoreMemoryThanThereIs() {
        assertEquals(
                "there are too many tasks to replay the journal beside the broker in the memory it has",
                refusal(1, () -> false, () -> 0));
    }
}
