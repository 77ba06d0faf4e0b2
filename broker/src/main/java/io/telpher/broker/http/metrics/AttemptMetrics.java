package io.telpher.broker.http.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.telpher.broker.partition.replica.AttemptObserver;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How long tasks waited and ran, and how attempts ended, since the process began. Thread-safe. */
final class AttemptMetrics implements AttemptObserver {
    private static final double MS = 1e3;
    private static final String QUEUE = "queue";

    /** Seconds. From a broker that is quicker than its workers to a queue that is hours behind. */
    private static final double[] BOUNDS = {0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200};

    private final Histogram waits;
    private final Histogram runs;
    private final Counter ends;
    private final Counter seconds;
    private final int queuesMax;
    private final Map<String, OfQueue> queues = new ConcurrentHashMap<>();
    private final OtherQueues others;

    /** The series of one queue, so that an attempt does not look them up by their labels. */
    private record OfQueue(Map<End, CounterDataPoint> ends, CounterDataPoint seconds) {}

    /**
     * @param queuesMax further queues are counted together
     * @param others is told what is counted of them
     */
    AttemptMetrics(PrometheusRegistry registry, int queuesMax, OtherQueues others) {
        this.queuesMax = queuesMax;
        this.others = others;
        this.waits = histogram("telpher_task_wait_seconds", "Time between ready and leased", registry);
        this.runs = histogram("telpher_task_run_seconds", "Time between leased and the attempt's end", registry);
        this.ends = Counter.builder()
                .name("telpher_attempts_total")
                .help("Attempts that ended, by how they did")
                .labelNames(QUEUE, "end")
                .withoutExemplars()
                .register(registry);
        this.seconds = Counter.builder()
                .name("telpher_attempt_seconds_total")
                .help("Time that attempts took which were acknowledged or failed")
                .labelNames(QUEUE)
                .withoutExemplars()
                .register(registry);
    }

    private static Histogram histogram(String name, String help, PrometheusRegistry registry) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .classicOnly()
                .withoutExemplars()
                .classicUpperBounds(BOUNDS)
                .register(registry);
    }

    private OfQueue series(String queue) {
        Map<End, CounterDataPoint> each = new EnumMap<>(End.class);
        for (End end : End.values()) {
            each.put(end, ends.labelValues(queue, end.name().toLowerCase(Locale.ROOT)));
        }
        return new OfQueue(each, seconds.labelValues(queue));
    }

    private OfQueue of(String queue) {
        OfQueue known = queues.get(queue);
        if (known != null) {
            return known;
        }
        boolean isOther = queues.size() >= queuesMax && !queue.equals(OtherQueues.NAME);
        return isOther ? of(OtherQueues.NAME) : queues.computeIfAbsent(queue, this::series);
    }

    /** Its counters begin at 0 from here on, not at what the first scrape after an attempt finds. */
    void know(String queue) {
        of(queue);
    }

    @Override
    public void submitted(String queue) {
        others.submitted(queue);
    }

    @Override
    public void began(String queue, long waitedMs) {
        waits.observe(waitedMs / MS);
    }

    @Override
    public void ended(String queue, End end, long ranMs) {
        runs.observe(ranMs / MS);
        OfQueue counted = of(queue);
        CounterDataPoint ended = counted.ends().get(end);
        if (ended != null) {
            ended.inc();
        }
        if (end == End.ACKED) {
            others.completed(queue);
        }
        if (end == End.ACKED || end == End.NACKED) {
            counted.seconds().inc(ranMs / MS);
        }
    }

    @Override
    public void died(String queue) {
        others.died(queue);
    }

    /** Its series end, and make room for another queue's. */
    @Override
    public void deleted(String queue) {
        if (queues.remove(queue) != null) {
            for (End end : End.values()) {
                ends.remove(queue, end.name().toLowerCase(Locale.ROOT));
            }
            seconds.remove(queue);
        }
    }
}
