package io.telpher.broker.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.telpher.broker.partition.TaskChange;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * One reader of events. Nothing is written while what was written before still waits in the socket: counts are told as they are when there is room
 * again, task changes wait up to a limit, then the oldest are dropped and counted. For the feed's thread.
 */
final class EventStream {
    /** Task changes that wait for a reader. */
    static final int CHANGES_MAX = 500;

    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final String RECONNECT = "retry: 2000\n\n";

    private final Channel channel;
    private final EventFilter filter;
    private final String feed;
    private final Deque<TaskChange> changes = new ArrayDeque<>();
    private long dropped;
    private long toldLook;
    private long wroteAtNanos;

    /**
     * @param feed names this run of the broker in the ids of events
     * @param lastEventId what a reader that comes back has seen, empty = nothing
     */
    EventStream(Channel channel, EventFilter filter, String feed, String lastEventId) {
        this.channel = channel;
        this.filter = filter;
        this.wroteAtNanos = nanoTime();
        this.feed = feed;
        this.toldLook = seen(feed, lastEventId);
        write(RECONNECT);
        if (!lastEventId.isEmpty() && filter.isAboutTasks()) {
            write(event("missed", "", Fields.JSON.createObjectNode().putNull("count")));
        }
    }

    /** The look that the reader knows: of this run, or none. */
    private static long seen(String feed, String lastEventId) {
        String prefix = feed + "-";
        if (!lastEventId.startsWith(prefix)) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(lastEventId.substring(prefix.length())));
        } catch (NumberFormatException e) {
            return 0; // not one of ours: the reader is told everything
        }
    }

    private long nanoTime() {
        return channel.eventLoop().ticker().nanoTime();
    }

    Channel channel() {
        return channel;
    }

    EventFilter filter() {
        return filter;
    }

    /** False when the reader has taken nothing for so long that it is rather gone. */
    boolean isAlive() {
        return channel.isActive() && (channel.isWritable() || nanoTime() - wroteAtNanos < STUCK_NANOS);
    }

    /** The figures as they are now, as far as this reader does not know them. */
    void tell(Figures figures) {
        if (channel.isWritable() && figures.look() != toldLook) {
            long since = toldLook > figures.look() ? 0 : toldLook;
            write(event("counts", feed + "-" + figures.look(), figures.json(since, filter.queues())));
            toldLook = figures.look();
        }
    }

    /** A new row of the last hour. */
    void tellRow(ObjectNode row) {
        if (channel.isWritable() && filter.queues().isEmpty()) {
            write(event("row", "", row));
        }
    }

    void add(TaskChange change) {
        if (filter.wants(change)) {
            changes.add(change);
            if (changes.size() > CHANGES_MAX) {
                changes.remove();
                dropped++;
            }
        }
    }

    /** So many changes were lost before anybody knew whose they are. */
    void lost(long count) {
        dropped += filter.isAboutTasks() ? count : 0;
    }

    /** Task changes as far as there is room, and a sign of life when there is nothing else to say. */
    void flush() {
        if (!channel.isWritable()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        if (dropped > 0) {
            text.append(event("missed", "", Fields.JSON.createObjectNode().put("count", dropped)));
            dropped = 0;
        }
        for (TaskChange change = changes.poll(); change != null; change = changes.poll()) {
            text.append(event("task", "", json(change)));
        }
        if (text.length() > 0) {
            write(text.toString());
        } else if (nanoTime() - wroteAtNanos > HEARTBEAT_NANOS) {
            write(": alive\n\n");
        }
    }

    private static ObjectNode json(TaskChange change) {
        ObjectNode json = Fields.JSON.createObjectNode();
        json.put("task_id", TaskId.format(change.taskId()));
        json.put("queue", change.queue());
        json.put("type", change.type());
        TaskJson.time(json, "at", change.atMs());
        json.put("from", change.from() == TaskState.NONE ? null : change.from().word());
        json.put("to", change.to().word());
        json.put("attempt", change.attempts());
        json.put("lease_id", change.leaseId());
        json.put("worker", change.worker());
        return json;
    }

    /** JSON has no line break of its own, so one data line holds it. */
    private static String event(String name, String id, ObjectNode json) {
        String data = new String(TaskJson.bytes(json), StandardCharsets.UTF_8);
        return "event: " + name + "\n" + (id.isEmpty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
    }

    private void write(String text) {
        wroteAtNanos = nanoTime();
        channel.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
    }
}
