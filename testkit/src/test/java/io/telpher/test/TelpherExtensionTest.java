package io.telpher.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TelpherExtensionTest {
    private static final int DAY_MS = 86_400_000;

    @RegisterExtension
    static final TelpherExtension telpher = new TelpherExtension();

    @Test
    void shouldRunATaskWhenTheClockHasComeToIt() {
        TaskSpec later = TaskSpec.type("later").queue("later").delayMs(DAY_MS);
        Submission submission = telpher.client().submit(later);
        assertEquals(TaskState.SCHEDULED, submission.state());
        telpher.advance(Duration.ofDays(1).minusMinutes(10));
        assertEquals(TaskState.SCHEDULED, telpher.client().get(submission.taskId()).state);
        telpher.advance(Duration.ofMinutes(10));
        try (Worker worker = telpher.client().worker("later").start(task -> Result.NONE)) {
            assertEquals(TaskState.COMPLETED, telpher.awaitTask(submission.taskId()).state);
        }
    }

    @Test
    void shouldDrainWhatWaitsForItsTime() {
        TaskSpec task = TaskSpec.type("stubborn").queue("stubborn").maxRetries(5);
        task.backoff(Backoff.FIXED, DAY_MS, DAY_MS, 1_000, 0);
        long id = telpher.client().submit(task).taskId();
        try (Worker worker = telpher.client().worker("stubborn").start(attempt -> {
            if (attempt.attempt() < 4) {
                throw new IllegalStateException("not yet");
            }
            return Result.NONE;
        })) {
            telpher.drain("stubborn");
        }
        assertEquals(4, telpher.awaitTask(id).attempts);
    }

    @Test
    void shouldSayWhatIsLeftWhenADrainTakesTooLong() {
        TestTasks impatient = new TestTasks(telpher.broker(), telpher.client(), Duration.ofMillis(50));
        long id = telpher.client().submit(TaskSpec.type("idle").queue("idle")).taskId();
        AssertionError left = assertThrows(AssertionError.class, () -> impatient.drain("idle"));
        assertTrue(String.valueOf(left.getMessage()).contains("(idle) is ready after 0 attempts"), left::getMessage);
        assertThrows(AssertionError.class, () -> impatient.await(id));
    }

    @Test
    void shouldKeepTasksAndTimeOverARestart() {
        try (TestBroker broker = TestBroker.start()) {
            broker.advance(Duration.ofHours(1));
            long id;
            try (Telpher client = broker.connect()) {
                id = client.submit(TaskSpec.type("kept")).taskId();
            }
            broker.restart();
            try (Telpher client = broker.connect()) {
                assertEquals(TaskState.READY, client.get(id).state);
                long createdAtMs = client.submit(TaskSpec.type("later")).createdAtMs();
                assertTrue(createdAtMs > System.currentTimeMillis() + TimeUnit.MINUTES.toMillis(59));
            }
        }
    }

    @Test
    void shouldRefuseToTurnTheClockBack() {
        assertThrows(IllegalArgumentException.class, () -> telpher.advance(Duration.ofMillis(-1)));
    }
}
