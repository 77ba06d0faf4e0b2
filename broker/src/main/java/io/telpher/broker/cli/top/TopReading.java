package io.telpher.broker.cli.top;

import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.QueueViews;
import io.telpher.broker.cli.task.WorkerCommand;
import io.telpher.client.Operations;
import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.queue.QueueView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a broker at one moment, and their change since the moment before.
 *
 * @param atNanos of {@link System#nanoTime}
 */
record TopReading(long atNanos, Instant at, BrokerStats stats, List<Line> queues, List<ConnectedWorker> workers) {
    private static final double NANOS = 1e9;

    /**
     * A queue.
     *
     * @param in tasks submitted a second since the reading before; 0 in the first
     * @param out tasks completed a second
     */
    record Line(QueueView queue, double in, double out) {
        long ready() {
            return queue.ready[0] + queue.ready[1] + queue.ready[2];
        }
    }

    /** @param before null = rates are not known yet */
    static TopReading take(Operations operations, @Nullable TopReading before) {
        BrokerStats stats = operations.stats();
        List<QueueView> queues = QueueViews.all(operations);
        return of(stats, queues, operations.workers(), before, System.nanoTime());
    }

    static TopReading of(
            BrokerStats stats,
            List<QueueView> queues,
            List<ConnectedWorker> workers,
            @Nullable TopReading before,
            long atNanos) {
        Map<String, QueueView> earlier = new HashMap<>();
        double seconds = 0;
        if (before != null) {
            before.queues.forEach(line -> earlier.put(line.queue.name, line.queue));
            seconds = (atNanos - before.atNanos) / NANOS;
        }
        List<Line> lines = new ArrayList<>();
        for (QueueView queue : queues) {
            QueueView was = earlier.get(queue.name);
            // A queue that is new had nothing before.
            long submitted = was != null ? was.submitted : before == null ? queue.submitted : 0;
            long completed = was != null ? was.completed : before == null ? queue.completed : 0;
            lines.add(new Line(
                    queue, rate(queue.submitted - submitted, seconds), rate(queue.completed - completed, seconds)));
        }
        return new TopReading(atNanos, Instant.now(), stats, List.copyOf(lines), workers);
    }

    private static double rate(long count, double seconds) {
        return seconds > 0 ? Math.max(0, count) / seconds : 0;
    }

    double in() {
        return queues.stream().mapToDouble(Line::in).sum();
    }

    double out() {
        return queues.stream().mapToDouble(Line::out).sum();
    }

    long stat(BrokerStats.Field field) {
        return stats.get(field);
    }

    /** For programs. */
    Map<String, Object> fields(List<TopProblem> problems) {
        Map<String, Object> broker = new LinkedHashMap<>();
        for (BrokerStats.Field field : BrokerStats.Field.values()) {
            broker.put(field.name().toLowerCase(Locale.ROOT), stats.get(field));
        }
        broker.put("in_per_second", in());
        broker.put("out_per_second", out());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("at", at.toString());
        fields.put("broker", broker);
        fields.put("problems", problems.stream().map(TopProblem::text).toList());
        fields.put("queues", queues.stream().map(TopReading::row).toList());
        fields.put("workers", workers.stream().map(WorkerCommand::row).toList());
        return fields;
    }

    private static Map<String, Object> row(Line line) {
        Map<String, Object> row = Output.row(line.queue);
        row.put("in_per_second", line.in);
        row.put("out_per_second", line.out);
        return row;
    }
}
