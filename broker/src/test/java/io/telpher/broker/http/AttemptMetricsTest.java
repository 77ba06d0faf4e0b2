package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.telpher.broker.partition.AttemptObserver;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Queues may be as many as somebody likes to submit to; their series may not. */
class AttemptMetricsTest {
    private final PrometheusRegistry registry = new PrometheusRegistry();

    /** Of one counter, by queue. */
    private Map<String, Double> counted(String counter) {
        Map<String, Double> byQueue = new TreeMap<>();
        registry.scrape(counter::equals).forEach(metric -> ((CounterSnapshot) metric)
                .getDataPoints()
                .forEach(point ->
                        byQueue.merge(String.valueOf(point.getLabels().get("queue")), point.getValue(), Double::sum)));
        return byQueue;
    }

    @Test
    void shouldCountFurtherQueuesTogether() {
        AttemptMetrics metrics = new AttemptMetrics(registry, 2);
        for (String queue : new String[] {"a", "b", "c", "d", "a"}) {
            metrics.ended(queue, AttemptObserver.End.ACKED, 10);
            metrics.died(queue);
        }
        Map<String, Double> each = Map.of("", 2.0, "a", 2.0, "b", 1.0);
        assertEquals(each, counted("telpher_tasks_dead"));
        assertEquals(each, counted("telpher_attempts"));
    }
}
