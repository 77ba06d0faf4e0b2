package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.partition.replica.TaskChange;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Readers that asked for the same: a change of a task is kept once for all of them, however many they are, and each knows how far it was told. Changes
 * are numbered from 0; the last {@link #CHANGES_MAX} are kept, and a reader that is further behind is told how many it missed. For the feed's thread.
 */
final class EventGroup {
    /** Task changes that wait for readers. */
    static final int CHANGES_MAX = 500;

    private final EventFilter filter;
    private final SharedEvents events;
    private final @Nullable TaskChange[] kept = new TaskChange[CHANGES_MAX];
    private long next;
    private long lost;
    private int readers;
    private @Nullable ByteBuf told;
    private long toldFrom;
    private long toldNext;

    EventGroup(EventFilter filter, SharedEvents events) {
        this.filter = filter;
        this.events = events;
    }

    EventFilter filter() {
        return filter;
    }

    /** Adds {@code more} readers, negative = fewer; returns how many there are then. */
    int readers(int more) {
        readers += more;
        return readers;
    }

    /** One of what this group is about. */
    void add(TaskChange change) {
        kept[(int) (next++ % CHANGES_MAX)] = change;
    }

    /** Counts changes that were lost before it was known which tasks they are of. */
    void lost(long count) {
        lost += filter.isAboutTasks() ? count : 0;
    }

    /** Of the next change. */
    long next() {
        return next;
    }

    long lost() {
        return lost;
    }

    /** Of the first change that a reader who was told up to {@code position} can still be told. */
    long first(long position) {
        return Math.max(position, next - CHANGES_MAX);
    }

    /**
     * The changes from here on, of which there must be one; valid until the next call. Readers that keep up all ask the same.
     *
     * @param first from {@link #first}
     */
    ByteBuf changes(long first) {
        ByteBuf present = told;
        if (present == null || present.refCnt() == 0 || toldFrom != first || toldNext != next) {
            StringBuilder text = new StringBuilder();
            for (long at = first; at < next; at++) {
                TaskChange change = kept[(int) (at % CHANGES_MAX)];
                if (change != null) {
                    text.append(SharedEvents.line("task", json(change)));
                }
            }
            present = events.text(text.toString());
            told = present;
            toldFrom = first;
            toldNext = next;
        }
        return present;
    }

    /** Before the memory of {@link #changes} may be given back. */
    void forgetTold() {
        told = null;
    }

    private static ObjectNode json(TaskChange change) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
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
}
