package io.telpher.broker.http.live;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.telpher.broker.partition.replica.TaskChange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The readers of events, by what they asked for: a change of a task is looked up by its task and its queue and goes to the groups that want it, so its
 * cost does not grow with the readers that don't. For the feed's thread.
 */
public final class EventReaders implements AutoCloseable {
    /** Told at once. Connections of others, which the same event loops serve, wait for the sockets to take that. */
    static final int TOLD_BYTES = 1 << 20;

    private final Map<Channel, EventStream> streams = new LinkedHashMap<>();
    /** Of these, those that are still to be told what was seen last. */
    private final Set<EventStream> untold = new LinkedHashSet<>();

    private final Map<EventFilter, EventGroup> groups = new LinkedHashMap<>();
    private final Map<Long, List<EventGroup>> byTask = new HashMap<>();
    private final Map<String, List<EventGroup>> byQueue = new HashMap<>();
    private final SharedEvents events = new SharedEvents();
    private final String feed;
    private long steps;
    private boolean isFull;

    /** @param feed names this run of the broker in the ids of events */
    public EventReaders(String feed) {
        this.feed = feed;
    }

    public void add(Channel channel, EventFilter filter, String lastEventId) {
        EventGroup group = groups.computeIfAbsent(filter, this::newGroup);
        group.readers(1);
        streams.put(channel, new EventStream(channel, group, events, feed, lastEventId));
    }

    private EventGroup newGroup(EventFilter filter) {
        EventGroup group = new EventGroup(filter, events);
        filter.taskIds().forEach(id -> byTask.computeIfAbsent(id, any -> new ArrayList<>())
                .add(group));
        filter.queues().forEach(queue -> byQueue.computeIfAbsent(queue, any -> new ArrayList<>())
                .add(group));
        return group;
    }

    void remove(Channel channel) {
        EventStream stream = streams.remove(channel);
        untold.remove(stream);
        if (stream != null && stream.group().readers(-1) == 0) {
            EventFilter filter = stream.group().filter();
            groups.remove(filter);
            filter.taskIds().forEach(id -> leave(byTask, id, stream.group()));
            filter.queues().forEach(queue -> leave(byQueue, queue, stream.group()));
        }
    }

    private static <K> void leave(Map<K, List<EventGroup>> index, K key, EventGroup group) {
        List<EventGroup> all = index.get(key);
        if (all != null && all.remove(group) && all.isEmpty()) {
            index.remove(key);
        }
    }

    boolean isEmpty() {
        return streams.isEmpty();
    }

    /** Tasks of which some reader wants the changes. */
    Set<Long> taskIds() {
        return byTask.keySet();
    }

    /** Queues of whose tasks some reader wants the changes. */
    Set<String> queues() {
        return byQueue.keySet();
    }

    public void add(TaskChange change) {
        List<EventGroup> ofTask = byTask.getOrDefault(change.taskId(), List.of());
        List<EventGroup> ofQueue = byQueue.getOrDefault(change.queue(), List.of());
        ofQueue.forEach(group -> group.add(change));
        for (EventGroup group : ofTask) {
            if (!group.filter().queues().contains(change.queue())) {
                group.add(change);
            }
        }
        steps += ofTask.size() + ofQueue.size();
    }

    /** Counts changes that were lost before it was known which tasks they are of. */
    void lost(long count) {
        if (count > 0) {
            groups.values().forEach(group -> group.lost(count));
        }
    }

    /** Tells each the task changes that it has not been told, and lets go of readers that take nothing. */
    public void flush() {
        review();
        closeStuck();
        if (!isFull) {
            streams.values().forEach(EventStream::flush);
        }
        groups.values().forEach(EventGroup::forgetTold);
    }

    /**
     * Tells the first of them what was seen.
     *
     * @return whether {@link #tellMore} is to be called for the others, in a while
     */
    public boolean tell(LiveStats figures) {
        untold.addAll(streams.values());
        return tellMore(figures);
    }

    /** Tells the next of them, as many as take {@link #TOLD_BYTES}; returns whether some are left. */
    public boolean tellMore(LiveStats figures) {
        if (isFull) {
            untold.clear();
        }
        long bytes = 0;
        for (Iterator<EventStream> each = untold.iterator(); each.hasNext() && bytes < TOLD_BYTES; ) {
            bytes += each.next().tell(figures);
            each.remove();
        }
        review();
        return !untold.isEmpty();
    }

    void tellRow(ByteBuf row) {
        streams.values().forEach(stream -> stream.tellRow(row));
    }

    public SharedEvents events() {
        return events;
    }

    private void review() {
        isFull = events.sweep() > SharedEvents.UNREAD_BYTES_MAX;
    }

    /** Those that are gone; and when too much is unread, the one that has taken nothing for longest, so that the others are told again. */
    private void closeStuck() {
        List<EventStream> gone = new ArrayList<>();
        for (EventStream stream : streams.values()) {
            if (!stream.isAlive()) {
                gone.add(stream);
            }
        }
        if (isFull) {
            streams.values().stream()
                    .filter(stream -> !stream.channel().isWritable())
                    .min(Comparator.comparingLong(EventStream::stuckSinceNanos))
                    .ifPresent(gone::add);
        }
        for (EventStream stream : gone) {
            remove(stream.channel());
            stream.channel().close();
        }
    }

    /** How many groups were told of changes, for tests of what a change costs. */
    public long steps() {
        return steps;
    }

    @Override
    public void close() {
        for (Iterator<EventStream> each = List.copyOf(streams.values()).iterator(); each.hasNext(); ) {
            Channel channel = each.next().channel();
            remove(channel);
            channel.close();
        }
        events.close();
    }
}
