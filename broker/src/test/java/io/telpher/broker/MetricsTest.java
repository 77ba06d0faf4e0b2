package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a scrape says is what was done; and the handbook names only figures that exist. */
class MetricsTest {
    /** A line of Prometheus' text format: name, labels, value. */
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[^}]*\\})? (\\S+)");

    private static final Pattern TYPE = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) .*");

    @TempDir
    Path directory;

    private static Map<String, Double> scrape(Broker broker) throws Exception {
        HttpResponse<String> response = new HttpCaller(broker).send("GET", "/metrics", "");
        assertEquals(200, response.statusCode());
        assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith("text/plain; version=0.0.4"));
        Map<String, Double> samples = new HashMap<>();
        for (String line : response.body().lines().toList()) {
            Matcher sample = SAMPLE.matcher(line);
            assertTrue(sample.matches() || TYPE.matcher(line).matches(), line);
            if (sample.matches()) {
                String labels = sample.group(2) == null ? "" : sample.group(2);
                samples.put(sample.group(1) + labels, Double.valueOf(sample.group(3)));
            }
        }
        return samples;
    }

    private static double value(Map<String, Double> samples, String name) {
        Double value = samples.get(name);
        if (value == null) {
            throw new AssertionError("no sample " + name + " among " + samples.keySet());
        }
        return value;
    }

    private static double tasks(Map<String, Double> samples, String state, String priority) {
        return value(samples, "telpher_tasks{priority=\"" + priority + "\",queue=\"mail\",state=\"" + state + "\"}");
    }

    @Test
    void shouldShowWhatWasDone() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < 5; i++) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
            }
            telpher.submit(TaskSpec.type("mail").queue("mail").payload("x").delayMs(3_600_000));
            RawWorker worker = new RawWorker(telpher);
            for (int i = 0; i < 2; i++) {
                Delivery delivery = worker.reserve("mail", 1, 10_000);
                assertTrue(delivery.next());
                if (i == 0) {
                    worker.ack(delivery.taskId(), delivery.leaseId());
                }
            }
            Map<String, Double> samples = scrape(broker);
            assertEquals(3, tasks(samples, "ready", "normal"));
            assertEquals(0, tasks(samples, "ready", "high"));
            assertEquals(1, tasks(samples, "scheduled", ""));
            assertEquals(1, tasks(samples, "active", ""));
            assertEquals(0, tasks(samples, "dead", ""));
            assertEquals(6, value(samples, "telpher_tasks_submitted_total{queue=\"mail\"}"));
            assertEquals(1, value(samples, "telpher_tasks_completed_total{queue=\"mail\"}"));
            assertEquals(0, value(samples, "telpher_queue_paused{queue=\"mail\"}"));
            assertTrue(value(samples, "telpher_journal_sync_seconds_count") >= 6, samples.toString());
            assertTrue(value(samples, "telpher_journal_read_seconds_count") >= 1, samples.toString());
            assertTrue(value(samples, "telpher_journal_cold_reads_total") >= 0, samples.toString());
            assertTrue(value(samples, "telpher_journal_sync_records_sum") >= 7, samples.toString());
            assertTrue(value(samples, "telpher_disk_free_bytes") > 0);

            telpher.operations().pause("mail", false);
            telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
            Map<String, Double> later = scrape(broker);
            assertEquals(1, value(later, "telpher_queue_paused{queue=\"mail\"}"));
            assertEquals(4, tasks(later, "ready", "normal"));
            assertTrue(value(later, "telpher_journal_records_total") > value(samples, "telpher_journal_records_total"));
        }
    }

    @Test
    void shouldShowEachStateAndTheAgeOfWhatCouldRun() throws Exception {
        String age = "telpher_oldest_ready_age_seconds{queue=\"mail\"}";
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            RawWorker worker = new RawWorker(telpher);
            for (boolean permanent : new boolean[] {false, true}) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
                Delivery failed = worker.reserve("mail", 1, 10_000);
                assertTrue(failed.next());
                String nack = "{\"lease_id\":" + failed.leaseId() + ",\"retry_after_ms\":600000,\"permanent\":"
                        + permanent + "}";
                String path = "/api/v1/tasks/" + TaskId.format(failed.taskId()) + "/nack";
                assertEquals(
                        200, new HttpCaller(broker).send("POST", path, nack).statusCode());
            }
            for (int i = 0; i < 3; i++) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("x").delayMs(3_600_000));
            }
            Map<String, Double> none = scrape(broker);
            assertEquals(1, tasks(none, "retry_wait", ""));
            assertEquals(1, tasks(none, "dead", ""));
            assertEquals(3, tasks(none, "scheduled", ""));
            assertEquals(0, value(none, age), "none could run");

            long id = telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"))
                    .taskId();
            long madeMs = telpher.get(id).createdAtMs;
            while (telpher.operations().queue("mail").oldestReadyAgeMs < 20) {
                Patience.look();
            }
            double shown = value(scrape(broker), age);
            long atMostMs = System.currentTimeMillis() - madeMs;
            assertTrue(shown >= 0.02 && shown <= (atMostMs + 1) / 1e3, shown + " s of " + atMostMs + " ms");
        }
    }

    @Test
    void shouldCountHowAttemptsEndedAndHowLongTheyTook() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < 4; i++) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("x").maxRetries(0));
            }
            RawWorker worker = new RawWorker(telpher);
            Delivery acked = worker.reserve("mail", 1, 10_000);
            assertTrue(acked.next());
            worker.ack(acked.taskId(), acked.leaseId());
            Delivery failed = worker.reserve("mail", 1, 10_000);
            assertTrue(failed.next());
            worker.nack(failed.taskId(), failed.leaseId(), "no");
            assertTrue(worker.reserve("mail", 1, 10_000).next());
            Map<String, Double> samples = scrape(broker);
            assertEquals(1, value(samples, "telpher_attempts_total{end=\"acked\",queue=\"mail\"}"));
            assertEquals(1, value(samples, "telpher_attempts_total{end=\"nacked\",queue=\"mail\"}"));
            assertEquals(0, value(samples, "telpher_attempts_total{end=\"returned\",queue=\"mail\"}"));
            assertEquals(1, value(samples, "telpher_tasks_dead_total{queue=\"mail\"}"));
            assertEquals(3, value(samples, "telpher_task_wait_seconds_count"));
            assertEquals(2, value(samples, "telpher_task_run_seconds_count"));
            assertEquals(2, value(samples, "telpher_task_run_seconds_bucket{le=\"+Inf\"}"));
        }
    }

    /** An alert sees that a counter has risen only when it was there before. */
    @Test
    void shouldBeginAtZeroAndGoOnAfterARestart() throws Exception {
        String dead = "telpher_tasks_dead_total{queue=\"mail\"}";
        BrokerConfig config = BrokerConfig.of(directory).onFreePorts();
        try (Broker broker = Broker.start(config);
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.operations().putQueue("mail", QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 0));
            Map<String, Double> before = scrape(broker);
            assertEquals(0, value(before, dead));
            assertEquals(0, value(before, "telpher_attempts_total{end=\"nacked\",queue=\"mail\"}"));
            assertEquals(0, value(before, "telpher_attempt_seconds_total{queue=\"mail\"}"));
            RawWorker worker = new RawWorker(telpher);
            for (int i = 0; i < 2; i++) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
                Delivery failed = worker.reserve("mail", 1, 10_000);
                assertTrue(failed.next());
                worker.nack(failed.taskId(), failed.leaseId(), "no");
            }
            assertEquals(2, value(scrape(broker), dead));
            assertEquals(2, telpher.operations().queue("mail").died);
            telpher.operations().snapshot();
        }
        try (Broker broker = Broker.start(config)) {
            assertEquals(2, value(scrape(broker), dead));
        }
    }

    @Test
    void shouldShowTheQueuesBeyondAThousandTogether() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            submitTo(telpher, 0, 1_000);
            Map<String, Double> all = scrape(broker);
            assertEquals(0, value(all, "telpher_queues_others"));
            assertEquals(1, value(all, "telpher_tasks_submitted_total{queue=\"q-0999\"}"));
            assertTrue(all.keySet().stream().noneMatch(name -> name.contains("others\"")), "nothing of others");

            submitTo(telpher, 1_000, 1_004);
            Map<String, Double> first = scrape(broker);
            assertEquals(4, value(first, "telpher_queues_others"));
            assertEquals(
                    4, value(first, "telpher_tasks{priority=\"normal\",queue=\"others\",state=\"ready\"}"), "summed");
            assertEquals(0, value(first, "telpher_tasks_dead_total{queue=\"others\"}"));
            RawWorker worker = new RawWorker(telpher);
            submitTo(telpher, 1_003, 1_004);
            Delivery failed = worker.reserve("q-1003", 1, 10_000);
            assertTrue(failed.next());
            worker.nack(failed.taskId(), failed.leaseId(), "no");
            Delivery done = worker.reserve("q-1003", 1, 10_000);
            assertTrue(done.next());
            worker.ack(done.taskId(), done.leaseId());
            Map<String, Double> then = scrape(broker);
            assertEquals(1, value(then, "telpher_tasks_dead_total{queue=\"others\"}"));
            assertEquals(1, value(then, "telpher_tasks{priority=\"\",queue=\"others\",state=\"dead\"}"));
            assertEquals(1, value(then, "telpher_tasks_completed_total{queue=\"others\"}"));
            assertEquals(1, value(then, "telpher_tasks_submitted_total{queue=\"others\"}"));
            assertEquals(3, value(then, "telpher_tasks{priority=\"normal\",queue=\"others\",state=\"ready\"}"));
            assertTrue(value(then, "telpher_oldest_ready_age_seconds{queue=\"others\"}") > 0);
        }
    }

    private static void submitTo(Telpher telpher, int from, int to) {
        telpher.submitBatch(IntStream.range(from, to)
                .mapToObj(i -> TaskSpec.type("t")
                        .queue(String.format("q-%04d", i))
                        .payload("x")
                        .maxRetries(0))
                .toList());
    }

    /** The registry keeps only weak references to what it asks. */
    @Test
    void shouldStillKnowItsFiguresAfterAGarbageCollection() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts())) {
            System.gc();
            Map<String, Double> samples = scrape(broker);
            samples.forEach((name, value) -> assertTrue(
                    !name.startsWith("telpher_") || !value.isNaN() || name.endsWith("_max"), name + " " + value));
            assertEquals(0, value(samples, "telpher_journal_files_unwanted"));
            assertEquals(0, value(samples, "telpher_background_failing{what=\"deleting-files\"}"));
        }
    }

    private static Set<String> named() throws IOException {
        Set<String> named = new HashSet<>();
        for (String page : List.of("OPERATIONS.md", "CLUSTER.md", "monitoring/grafana.json", "monitoring/alerts.yml")) {
            Matcher names = Pattern.compile("\\b((telpher|jvm)_[a-z_]+)\\b")
                    .matcher(Files.readString(Path.of("../docs", page)));
            while (names.find()) {
                named.add(names.group(1));
            }
        }
        return named;
    }

    private static boolean isOfACluster(String name) {
        return name.startsWith("telpher_raft_") || name.startsWith("telpher_node_");
    }

    /** What the handbook names of a cluster, and a node of one does not show. */
    static Set<String> namedAndNotShown(String scrape) throws IOException {
        Set<String> named = named();
        named.removeIf(name -> !isOfACluster(name));
        named.removeAll(Set.of("telpher_raft_", "telpher_node_")); // as a whole
        assertTrue(named.size() > 10, named.toString());
        named.removeIf(name -> scrape.contains("\n" + name + " ") || scrape.contains("\n" + name + "{"));
        return named;
    }

    @Test
    void shouldHaveEveryFigureThatTheHandbookNames() throws Exception {
        Set<String> named = named();
        named.removeIf(MetricsTest::isOfACluster); // ClusterTest looks for these
        // Of what is installed, not figures.
        named.removeAll(Set.of("telpher_all", "telpher_"));
        assertTrue(named.size() > 10, named.toString());
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
            Set<String> there = new HashSet<>();
            for (String sample : scrape(broker).keySet()) {
                String name = sample.replaceAll("\\{.*", "");
                there.add(name);
                there.add(name.replaceAll("_(bucket|count|sum|max)$", ""));
            }
            named.removeAll(there);
            assertEquals(Set.of(), named);
        }
    }
}
