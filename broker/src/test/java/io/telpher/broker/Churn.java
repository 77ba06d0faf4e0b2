package io.telpher.broker;

import io.telpher.client.PermanentFailure;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Many times the size of what stays goes through a real broker: dead letters, tasks that are delayed for 30 days and tasks that nobody
 * takes lie scattered among tasks that come and go. Says after each snapshot what the data takes on the disk, and how much was copied for it.
 */
final class Churn {
    /** The file that is written and the next one; two that two snapshots begin in; one that is being copied to. */
    static final long FLOOR_BYTES = 5 * 64L << 20;

    private static final long ROUND_BYTES = 64L << 20;
    private static final int LIVE_FACTOR = 2;
    private static final int ROUNDS_MIN = 6;
    private static final int WINDOW = 256;
    private static final int SAMPLES = 200;
    private static final Pattern HTTP_PORT = Pattern.compile("\"http\":(\\d+)");
    private static final Pattern COPIED = Pattern.compile("(?m)^telpher_journal_copied_bytes_total ([0-9.E+]+)$");

    private final Path data;
    private final int live;
    private final int payloadBytes;
    private final int times;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Long> staying = new ArrayList<>();
    private final List<Long> passed = new ArrayList<>();
    private final AtomicLong handled = new AtomicLong();
    private long copiedByKilled;

    /** @param times so many times the bytes of the tasks that stay come and go */
    Churn(Path data, int live, int payloadBytes, int times) {
        this.data = data;
        this.live = live;
        this.payloadBytes = payloadBytes;
        this.times = times;
    }

    /**
     * Result of a run.
     *
     * @param copiedBytes appended again by compaction
     * @param submittedBytes of payload
     * @param mostBytes on the disk right after a snapshot
     */
    record Outcome(long copiedBytes, long submittedBytes, long mostBytes) {}

    public static void main(String[] args) throws Exception {
        int live = Integer.getInteger("churn.live", 20_000);
        int payloadBytes = Integer.getInteger("churn.payload", 2048);
        Path data = Files.createTempDirectory(Path.of(System.getProperty("churn.dir")), "telpher-churn-");
        Outcome outcome = new Churn(data, live, payloadBytes, Integer.getInteger("churn.times", 50)).run();
        System.out.printf(
                "%,d bytes submitted, %,d copied: write amplification %.3f; at most %,d MiB on the disk%n",
                outcome.submittedBytes,
                outcome.copiedBytes,
                (double) outcome.copiedBytes / outcome.submittedBytes,
                outcome.mostBytes >> 20);
    }

    /** One kill -9 half-way. Fails when more is on the disk than may be, or a task is not as it should be. */
    Outcome run() throws Exception {
        long perTask = payloadBytes;
        int rounds = (int) Math.max(ROUNDS_MIN, live * perTask * times / ROUND_BYTES);
        BrokerProcess broker = BrokerProcess.start(data, 0);
        long most = 0;
        try {
            for (int round = 0; round < rounds; round++) {
                if (round == rounds / 2) {
                    copiedByKilled = copied();
                    broker.kill();
                    broker = BrokerProcess.start(data, 0);
                }
                try (Telpher telpher = Telpher.connect(broker.url())) {
                    work(telpher, live * (round + 1) / rounds, (long) live * times * (round + 1) / rounds);
                    telpher.operations().snapshot();
                }
                most = Math.max(most, awaitSpace(round));
            }
            try (Telpher telpher = Telpher.connect(broker.url())) {
                check(telpher);
            }
            long submitted = (staying.size() + passed.size()) * perTask;
            return new Outcome(copiedByKilled + copied(), submitted, most);
        } finally {
            broker.kill();
        }
    }

