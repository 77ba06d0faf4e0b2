package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.client.Operations;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.Transitions;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happened to a task before this broker was started: it is read from the journal. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LookBackTest {
    private static final int PATIENCE_MS = 20_000;

    @TempDir
    Path directory;

    private static TaskSpec task(String queue) {
        return TaskSpec.type("check").queue(queue).payload("x").maxRetries(5);
    }

    private static Delivery reserve(Telpher telpher, String queue) {
        Delivery delivery = new RawWorker(telpher).reserve(queue, 1, PATIENCE_MS);
        assertTrue(delivery.next());
        return delivery;
    }

    private static void fail(Telpher telpher, String queue, String error, boolean permanent) {
        Delivery delivery = reserve(telpher, queue);
        long taskId = delivery.taskId();
        long leaseId = delivery.leaseId();
        new RawWorker(telpher)
                .ask(id -> Nack.write(new FrameWriter(), id, taskId, leaseId, 0, permanent, error))
                .join();
    }

    /** Two errors, a lost worker, a release, a dead end, a replay. */
    private static long eventful(Telpher telpher, String url) throws Exception {
        long taskId = telpher.submit(task("steps")).taskId();
        fail(telpher, "steps", "first", false);
        fail(telpher, "steps", "second: " + "x".repeat(1_500), false);
        try (Telpher crashing = Telpher.connect(url)) {
            assertEquals(taskId, reserve(crashing, "steps").taskId());
        }
        fail(telpher, "steps", "for good", true);
        assertEquals(1, telpher.operations().replay(taskId));
        fail(telpher, "steps", "again", false);
        return taskId;
    }

    @Test
    void shouldTellTheSameAfterAKillAndARestart() throws Exception {
        long done;
        long open;
        Operations.Past before;
        Operations.Past openBefore;
        try (BrokerProcess broker = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            done = eventful(telpher, broker.url());
            Delivery last = reserve(telpher, "steps");
            new RawWorker(telpher).ack(done, last.leaseId());
            open = eventful(telpher, broker.url());
            before = telpher.operations().past(done);
            openBefore = telpher.operations().past(open);
            broker.kill();
        }
        assertTrue(before.isComplete());
        assertTrue(before.steps().size() > 10, before.toString());
        for (int restart = 0; restart < 2; restart++) {
            try (BrokerProcess broker = BrokerProcess.start(directory, 0);
                    Telpher telpher = Telpher.connect(broker.url())) {
                assertEquals(before, telpher.operations().past(done));
                List<Operations.Step> steps = telpher.operations().past(open).steps();
                assertEquals(
                        openBefore.steps(), steps.subList(0, openBefore.steps().size()));
                if (restart == 0) {
                    // The second start reads from the snapshot that this stop leaves.
                    assertEquals(143, broker.terminate());
                }
            }
        }
    }

    @Test
    void shouldSaySinceWhenItIsKnownAfterOlderFilesAreGone() throws Exception {
        long parked;
        long untouched;
        long delayed;
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            parked = eventful(telpher, broker.url());
            untouched = telpher.submit(task("later")).taskId();
            delayed = telpher.submit(task("later").delayMs(3_600_000)).taskId();
            byte[] large = new byte[1 << 20];
            for (int i = 0; i < 140; i++) {
                long taskId = telpher.submit(task("bulk").payload(large)).taskId();
                new RawWorker(telpher).ack(taskId, reserve(telpher, "bulk").leaseId());
            }
            for (int i = 0; i < 2; i++) {
                telpher.submit(task("small"));
                telpher.operations().snapshot();
            }
            awaitGone(directory.resolve("journal/00000001/19700101-0001.cq4"));
            assertTrue(telpher.operations().past(parked).isComplete(), "this run remembers");
        }
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            long fresh = telpher.submit(task("small")).taskId();
            Operations.Past past = telpher.operations().past(parked);
            assertFalse(past.isComplete());
            assertTrue(past.sinceMs() > telpher.get(parked).createdAtMs);
            Operations.Step made = past.steps().get(0);
            assertEquals(TaskState.NONE, made.from());
            assertEquals(telpher.get(parked).createdAtMs, made.atMs());
            assertTrue(
                    made.note()
                            .matches(
                                    "submitted; changes before \\S+Z are not known: older journal files were compacted away"),
                    made.note());
            JsonNode json = HttpCaller.json(
                    new HttpCaller(broker).send("GET", "/api/v1/tasks/" + TaskId.format(parked) + "/history", ""));
            assertFalse(json.get("complete").asBoolean());
            assertEquals(
                    past.sinceMs(), Instant.parse(json.get("since").asText()).toEpochMilli());

            // Nobody has had these: that is all there is to know.
            assertEquals("NONE READY", text(telpher.operations().past(untouched)));
            assertEquals("NONE SCHEDULED", text(telpher.operations().past(delayed)));

            // What happens from here on is added to it.
            fail(telpher, "steps", "since", false);
            Operations.Past later = telpher.operations().past(parked);
            assertEquals(past.sinceMs(), later.sinceMs());
            assertEquals(past.steps(), later.steps().subList(0, past.steps().size()));
            assertTrue(later.steps().stream().anyMatch(step -> step.note().equals("since")), later.toString());
            assertTrue(telpher.operations().past(fresh).isComplete());
        }
    }

    private static String text(Operations.Past past) {
        assertTrue(past.isComplete(), past.toString());
        assertEquals(1, past.steps().size(), past.toString());
        return past.steps().get(0).from() + " " + past.steps().get(0).to();
    }

    private static void awaitGone(Path file) throws InterruptedException {
        while (Files.exists(file)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void shouldRefuseMoreThanItCanReadAtOnceAndAnswerTheOthers() throws Exception {
        List<Long> tasks = new ArrayList<>();
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < 500; i++) {
                tasks.add(telpher.submit(task("many")).taskId());
            }
        }
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            List<CompletableFuture<ByteBuffer>> replies = tasks.stream()
                    .map(taskId -> new RawWorker(telpher).ask(id -> History.write(new FrameWriter(), id, taskId)))
                    .toList();
            int refused = 0;
            for (CompletableFuture<ByteBuffer> reply : replies) {
                try {
                    assertEquals(0, new Transitions().wrap(reply.join(), 0).sinceMs());
                } catch (CompletionException e) {
                    assertEquals(
                            ErrorCode.OVERLOADED,
                            assertInstanceOf(TelpherException.class, e.getCause())
                                    .code());
                    refused++;
                }
            }
            assertTrue(refused > 0 && refused < tasks.size(), refused + " were refused");
            assertTrue(telpher.operations().past(tasks.get(499)).isComplete(), "later it is answered");
        }
    }
}
