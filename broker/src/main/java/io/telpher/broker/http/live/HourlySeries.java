package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.partition.replica.LatencyRecorder;
import io.telpher.protocol.admin.BrokerStats.Field;
import io.telpher.protocol.queue.QueueView;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last hour of the broker and of those queues in which something happened, so that a page has its charts as soon as it is opened. One
 * thread adds, any may read.
 */
final class HourlySeries {
    /** Further queues have no series; one takes 20 KB. */
    static final int QUEUES_MAX = 1_000;

    private static final double MS = 1e3;
    private static final List<String> BROKER = List.of(
            "ready",
            "active",
            "scheduled",
            "retry_wait",
            "dead",
            "submitted_per_second",
            "completed_per_second",
            "oldest_ready_seconds",
            "wait_p50_ms",
            "wait_p99_ms",
            "sync_p50_ms",
            "sync_p99_ms",
            "disk_free_bytes");
    private static final List<String> QUEUE =
            List.of("ready", "active", "submitted_per_second", "completed_per_second", "oldest_ready_seconds");

    /** Of the row before, of which the new one is the difference. */
    private static final class Track {
        private final TimeSeries series = new TimeSeries(QUEUE);
        private long submitted;
        private long completed;
    }

    private final TimeSeries broker = new TimeSeries(BROKER);
    private final Map<String, Track> queues = new ConcurrentHashMap<>();
    private long lastUptimeMs;
    private long submitted;
    private long completed;

    /** Adds a row to each series. */
    void add(LiveStats figures, LatencyRecorder.Percentiles times) {
        long uptimeMs = figures.stat(Field.UPTIME_MS);
        double seconds = (uptimeMs - lastUptimeMs) / MS;
        boolean isFirst = lastUptimeMs == 0;
        long oldestMs = 0;
        queues.keySet().removeIf(name -> figures.queue(name) == null);
        for (LiveStats.Seen seen : figures.queues()) {
            oldestMs = Math.max(oldestMs, seen.view().paused ? 0 : seen.view().oldestReadyAgeMs);
            addQueue(seen.view(), figures.atMs(), isFirst ? 0 : seconds);
        }
        long nowSubmitted = figures.stat(Field.SUBMITTED);
        long nowCompleted = figures.stat(Field.COMPLETED);
        broker.add(
                figures.atMs(),
                (double) figures.stat(Field.READY),
                (double) figures.stat(Field.ACTIVE),
                (double) figures.stat(Field.SCHEDULED),
                (double) figures.stat(Field.RETRY_WAIT),
                (double) figures.stat(Field.DEAD),
                isFirst ? 0 : rate(nowSubmitted - submitted, seconds),
                isFirst ? 0 : rate(nowCompleted - completed, seconds),
                oldestMs / MS,
                times.waitP50(),
                times.waitP99(),
                times.syncP50(),
                times.syncP99(),
                (double) figures.stat(Field.DISK_FREE_BYTES));
        submitted = nowSubmitted;
        completed = nowCompleted;
        lastUptimeMs = uptimeMs;
    }

    private static double rate(long count, double seconds) {
        return seconds <= 0 ? 0 : count / seconds;
    }

    private void addQueue(QueueView view, long atMs, double seconds) {
        Track track = queues.get(view.name);
        if (track == null) {
            boolean isIdle = view.submitted == 0 && view.oldestReadyAgeMs == 0 && view.active == 0;
            if (isIdle || queues.size() >= QUEUES_MAX) {
                return;
            }
            track = new Track();
            // Changes before this broker's first look have no rate.
            track.submitted = seconds == 0 ? view.submitted : 0;
            track.completed = seconds == 0 ? view.completed : 0;
            queues.put(view.name, track);
        }
        track.series.add(
                atMs,
                (double) (view.ready[0] + view.ready[1] + view.ready[2]),
                (double) view.active,
                rate(view.submitted - track.submitted, seconds),
                rate(view.completed - track.completed, seconds),
                view.oldestReadyAgeMs / MS);
        track.submitted = view.submitted;
        track.completed = view.completed;
    }

    /** These queues are gone: their places are free for others. */
    void forget(List<String> gone) {
        gone.forEach(queues::remove);
    }

    /** @param queue null = the broker; empty series for a queue in which nothing happened */
    ObjectNode json(@Nullable String queue) {
        if (queue == null) {
            return broker.json();
        }
        Track track = queues.get(queue);
        return (track == null ? new TimeSeries(QUEUE) : track.series).json();
    }

    /** The broker's newest row. */
    ObjectNode lastRow() {
        return broker.lastRow();
    }
}