    /** Submits until so many stay and so many have passed, and waits until those are done. */
    private void work(Telpher telpher, int stayUntil, long passUntil) throws InterruptedException {
        try (Worker finishing = telpher.worker("passes").concurrency(WINDOW).start(task -> {
                    handled.incrementAndGet();
                    return null;
                });
                Worker failing = telpher.worker("dead").start(task -> {
                    throw new PermanentFailure("broken beyond repair");
                })) {
            long each = Math.max(1, (passUntil - passed.size()) / Math.max(1, stayUntil - staying.size()));
            List<CompletableFuture<Long>> underWay = new ArrayList<>();
            while (passed.size() + underWay.size() < passUntil) {
                if (staying.size() < stayUntil && underWay.size() % each == 0) {
                    staying.add(telpher.submit(staying(staying.size())).taskId());
                }
                int seed = passed.size() + underWay.size();
                underWay.add(telpher.submitAsync(task("passes", seed)).thenApply(done -> done.taskId()));
                if (underWay.size() == WINDOW) {
                    settle(underWay);
                }
            }
            settle(underWay);
            Overload.await("all that passes is done", () -> handled.get() >= passed.size());
            Overload.await(
                    "all that fails is dead",
                    () -> telpher.operations().queue("dead").dead == (staying.size() + 2) / 3);
            if (finishing.inHand() + failing.inHand() < 0) {
                throw new AssertionError("less than nothing in hand");
            }
        }
    }

    private void settle(List<CompletableFuture<Long>> underWay) {
        underWay.forEach(each -> passed.add(each.join()));
        underWay.clear();
    }

    private TaskSpec task(String queue, int seed) {
        return TaskSpec.type("churn").queue(queue).payload(payload(seed));
    }

    private TaskSpec staying(int number) {
        return switch (number % 3) {
            case 0 -> task("dead", number);
            case 1 -> task("later", number).delayMs(TimeUnit.DAYS.toMillis(30));
            default -> task("slow", number);
        };
    }

    private byte[] payload(int seed) {
        byte[] payload = new byte[payloadBytes];
        new Random(seed).nextBytes(payload);
        return payload;
    }

    /** What is there right after the snapshot; returns when it is little enough. */
    private long awaitSpace(int round) throws IOException, InterruptedException {
        long first = allocatedBytes();
        long remembered = newestSnapshotBytes();
        long allowed = LIVE_FACTOR * (staying.size() * (long) payloadBytes + remembered) + FLOOR_BYTES;
        long[] now = {first};
        Overload.await("at most " + allowed + " bytes are on the disk", () -> {
            now[0] = allocatedBytes();
            return now[0] <= allowed;
        });
        System.out.printf(
                "churn %d: %,d MiB through, %,d MiB stay, %,d MiB of state, on the disk %,d MiB at the snapshot and %,d MiB after it%n",
                round + 1,
                (long) passed.size() * payloadBytes >> 20,
                (long) staying.size() * payloadBytes >> 20,
                remembered >> 20,
                first >> 20,
                now[0] >> 20);
        return first;
    }

    /** What is known of each task, also of those that are over and remembered for their retention: it lives, too. */
    private long newestSnapshotBytes() throws IOException {
        try (Stream<Path> snapshots = Files.list(data.resolve("snapshots"))) {
            Path newest = snapshots
                    .filter(file -> file.toString().endsWith(".snapshot"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new AssertionError("no snapshot"));
            return Files.size(newest);
        }
    }

    /** Blocks, not lengths: Chronicle's files have holes. */
    private long allocatedBytes() {
        try {
            // Files go while it looks, which it says and is right about.
            Process du = new ProcessBuilder("du", "-s", "-B1", data.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Long.parseLong(said.substring(0, said.indexOf('\t')));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long copied() throws IOException, InterruptedException {
        Matcher port = HTTP_PORT.matcher(Files.readString(data.resolve("ports.json")));
        if (!port.find()) {
            throw new AssertionError("no port in ports.json");
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + "/metrics"))
                .build();
        Matcher copied = COPIED.matcher(
                http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        if (!copied.find()) {
            throw new AssertionError("no telpher_journal_copied_bytes_total in /metrics");
        }
        return (long) Double.parseDouble(copied.group(1));
    }

    private void check(Telpher telpher) {
        for (int i = 0; i < staying.size(); i++) {
            TaskView task = telpher.getAsync(staying.get(i), true).join();
            TaskState wanted = i % 3 == 0 ? TaskState.DEAD : i % 3 == 1 ? TaskState.SCHEDULED : TaskState.READY;
            byte @Nullable [] found = task.payload;
            if (task.state != wanted || !Arrays.equals(payload(i), found)) {
                throw new AssertionError("task " + i + " of those that stay is " + task.state);
            }
        }
        Random random = new Random(1);
        for (int i = 0; i < SAMPLES; i++) {
            TaskView task = telpher.get(passed.get(random.nextInt(passed.size())));
            if (task.state != TaskState.COMPLETED) {
                throw new AssertionError("a task that was done is " + task.state);
            }
        }
    }
}
