package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.lease.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real process, stopped and started in the ways that operating systems have. */
class RestartTest {
    private static final List<String> AS_PID_1 = List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");

    @TempDir
    Path directory;

    private static TaskSpec task() {
        return TaskSpec.type("check").queue("restart").payload("content");
    }

    /**
     * In a container every run has PID 1, so nothing may take the process number for proof that the last run still lives. The kill comes while
     * tasks stream in, so it meets appends that have begun.
     */
    @Test
    void shouldStartAtOnceAfterAKillInsideAnAppendUnderTheSamePid() throws Exception {
        Assumptions.assumeTrue(canMakeNamespaces(), "SKIPPED: unshare --pid is not permitted here");
        Queue<Long> confirmed = new ConcurrentLinkedQueue<>();
        for (int run = 0; run < 4; run++) {
            try (BrokerProcess broker = BrokerProcess.start(directory, 0, AS_PID_1);
                    Telpher telpher = Telpher.connect(broker.url())) {
                for (long taskId : confirmed) {
                    assertEquals(TaskState.READY, telpher.get(taskId).state);
                }
                int before = confirmed.size();
                CountDownLatch flowing = new CountDownLatch(200);
                for (int i = 0; i < 2_000; i++) {
                    telpher.submitAsync(task()).thenAccept(submission -> {
                        confirmed.add(submission.taskId());
                        flowing.countDown();
                    });
                }
                assertTrue(flowing.await(1, TimeUnit.MINUTES), "no task was confirmed");
                broker.kill();
                assertTrue(confirmed.size() > before);
            }
        }
    }

    private static boolean canMakeNamespaces() throws IOException, InterruptedException {
        return new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "true")
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void shouldKeepLeasesOverACleanStop() throws Exception {
        long taskId;
        long leaseId;
        BrokerProcess broker = BrokerProcess.start(directory, 0);
        try (Telpher telpher = Telpher.connect(broker.url())) {
            taskId = telpher.submit(task()).taskId();
            Delivery delivery = new RawWorker(telpher).reserve("restart", 1, 0);
            assertTrue(delivery.next());
            leaseId = delivery.leaseId();
            broker.terminate();
            assertFalse(Files.exists(directory.resolve("ports.json")));
        }
        try (BrokerProcess again = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(again.url())) {
            assertEquals(TaskState.ACTIVE, telpher.get(taskId).state);
            assertFalse(new RawWorker(telpher).reserve("restart", 1, 0).next());
            new RawWorker(telpher).ack(taskId, leaseId);
            assertEquals(TaskState.COMPLETED, telpher.get(taskId).state);
        }
    }

    /** A worker that hangs loses its task when its lease runs out, and can do nothing with it afterwards. */
    @Test
    void shouldRedeliverTheTaskOfAStoppedWorker() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            Submission submission =
                    telpher.submit(task().visibilityTimeoutMs(1_000).maxRetries(5));
            Process stopped = workerProcess(broker.url());
            try {
                awaitState(telpher, submission.taskId(), TaskState.ACTIVE);
                signal(stopped, "STOP");
                Delivery delivery = new RawWorker(telpher).reserve("restart", 1, 60_000);
                assertTrue(delivery.next());
                assertEquals(submission.taskId(), delivery.taskId());
                assertEquals(1, delivery.crashes());
                signal(stopped, "CONT");
                new RawWorker(telpher).ack(submission.taskId(), delivery.leaseId());
                assertEquals(TaskState.COMPLETED, telpher.waitFor(submission.taskId(), Duration.ofMinutes(1)).state);
            } finally {
                stopped.destroyForcibly().waitFor();
            }
        }
    }

    /** Every file is below the data directory, whatever home and temporary directories there are. */
    @Test
    void shouldWriteNowhereElse() throws Exception {
        Path home = Files.createDirectory(directory.resolve("home"));
        Path data = directory.resolve("data");
        List<String> inHome = List.of("env", "HOME=" + home, "TMPDIR=" + home);
        try (BrokerProcess broker = BrokerProcess.start(data, 0, inHome);
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(task());
            try (Stream<Path> files = Files.list(home)) {
                assertEquals(List.of(), files.toList());
            }
        }
    }

    private static Process workerProcess(String url) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StuckWorker.class.getName(),
                        url)
                .inheritIO()
                .start();
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertEquals(0, exit);
    }

    private static void awaitState(Telpher telpher, long taskId, TaskState state) throws InterruptedException {
        while (telpher.get(taskId).state != state) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Takes a task and never comes back with it. */
    static final class StuckWorker {
        public static void main(String[] arguments) throws InterruptedException {
            Telpher telpher = Telpher.connect(arguments[0]);
            telpher.worker("restart").start(task -> {
                task.onCancel().join();
                return null;
            });
            Thread.currentThread().join();
        }
    }
}
