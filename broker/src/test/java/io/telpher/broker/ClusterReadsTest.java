package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A leader that was stopped answers nothing from before, and its clients go on without it. */
@Timeout(600)
class ClusterReadsTest {
    private static final int ROUNDS = 3;
    private static final int READERS = 16;
    private static final int AGAIN_MS = 50;
    private static final Duration PATIENCE = Duration.ofNanos(ClusterNodes.PATIENCE_NANOS);

    @TempDir
    Path directory;

    @Test
    @DisplayName(
            "the leader is stopped, the next one changes a task, and whoever asks the first one is not told of before")
    void showsNothingFromBefore() throws Exception {
        try (ClusterNodes nodes = new ClusterNodes(directory)) {
            nodes.startAll();
            int answered = 0;
            for (int round = 0; round < ROUNDS; round++) {
                int leader = nodes.awaitLeader();
                CountDownLatch goOn = new CountDownLatch(1);
                List<CompletableFuture<HttpResponse<String>>> asked;
                try (Telpher client = Telpher.builder(nodes.url())
                                .requestTimeout(PATIENCE)
                                .connect();
                        Worker worker = worker(client, goOn)) {
                    long id = client.submit(TaskSpec.type("read").queue("reads").delayMs(3_600_000))
                            .taskId();
                    long inHand =
                            client.submit(TaskSpec.type("t").queue("goes-on")).taskId();
                    while (worker.inHand() == 0) {
                        Patience.look();
                    }
                    String path = "/api/v1/tasks/" + TaskId.format(id);
                    assertEquals(200, nodes.get(leader, path).statusCode());
                    signal(nodes, leader, "-STOP");
                    try {
                        CompletableFuture<Submission> submitted = client.submitAsync(
                                TaskSpec.type("t").queue("goes-on").idempotencyKey("round-" + round));
                        cancelElsewhere(nodes, leader, id);
                        // Asked after the cancel was confirmed; read by the node when it goes on.
                        asked = IntStream.range(0, READERS)
                                .mapToObj(i -> nodes.ask(leader, path))
                                .collect(Collectors.toCollection(ArrayList::new));
                        long next = submitted.get().taskId();
                        goOn.countDown();
                        for (long task : new long[] {inHand, next}) {
                            assertEquals(TaskState.COMPLETED, client.waitFor(task, PATIENCE).state);
                        }
                    } finally {
                        signal(nodes, leader, "-CONT");
                    }
                }
                for (CompletableFuture<HttpResponse<String>> each : asked) {
                    answered += requireNotFromBefore(nodes, each) ? 1 : 0;
                }
                nodes.awaitCaughtUp(leader, nodes.awaitLeader());
            }
            assertTrue(answered > 0, "no question was answered at all");
        }
    }

    private static Worker worker(Telpher client, CountDownLatch goOn) {
        return client.worker("goes-on").start(task -> {
            goOn.await();
            return Result.NONE;
        });
    }

    /** Returns whether there was an answer: connections may end with the leadership. */
    private static boolean requireNotFromBefore(ClusterNodes nodes, CompletableFuture<HttpResponse<String>> asked)
            throws InterruptedException {
        try {
            HttpResponse<String> answer = asked.get(ClusterNodes.PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            boolean isRefused = answer.statusCode() == 503;
            assertTrue(isRefused || answer.body().contains("\"state\":\"cancelled\""), answer::body);
            return true;
        } catch (ExecutionException e) {
            assertTrue(e.getCause() instanceof IOException, e::toString);
            return false;
        } catch (TimeoutException e) {
            throw new AssertionError(
                    "a GET is not answered; " + nodes.told(), e); // it has hung here once, and never when looked for
        }
    }

    private static void cancelElsewhere(ClusterNodes nodes, int stopped, long id) throws InterruptedException {
        String others = "tq://"
                + IntStream.rangeClosed(1, ClusterNodes.COUNT)
                        .filter(node -> node != stopped)
                        .mapToObj(node -> "127.0.0.1:" + nodes.node(node).port())
                        .collect(Collectors.joining(","));
        long until = System.nanoTime() + ClusterNodes.PATIENCE_NANOS;
        while (true) {
            try (Telpher client = Telpher.connect(others, "cancels")) {
                assertEquals(TaskState.CANCELLED, client.cancel(id));
                return;
            } catch (TelpherException e) {
                if (System.nanoTime() > until) {
                    throw new AssertionError("no cancel is confirmed; " + nodes.told(), e);
                }
                Thread.sleep(AGAIN_MS); // none leads yet, or the stopped one is believed to
            }
        }
    }

    private static void signal(ClusterNodes nodes, int node, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder(
                        "kill", signal, Long.toString(nodes.node(node).process().pid()))
                .inheritIO()
                .start();
        assertEquals(0, kill.waitFor());
    }
}
