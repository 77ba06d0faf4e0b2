package io.telpher.broker.http.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.telpher.broker.partition.replica.AttemptObserver;
import io.telpher.protocol.queue.QueueView;
import java.util.Map;
import java.util.Set;
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
        OtherQueues others = new OtherQueues();
        others.shown(Set.of("a", "b"), false);
        AttemptMetrics metrics = new AttemptMetrics(registry, 2, others);
        for (String queue : new String[] {"a", "b", "c", "d", "a"}) {
            metrics.submitted(queue);
            metrics.ended(queue, AttemptObserver.End.ACKED, 500);
            metrics.died(queue);
        }
        assertEquals(Map.of("others", 2.0, "a", 2.0, "b", 1.0), counted("telpher_attempts"));
        assertEquals(Map.of("others", 1.0, "a", 1.0, "b", 0.5), counted("telpher_attempt_seconds"));
        QueueView counted = new QueueView();
        others.count(counted);
        assertEquals(2, counted.submitted);
        assertEquals(2, counted.completed);
        assertEquals(2, counted.died);
    }

    @Test
    void shouldBeginAtZeroForAQueueThatIsKnown() {
        AttemptMetrics metrics = new AttemptMetrics(registry, 2, new OtherQueues());
        metrics.know("a");
        assertEquals(Map.of("a", 0.0), counted("telpher_attempts"));
    }
}
