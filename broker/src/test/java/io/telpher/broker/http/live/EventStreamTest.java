package io.telpher.broker.http.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.telpher.broker.partition.replica.TaskChange;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.QueueView;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A reader that does not read costs a fixed number of task changes, and no counts at all. */
class EventStreamTest {
    private final EmbeddedChannel channel = stopped(new EmbeddedChannel());
    private final LiveStats figures = new LiveStats();
    private final SharedEvents events = new SharedEvents();
    private final EventGroup group = new EventGroup(new EventFilter(Set.of(), Set.of("mail")), events);
    private final EventStream stream = new EventStream(channel, group, events, "feed", "");

    private static EmbeddedChannel stopped(EmbeddedChannel clock) {
        clock.freezeTime();
        return clock;
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        events.close();
    }

    private void reads(boolean canWrite) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, canWrite);
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        HttpContent content = channel.readOutbound();
        while (content != null) {
            text.append(content.content().toString(StandardCharsets.UTF_8));
            content.release();
            content = channel.readOutbound();
        }
        return text.toString();
    }

    private void look(long ready) {
        QueueView view = new QueueView();
        view.name = "mail";
        view.ready[1] = ready;
        figures.saw(view, 1_000);
        BrokerStats stats = new BrokerStats();
        long[] zeros = new long[BrokerStats.Field.values().length];
        figures.looked(stats.wrap(BrokerStats.write(new FrameWriter(), 1, zeros).written(), 0), 1_000, true);
    }

    private static TaskChange change(int id) {
        return new TaskChange(id, "mail", "type", TaskState.NONE, TaskState.READY, 1_000, 0, 0, "");
    }

    @Test
    void shouldTellOnlyTheNewestCountsToASlowReader() {
        look(1);
        stream.tell(figures);
        assertTrue(written().contains("\"ready\":1"));
        reads(false);
        for (int i = 2; i <= 100; i++) {
            look(i);
            stream.tell(figures);
        }
        assertEquals("", written());
        reads(true);
        stream.tell(figures);
        String text = written();
        assertTrue(text.contains("id: feed-100") && text.contains("\"ready\":100"), text);
        assertFalse(text.contains("\"ready\":99"), text);
    }

    @Test
    void shouldDropTheOldestChangesOfASlowReaderAndSaySo() {
        written();
        reads(false);
        for (int i = 1; i <= EventGroup.CHANGES_MAX + 7; i++) {
            group.add(change(i));
            stream.flush();
        }
        assertEquals("", written());
        reads(true);
        stream.flush();
        String text = written();
        assertTrue(text.contains("event: missed\ndata: {\"count\":7}"), text.substring(0, 200));
        assertEquals(EventGroup.CHANGES_MAX, text.split("event: task", -1).length - 1);
    }

    /** So that proxies between don't take the connection for dead. */
    @Test
    void shouldGiveASignOfLifeWhenThereIsNothingToTell() {
        written();
        channel.advanceTimeBy(15, TimeUnit.SECONDS);
        stream.flush();
        assertEquals("", written());
        channel.advanceTimeBy(1, TimeUnit.NANOSECONDS);
        stream.flush();
        assertEquals(": alive\n\n", written());
        stream.flush();
        assertEquals("", written());
    }

    @Test
    void shouldGiveUpAReaderThatHasTakenNothingForAMinute() {
        written();
        reads(false);
        channel.advanceTimeBy(59, TimeUnit.SECONDS);
        assertTrue(stream.isAlive());
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        assertFalse(stream.isAlive());
        reads(true);
        assertTrue(stream.isAlive());
        channel.close();
        assertFalse(stream.isAlive());
    }
}
