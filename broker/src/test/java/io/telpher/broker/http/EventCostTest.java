package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.telpher.broker.http.live.EventFilter;
import io.telpher.broker.http.live.EventReaders;
import io.telpher.broker.http.live.LiveStats;
import io.telpher.broker.http.live.SharedEvents;
import io.telpher.broker.partition.replica.TaskChange;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.QueueView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What events cost, counted in steps: readers that are told the same, and queues that don't change, add nothing. */
class EventCostTest {
    private static final EventFilter ALL = new EventFilter(Set.of(), Set.of());
    private static final long NOW = 1_000;

    private final LiveStats figures = new LiveStats();
    private final EventReaders readers = new EventReaders("feed");
    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void close() {
        readers.close();
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    private EmbeddedChannel reader(EventFilter filter) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channels.add(channel);
        readers.add(channel, filter, "");
        return channel;
    }

    private void saw(int queue, long ready) {
        QueueView view = new QueueView();
        view.name = "q" + queue;
        view.ready[1] = ready;
        figures.saw(view, NOW);
    }

    private void looked() {
        long[] zeros = new long[BrokerStats.Field.values().length];
        figures.looked(
                new BrokerStats()
                        .wrap(BrokerStats.write(new FrameWriter(), 1, zeros).written(), 0),
                NOW,
                true);
    }

    /** @param changed how many of the queues differ from the look before */
    private void look(int queues, int changed, long ready) {
        for (int i = 0; i < queues; i++) {
            saw(i, i < changed ? ready : 1);
        }
        looked();
    }

    private void tellAll() {
        boolean areSomeLeft = readers.tell(figures);
        while (areSomeLeft) {
            areSomeLeft = readers.tellMore(figures);
        }
    }

    private static String taken(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        for (HttpContent part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            text.append(part.content().toString(StandardCharsets.UTF_8));
            part.release();
        }
        return text.toString();
    }

    private static TaskChange change(long id, String queue) {
        return new TaskChange(id, queue, "type", TaskState.NONE, TaskState.READY, NOW, 0, 0, "");
    }

    private long builtFor(int count) {
        for (int i = channels.size(); i < count; i++) {
            reader(ALL);
        }
        look(100, 1, channels.size() + 1);
        tellAll();
        channels.forEach(EventCostTest::taken);
        look(100, 1, channels.size() + 2);
        long before = readers.events().built() + figures.steps();
        tellAll();
        channels.forEach(channel -> assertTrue(taken(channel).contains("\"queue\":\"q0\"")));
        return readers.events().built() + figures.steps() - before;
    }

    @Test
    void shouldBuildAnEventOnceHoweverManyReadersThereAre() {
        assertEquals(builtFor(1), builtFor(200));
    }

    private long stepsFor(int queues) {
        look(queues, 0, 0);
        tellAll();
        long before = figures.steps();
        look(queues, 3, queues);
        tellAll();
        return figures.steps() - before;
    }

    @Test
    void shouldLookOnlyAtQueuesThatChanged() {
        reader(ALL);
        assertEquals(3, stepsFor(10));
        assertEquals(3, stepsFor(5_000));
    }

    @Test
    void shouldLookOnlyAtQueuesThatAReaderNamed() {
        reader(new EventFilter(Set.of(), Set.of("q7")));
        look(5_000, 0, 0);
        tellAll();
        assertEquals(1, figures.steps());
        assertTrue(taken(channels.get(0)).contains("\"queue\":\"q7\""));
    }

    @Test
    void shouldGiveAChangeOnlyToThoseThatWantIt() {
        for (int i = 0; i < 200; i++) {
            reader(new EventFilter(Set.of(), Set.of("other" + i)));
        }
        EmbeddedChannel first = reader(new EventFilter(Set.of(7L), Set.of("mail")));
        EmbeddedChannel second = reader(new EventFilter(Set.of(7L), Set.of("mail")));
        long built = readers.events().built();
        readers.add(change(7, "mail"));
        readers.flush();
        assertEquals(2, readers.steps(), "one group, by its task and by its queue");
        assertEquals(1, readers.events().built() - built);
        String told = taken(first);
        assertEquals(2, told.split("event: task", -1).length, told);
        assertEquals(told, taken(second));
        assertFalse(taken(channels.get(0)).contains("event: task"));
    }

