package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.testing.faults.WallClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real broker whose machine had its wall clock wrong: once that is put right, instants go by it, and durations never did. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WrongClockTest {
    private static final int HEAP_MB = 128;
    private static final long HALF_AN_HOUR_MS = TimeUnit.MINUTES.toMillis(30);
    private static final long YEAR_SECONDS = TimeUnit.DAYS.toSeconds(365);

    /** What the broker promises; it takes about a second. */
    private static final Duration CORRECTED = Duration.ofSeconds(60);

    /** Readings of two processes' clocks, and of times cut to milliseconds, may be that far apart. */
    private static final long SLACK_MS = 5;

    @TempDir
    Path work;

    private RealBroker broker;
    private WallClock clock;
    private RealBroker.@Nullable Ports started;
    private @Nullable Telpher connected;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(WallClock.missing() == null, () -> "no wall clock to set: " + WallClock.missing());
        broker = new RealBroker(work.resolve("data"), 1, work);
        clock = Objects.requireNonNull(broker.clock());
    }

    @AfterEach
    void end() throws InterruptedException {
        if (connected != null) {
            connected.close();
        }
        if (broker != null && broker.isAlive()) {
            broker.kill();
        }
    }

    private void start(long clockSeconds) throws IOException {
        clock.set(clockSeconds);
        broker.begin(HEAP_MB);
        started = Objects.requireNonNull(broker.awaitReady(), "the broker did not start");
        connected = Telpher.connect("tq://127.0.0.1:" + started.binary());
    }

    private Telpher telpher() {
        return Objects.requireNonNull(connected, "the broker was not started");
    }

    private void restart(long clockSeconds) throws IOException, InterruptedException {
        telpher().close();
        broker.kill();
        start(clockSeconds);
    }

    private static long inHalfAnHour() {
        return System.currentTimeMillis() + HALF_AN_HOUR_MS;
    }

    private long submit(TaskSpec spec) {
        return telpher().submit(spec.payload(new byte[1])).taskId();
    }

    private static TaskSpec task() {
        return TaskSpec.type("work").queue("mail");
    }

    private TaskState state(long taskId) {
        return telpher().get(taskId).state;
    }

    /** What happens within the time that the broker takes at most to see that its clock was corrected. */
    private static void await(String what, BooleanSupplier isSo) throws InterruptedException {
        long until = System.nanoTime() + CORRECTED.toNanos();
        while (!isSo.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, what);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + Objects.requireNonNull(started).http() + path))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private boolean isHealthSaying(String words) {
        try {
            return get("/readyz?verbose").contains(words);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void assertIsNow(long shownMs, long sinceMs) {
        long now = System.currentTimeMillis();
        assertTrue(shownMs >= sinceMs - SLACK_MS && shownMs <= now + SLACK_MS, () -> shownMs + " is not " + now);
    }

    /** A clock that was an hour or a year ahead or behind when the broker was first started, and is put right while it runs. */
    @ParameterizedTest
    @ValueSource(longs = {3_600, -3_600, 31_536_000, -31_536_000})
    void shouldGoByTheWallClockOnceItIsRight(long wrongSeconds) throws Exception {
        start(wrongSeconds);
        assertTrue(isHealthSaying("the wall clock and the broker's clock agree"));
        long early = submit(task());
        clock.set(0);
        await("the broker does not see that its clock was corrected", () -> isHealthSaying("TQ-3030"));
        String word = wrongSeconds > 0 ? " behind" : " ahead of";
        assertTrue(isHealthSaying(word), () -> "which way: " + wrongSeconds);
        assertTrue(broker.lastOutput().contains("TQ-3030"), "a line in the log");
        double offset = Double.parseDouble(get("/metrics")
                .lines()
                .filter(line -> line.startsWith("telpher_wall_clock_offset_seconds"))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElseThrow());
        assertEquals((double) -wrongSeconds, offset, 0.1);
        checkInstants(early);
        restart(0);
        assertTrue(isHealthSaying("TQ-3030"));
        checkInstants(early);
    }

    private void checkInstants(long early) throws InterruptedException {
        long before = System.currentTimeMillis();
        long runAtMs = inHalfAnHour();
        Submission later = telpher().submit(task().runAtMs(runAtMs).payload(new byte[1]));
        assertIsNow(later.createdAtMs(), before);
        TaskView view = telpher().get(later.taskId());
        assertEquals(TaskState.SCHEDULED, view.state);
        assertEquals(runAtMs, view.nextRunAtMs);
        assertEquals(later.createdAtMs(), view.createdAtMs);
        assertEquals(TaskState.READY, state(submit(task().expiresAtMs(inHalfAnHour()))));
        assertEquals(TaskState.READY, state(submit(task().runAtMs(System.currentTimeMillis() - HALF_AN_HOUR_MS))));
        long ends = System.currentTimeMillis() + 300;
        long expiring = submit(task().expiresAtMs(ends));
        await("it does not expire", () -> state(expiring) == TaskState.EXPIRED);
        assertTrue(System.currentTimeMillis() >= ends - 1);
        assertTrue(telpher().get(expiring).finishedAtMs >= ends - 1);
        // What was recorded while the clock was wrong is right as well.
        long shown = telpher().get(early).createdAtMs;
        assertTrue(Math.abs(before - shown) < TimeUnit.MINUTES.toMillis(3), () -> "made at " + shown);
    }

    /** Set by what is left of it, either way, while tasks wait for it. */
    @Test
    void shouldFireWhenTheWallClockSaysSo() throws Exception {
        start(0);
        long runAtMs = inHalfAnHour();
        long later = submit(task().runAtMs(runAtMs));
        long gone = submit(task().queue("other").expiresAtMs(inHalfAnHour()));
        clock.set(-YEAR_SECONDS);
        await("the clock was set back", () -> isHealthSaying("TQ-3030"));
        assertEquals(TaskState.SCHEDULED, state(later));
        restart(-YEAR_SECONDS);
        assertEquals(TaskState.SCHEDULED, state(later));
        assertEquals(TaskState.READY, state(gone));
        clock.set(TimeUnit.MINUTES.toSeconds(31));
        await("run_at has come", () -> state(later) == TaskState.READY);
        await("expires_at has come", () -> state(gone) == TaskState.EXPIRED);
    }

    /** A year ahead or behind, running and over restarts: leases, delays and backoff know nothing of it. */
    @ParameterizedTest
    @ValueSource(longs = {31_536_000, -31_536_000})
    void shouldMeasureDurationsByNoWallClock(long wrongSeconds) throws Exception {
        start(0);
        long leased = submit(task().queue("leased").visibilityTimeoutMs(60_000));
        TcpApi worker = new TcpApi(telpher());
        assertEquals(1, worker.reserve(java.util.List.of("leased"), 1, 5_000).size());
        long sent = System.nanoTime();
        long delayed = submit(task().delayMs(6_000));
        long done = submit(task().queue("done"));
        telpher().cancel(done);
        clock.set(wrongSeconds);
        await("the clock was set", () -> isHealthSaying("TQ-3030"));
        assertEquals(TaskState.ACTIVE, state(leased));
        assertEquals(TaskState.SCHEDULED, state(delayed));
        assertEquals(TaskState.CANCELLED, state(done));
        restart(0);
        assertEquals(TaskState.CANCELLED, state(done));
        restart(wrongSeconds);
        assertEquals(TaskState.CANCELLED, state(done), "its retention is not over");
        await("its delay is over", () -> state(delayed) == TaskState.READY);
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sent);
        assertTrue(tookMs >= 6_000, () -> "early: " + tookMs);
        assertNotNull(telpher().get(delayed));
    }

    /** 400 delays, of which each begins at another part of a millisecond. */
    @Test
    void shouldNotEndADelayByTheFractionOfAMillisecondTooEarly() throws Exception {
        start(0);
        TcpApi worker = new TcpApi(telpher());
        for (int i = 0; i < 400; i++) {
            long sent = System.nanoTime();
            submit(task().delayMs(5));
            int got = 0;
            while (got == 0) {
                got = worker.reserve(java.util.List.of("mail"), 1, 5_000).size();
            }
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - sent);
            assertTrue(micros >= 5_000, () -> "after " + micros + " us");
        }
    }

    @Test
    void shouldRefuseWhatExpiresBeforeItRuns() throws Exception {
        start(0);
        long runAtMs = inHalfAnHour();
        TelpherException refused = org.junit.jupiter.api.Assertions.assertThrows(
                TelpherException.class, () -> submit(task().runAtMs(runAtMs).expiresAtMs(runAtMs)));
        assertTrue(String.valueOf(refused.getMessage()).contains("expires_at must be after run_at"));
    }
}
