package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.protocol.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One reader of events. Nothing is written while what was written before still waits in the socket: counts are told as they are when there is room
 * again, task changes wait in the reader's group up to a limit, then the oldest are dropped and counted. What it is told lies in memory that all readers
 * share, so a reader that takes nothing costs no text of its own. For the feed's thread.
 */
public final class EventStream {
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final String RECONNECT = "retry: 2000\n\n";

    private final Channel channel;
    private final EventGroup group;
    private final SharedEvents events;
    private final String feed;
    private long position;
    private long toldLost;
    private long toldLook;
    private long wroteAtNanos;

    /**
     * @param feed names this run of the broker in the ids of events
     * @param lastEventId what a reader that comes back has seen, empty = nothing
     */
    EventStream(Channel channel, EventGroup group, SharedEvents events, String feed, String lastEventId) {
        this.channel = channel;
        this.group = group;
        this.events = events;
        this.feed = feed;
        this.wroteAtNanos = nanoTime();
        this.position = group.next();
        this.toldLost = group.lost();
        this.toldLook = seen(feed, lastEventId);
        write(events.text(RECONNECT));
        if (!lastEventId.isEmpty() && group.filter().isAboutTasks()) {
            write(events.event("missed", JsonBody.JSON.createObjectNode().putNull("count")));
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

    EventGroup group() {
        return group;
    }

    /** Since when it has taken nothing of what it was told, in the channel's nanoseconds; the largest number when it has taken all. */
    long stuckSinceNanos() {
        return channel.isWritable() ? Long.MAX_VALUE : wroteAtNanos;
    }

    /** False when the reader has taken nothing for so long that it is rather gone. */
    boolean isAlive() {
        return channel.isActive() && (channel.isWritable() || nanoTime() - wroteAtNanos < STUCK_NANOS);
    }

    /** The figures as they are now, as far as this reader does not know them; returns the bytes that this takes. */
    int tell(LiveStats figures) {
        if (!channel.isWritable() || figures.look() == toldLook) {
            return 0;
        }
        long since = toldLook > figures.look() ? 0 : toldLook;
        ByteBuf counts = events.counts(feed, figures, since, group.filter().queues());
        write(counts);
        toldLook = figures.look();
        return counts.readableBytes();
    }

    /** A new row of the last hour, as an event. */
    void tellRow(ByteBuf row) {
        if (channel.isWritable() && group.filter().queues().isEmpty()) {
            write(row);
        }
    }

    /** Task changes as far as there is room, and a sign of life when there is nothing else to say. */
    void flush() {
        if (!channel.isWritable()) {
            return;
        }
        long first = group.first(position);
        long missed = first - position + group.lost() - toldLost;
        boolean hasNews = missed > 0 || first < group.next();
        if (missed > 0) {
            ObjectNode count = JsonBody.JSON.createObjectNode().put("count", missed);
            write(events.event("missed", count));
        }
        if (first < group.next()) {
            write(group.changes(first));
        }
        position = group.next();
        toldLost = group.lost();
        if (!hasNews && nanoTime() - wroteAtNanos > HEARTBEAT_NANOS) {
            write(events.text(": alive\n\n"));
        }
    }

    /** Ends a stream whose reader may have it no more. On the connection's event loop. */
    public static void refuse(Channel channel, ErrorCode code) {
        if (!channel.isWritable()) {
            channel.close(); // it reads nothing, this neither
            return;
        }
        String text = "event: refused\ndata: {\"code\":\"" + code.name() + "\"}\n\n";
        channel.write(new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
        channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE);
    }

    private void write(ByteBuf text) {
        wroteAtNanos = nanoTime();
        channel.writeAndFlush(new DefaultHttpContent(text.retainedDuplicate()));
    }
}
