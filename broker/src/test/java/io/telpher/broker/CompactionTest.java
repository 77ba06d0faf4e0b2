package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.PermanentFailure;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real broker gives back the disk that finished work took, while what is parked, dead or under way keeps its bytes. */
class CompactionTest {
    private static final int PAYLOAD_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int ROUNDS = 4;
    private static final int TASKS_PER_ROUND = 100;

    @TempDir
    Path directory;

    private final List<Long> done = new ArrayList<>();
    private final List<Long> dead = new ArrayList<>();
    private final List<Long> waiting = new ArrayList<>();
    private long running;

    private static byte[] payload(int seed) {
        byte[] payload = new byte[PAYLOAD_BYTES];
        new Random(seed).nextBytes(payload);
        return payload;
    }

    private static TaskSpec task(String queue, int seed) {
        return TaskSpec.type("bulk").queue(queue).payload(payload(seed));
    }

    private static byte[] result(long taskId) {
        return ("done " + taskId).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @Timeout(120)
    void shouldGiveBackTheDiskAndKeepWhatIsNeeded() throws Exception {
        Path data = directory.resolve("data");
        Path killed = directory.resolve("killed");
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url());
                Worker finishing =
                        telpher.worker("done").start(task -> Result.of("text/plain", result(task.taskId())));
                Worker failing = telpher.worker("dead").start(task -> {
                    throw new PermanentFailure("broken beyond repair");
                });
                Worker slow = telpher.worker("slow").start(task -> {
                    task.progress(7, "seven percent");
                    mayEnd.await();
                    return null;
                })) {
            running = telpher.submit(task("slow", -1)).taskId();
            for (int round = 0; round < ROUNDS; round++) {
                work(telpher, round);
            }
            // Two snapshots behind all of that: no start needs what lies before.
            for (int i = 0; i < 2; i++) {
                telpher.submit(TaskSpec.type("small").queue("small").payload("x"));
                telpher.operations().snapshot();
            }
            awaitFiles(data, 2);
            check(telpher);
            copy(data, killed);
            mayEnd.countDown();
            assertEquals(TaskState.COMPLETED, telpher.waitFor(running, PATIENCE).state);
            assertTrue(finishing.inHand() + failing.inHand() + slow.inHand() <= 1);
        }
        try (Broker broker = Broker.start(BrokerConfig.of(killed).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            check(telpher);
        }
    }

    /** A hundred megabytes, of which two must stay. */
    private void work(Telpher telpher, int round) {
        waiting.add(telpher.submit(task("waiting", waiting.size())).taskId());
        dead.add(telpher.submit(task("dead", 1_000 + dead.size())).taskId());
        List<Long> now = new ArrayList<>();
        for (int i = 0; i < TASKS_PER_ROUND; i++) {
            now.add(telpher.submit(task("done", round * TASKS_PER_ROUND + i)).taskId());
        }
        for (long taskId : now) {
            assertEquals(TaskState.COMPLETED, telpher.waitFor(taskId, PATIENCE).state);
        }
        done.addAll(now);
    }

    private void check(Telpher telpher) {
        for (int i = 0; i < waiting.size(); i++) {
            TaskView task = telpher.getAsync(waiting.get(i), true).join();
            assertEquals(TaskState.READY, task.state);
            assertArrayEquals(payload(i), task.payload);
        }
        for (int i = 0; i < dead.size(); i++) {
            TaskView task = telpher.getAsync(dead.get(i), true).join();
            assertEquals(TaskState.DEAD, task.state);
            assertTrue(task.lastError.contains("broken beyond repair"), task.lastError);
            assertArrayEquals(payload(1_000 + i), task.payload);
        }
        for (long taskId : done) {
            TaskView task = telpher.getAsync(taskId, true).join();
            assertEquals(TaskState.COMPLETED, task.state);
            assertEquals(ByteBuffer.wrap(result(taskId)), task.result.bytes());
        }
        TaskView task = telpher.getAsync(running, true).join();
        assertEquals("seven percent", task.progressNote);
        assertArrayEquals(payload(-1), task.payload);
    }

    private static void awaitFiles(Path data, int most) throws IOException, InterruptedException {
        while (files(data) > most) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static long files(Path data) throws IOException {
        try (Stream<Path> tree = Files.walk(data.resolve("journal"))) {
            return tree.filter(file -> file.toString().endsWith(".cq4")).count();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return Long.MAX_VALUE; // deleted just now: look again
            }
            throw e;
        }
    }

    /** What kill -9 would leave. */
    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                if (!path.toString().contains("native") && !path.toString().contains("zeroed")) {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                }
            }
        }
    }
}