    /** Each that is behind by another number of looks wants another answer: beyond a few all of them get the same. */
    @Test
    void shouldBuildFewAnswersForReadersThatAreBehind() {
        int looks = LiveStats.LOOKS_KEPT - 1;
        for (int i = 0; i < looks; i++) {
            look(10, 1, i);
            EmbeddedChannel late = reader(ALL);
            tellAll();
            late.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        }
        channels.forEach(channel -> channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true));
        channels.forEach(EventCostTest::taken);
        look(10, 1, looks);
        long before = readers.events().built();
        tellAll();
        assertTrue(readers.events().built() - before <= SharedEvents.ANSWERS_MAX + 2);
        channels.forEach(channel -> assertTrue(taken(channel).contains("\"queue\":\"q0\"")));
    }

    /** All of them hold the same memory, and what they hold is limited: the one that has taken nothing for longest is closed. */
    @Test
    void shouldCloseTheReaderThatHoldsTooMuchOnlyWhenItIsTooMuch() {
        for (int i = 0; i < 100; i++) {
            reader(ALL);
        }
        int queues = 20_000;
        look(queues, 0, 0);
        tellAll();
        channels.forEach(channel -> channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false));
        readers.flush();
        assertEquals(100, channels.stream().filter(EmbeddedChannel::isOpen).count(), "one text for all of them");
        int more = 0;
        while (channels.stream().allMatch(EmbeddedChannel::isOpen)) {
            EmbeddedChannel late = reader(ALL);
            look(queues, queues, ++more);
            tellAll();
            late.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
            readers.flush();
            assertTrue(more < 100, "the limit is reached in the end");
        }
        assertFalse(channels.get(0).isOpen());
    }

    /** The event loops serve others between two of them. */
    @Test
    void shouldTellMuchToOneReaderAtATimeAndToAllInTheEnd() {
        for (int i = 0; i < 5; i++) {
            reader(ALL);
        }
        look(20_000, 0, 0);
        assertTrue(readers.tell(figures));
        assertTrue(readers.tellMore(figures));
        assertEquals(
                2,
                channels.stream()
                        .filter(each -> taken(each).contains("event: counts"))
                        .count());
        look(20_000, 0, 0); // before all have heard of the look before
        tellAll();
        channels.forEach(each -> assertEquals(2, taken(each).split("event: counts", -1).length));
        assertFalse(readers.tellMore(figures));
    }

    private JsonNode written(long since) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        figures.write(out, since, Set.of());
        return new ObjectMapper().readTree(out.toByteArray());
    }

    @Test
    void shouldTellOfQueuesThatAreGone() throws IOException {
        look(3, 0, 0);
        saw(0, 1);
        saw(2, 1);
        looked();
        JsonNode news = written(1);
        assertEquals("[\"q1\"]", news.get("removed").toString());
        assertEquals(0, news.get("queues").size());
        assertEquals(2, written(0).get("queues").size());
        assertEquals(0, written(0).get("removed").size());
        look(3, 0, 0);
        assertEquals("[]", written(1).get("removed").toString(), "it is there again");
        assertEquals(1, written(2).get("queues").size());
    }

    @Test
    void shouldTellEverythingToAReaderThatWasAwayForTooLong() throws IOException {
        look(3, 0, 0);
        for (int i = 0; i <= LiveStats.LOOKS_KEPT; i++) {
            look(3, 1, i);
        }
        assertTrue(written(1).get("whole").asBoolean());
        assertEquals(3, written(1).get("queues").size());
        assertFalse(written(2).get("whole").asBoolean());
    }
}
