package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Operations;
import io.telpher.client.PermanentFailure;
import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replay that takes a while over the dead letters of several partitions is one: one id, one rate, one canary, one end. */
@Timeout(120)
class PartitionsReplayTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int FAST = 100_000;
    private static final int IN_EACH = 5;

    @TempDir
    Path directory;

    private List<String> queues = List.of();

    @SuppressWarnings("NullAway.Init") // each test starts it with its number of partitions
    private Broker broker;

    @SuppressWarnings("NullAway.Init")
    private Telpher telpher;

    private void start(int count) throws Exception {
        queues = QueueNames.ofEach(count);
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(count));
        telpher = Telpher.connect(broker.url());
    }

    @AfterEach
    void stop() {
        telpher.close();
        broker.close();
    }

    /** So many dead in each partition; in the order of the partitions. */
    private List<Long> bury() {
        List<Long> ids = new ArrayList<>();
        for (String queue : queues) {
            for (int i = 0; i < IN_EACH; i++) {
                TaskSpec task = TaskSpec.type("t").queue(queue).contentType("application/json");
                ids.add(telpher.submit(task.payload("{\"n\":" + i + "}")).taskId());
            }
        }
        awaitDead(ids);
        return ids;
    }

    private void awaitDead(List<Long> ids) {
        try (Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> {
            throw new PermanentFailure("never");
        })) {
            for (long id : ids) {
                assertEquals(TaskState.DEAD, telpher.waitFor(id, LONG).state, () -> worker.inHand() + " in hand");
            }
        }
    }

    private long dead() {
        return telpher.operations().stats().get(BrokerStats.Field.DEAD);
    }

    private DlqRun run(long id) {
        List<DlqRun> runs = telpher.operations().replayRuns("").stream()
                .filter(each -> each.runId() == id)
                .toList();
        assertEquals(1, runs.size(), "one run, however many partitions");
        return runs.get(0);
    }

    private DlqRun untilOver(long id) {
        DlqRun run = run(id);
        while (!run.state().isOver()) {
            Patience.look();
            run = run(id);
        }
        return run;
    }

    private Operations.StartedRun start(DlqReplay.Options options) {
        return telpher.operations().startReplay(DlqFilter.ANY, options);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldReplayAllAtARate(int count) throws Exception {
        start(count);
        bury();
        Operations.StartedRun started = start(new DlqReplay.Options(0, FAST, false));
        assertEquals((long) count * IN_EACH, started.matched());
        DlqRun run = untilOver(started.runId());
        assertEquals(DlqRun.State.DONE, run.state(), run.note());
        assertEquals((long) count * IN_EACH, run.replayed());
        assertEquals(FAST, run.ratePerSecond());
        assertEquals(0, dead());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldTakeOneCanaryForAll(int count) throws Exception {
        start(count);
        bury();
        int canary = IN_EACH + 2; // also of the second partition
        Operations.StartedRun started = start(new DlqReplay.Options(0, 0, false, canary));
        try (Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> Result.NONE)) {
            DlqRun run = untilOver(started.runId());
            assertEquals(DlqRun.State.DONE, run.state(), () -> run.note() + worker.inHand());
            assertEquals(canary, run.canaryCompleted());
            assertEquals(canary, run.canary());
            assertEquals((long) count * IN_EACH, run.replayed());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldLeaveTheOthersDeadWhenTheCanaryFails(int count) throws Exception {
        start(count);
        bury();
        Operations.StartedRun started = start(new DlqReplay.Options(0, 0, false, 1));
        try (Worker worker = telpher.worker(queues.toArray(String[]::new)).start(task -> {
            throw new PermanentFailure("again");
        })) {
            DlqRun run = untilOver(started.runId());
            assertEquals(DlqRun.State.CANARY_FAILED, run.state(), () -> run.note() + worker.inHand());
            assertEquals(1, run.canaryFailed());
            assertEquals(1, run.replayed());
        }
        assertEquals((long) count * IN_EACH, dead());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldStopInAllPartitions(int count) throws Exception {
        start(count);
        bury();
        Operations.StartedRun started = start(new DlqReplay.Options(0, 1, false)); // one a second
        DlqRun stopped = telpher.operations().stopReplay(started.runId());
        assertEquals(DlqRun.State.STOPPED, stopped.state());
        assertEquals(DlqRun.State.STOPPED, untilOver(started.runId()).state());
        assertTrue(dead() >= (long) count * IN_EACH - 2, "it had begun at most");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldCountTheLimitOverAll(int count) throws Exception {
        start(count);
        List<Long> ids = bury();
        Operations.StartedRun started = start(new DlqReplay.Options(IN_EACH + 1, FAST, false));
        assertEquals(IN_EACH + 1, started.matched());
        DlqRun run = untilOver(started.runId());
        assertEquals(IN_EACH + 1, run.replayed());
        assertEquals(IN_EACH + 1, run.matched());
        assertEquals(TaskState.READY, telpher.get(ids.get(IN_EACH)).state);
        assertEquals(TaskState.DEAD, telpher.get(ids.get(IN_EACH + 1)).state);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldTakeIdsOfSomePartitionsOnly(int count) throws Exception {
        start(count);
        List<Long> ids = bury();
        long[] wanted = {ids.get(1), ids.get(IN_EACH + 1), ids.get(IN_EACH + 3)};
        Operations.StartedRun started =
                telpher.operations().startReplay(DlqFilter.ANY, new DlqReplay.Options(0, FAST, false), wanted);
        DlqRun run = untilOver(started.runId());
        assertEquals(3, run.replayed());
        assertEquals((long) count * IN_EACH - 3, dead(), "a partition without ids is not asked for all");
    }

    /** Each partition has other runs, and the newest of one is not the newest of all. */
    @Test
    void shouldListRunsWholeHoweverFewAreAskedFor() throws Exception {
        start(2);
        bury();
        DlqReplay.Options two = new DlqReplay.Options(IN_EACH + 1, FAST, false);
        long over = start(two).runId();
        untilOver(over);
        Operations operations = telpher.operations();
        long later = operations
                .startReplay(DlqFilter.queue(queues.get(1)), new DlqReplay.Options(1, FAST, false))
                .runId();
        untilOver(later);
        ByteBuffer reply = new RawWorker(telpher)
                .ask(id -> DlqRuns.write(new FrameWriter(), id, 2, ""))
                .join();
        Frames runs = new DlqRunList().wrap(reply, 0).runs();
        assertTrue(runs.next());
        assertEquals(later, new DlqRun().wrap(runs.buffer(), runs.offset()).runId(), "the newest first");
        assertTrue(runs.next());
        DlqRun whole = new DlqRun().wrap(runs.buffer(), runs.offset());
        assertEquals(over, whole.runId());
        assertEquals(IN_EACH + 1, whole.replayed());
        reply = new RawWorker(telpher)
                .ask(id -> DlqRuns.write(new FrameWriter(), id, 1, ""))
                .join();
        runs = new DlqRunList().wrap(reply, 0).runs();
        assertTrue(runs.next());
        assertEquals(later, new DlqRun().wrap(runs.buffer(), runs.offset()).runId());
        assertFalse(runs.next());
    }

    @Test
    void shouldNotGiveAnIdAgainAfterARestart() throws Exception {
        start(3);
        List<Long> ids = bury();
        long[] behindTheFirst = {ids.get(IN_EACH), ids.get(2 * IN_EACH)};
        DlqReplay.Options paced = new DlqReplay.Options(0, FAST, false);
        long before = telpher.operations()
                .startReplay(DlqFilter.ANY, paced, behindTheFirst)
                .runId();
        assertEquals(2, untilOver(before).replayed());
        telpher.close();
        broker.close();
        start(3);
        long[] others = {ids.get(IN_EACH + 1), ids.get(2 * IN_EACH + 1)};
        long after =
                telpher.operations().startReplay(DlqFilter.ANY, paced, others).runId();
        assertTrue(before != after, DlqRun.format(before));
        assertEquals(2, untilOver(after).replayed());
        assertEquals(2, run(before).replayed());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldMergeAPatchIntoPayloadsOfAll(int count) throws Exception {
        start(count);
        List<Long> ids = bury();
        List<Long> notJson = new ArrayList<>();
        for (String queue : queues) {
            notJson.add(telpher.submit(TaskSpec.type("t").queue(queue).payload("no JSON"))
                    .taskId());
        }
        awaitDead(notJson);
        DlqReplay.Patch patch = DlqReplay.Patch.merge("{\"host\":\"new\"}".getBytes(StandardCharsets.UTF_8));
        Operations.StartedRun dry =
                telpher.operations().startReplay(DlqFilter.ANY, new DlqReplay.Options(0, 0, true), patch);
        assertEquals((long) count * IN_EACH, dry.matched());
        assertEquals(count, dry.refused());
        Operations.StartedRun started = telpher.operations().startReplay(DlqFilter.ANY, DlqReplay.Options.ALL, patch);
        DlqRun run = untilOver(started.runId());
        assertEquals(DlqRun.State.DONE, run.state(), run.note());
        assertEquals((long) count * IN_EACH, run.replayed());
        assertEquals(count, run.skipped());
        for (long each : notJson) {
            assertEquals(TaskState.DEAD, telpher.get(each).state);
            assertTrue(run.note().contains(TaskId.format(each)), run.note());
        }
        long last = ids.get(ids.size() - 1);
        assertEquals(
                "{\"n\":4,\"host\":\"new\"}",
                new String(telpher.getAsync(last, true).join().payload, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldBeToldAsInterruptedAfterARestart(int count) throws Exception {
        start(count);
        bury();
        Operations.StartedRun started = start(new DlqReplay.Options(0, 1, false));
        telpher.close(); // who asked for it is gone, and it goes on until the broker stops
        broker.close();
        start(count);
        DlqRun run = run(started.runId());
        assertEquals(DlqRun.State.INTERRUPTED, run.state());
        assertEquals((long) count * IN_EACH, run.matched());
        assertEquals((long) count * IN_EACH - run.replayed(), dead());
    }
}
