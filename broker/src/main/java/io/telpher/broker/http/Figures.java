package io.telpher.broker.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.protocol.BrokerStats;
import io.telpher.protocol.BrokerStats.Field;
import io.telpher.protocol.QueueView;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of broker and queues when it was last looked, and in which look each queue last changed, so that a reader is told only what is
 * new to it however long it was away. For one thread.
 */
final class Figures {
    /** A queue's oldest task is reckoned from its age, which jitters by the time that a look takes. */
    private static final long SAME_MOMENT_MS = 250;

    private record Question(long sinceLook, Set<String> only) {}

    private final Map<Question, ObjectNode> told = new HashMap<>();
    private final Map<String, Seen> queues = new LinkedHashMap<>();
    private final long[] stats = new long[Field.values().length];
    private long look;
    private long atMs;

    /** One queue. */
    static final class Seen {
        private QueueView view = new QueueView();
        private long oldestReadySinceMs;
        private long changedInLook;

        QueueView view() {
            return view;
        }
    }

    /** Everything was told: the present look counts from here on. */
    void looked(BrokerStats now, long nowMs) {
        for (Field field : Field.values()) {
            stats[field.ordinal()] = now.get(field);
        }
        atMs = nowMs;
        look++;
        told.clear();
    }

    /** Belongs to the look that {@link #looked} ends. */
    void saw(QueueView now, long nowMs) {
        Seen seen = queues.computeIfAbsent(now.name, name -> new Seen());
        long since = now.oldestReadyAgeMs == 0 ? 0 : nowMs - now.oldestReadyAgeMs;
        boolean sameOldest = (since == 0) == (seen.oldestReadySinceMs == 0)
                && Math.abs(since - seen.oldestReadySinceMs) < SAME_MOMENT_MS;
        if (seen.changedInLook == 0 || !sameOldest || differs(seen.view, now)) {
            seen.changedInLook = look + 1;
            seen.oldestReadySinceMs = since;
        }
        seen.view = now;
    }

    private static boolean differs(QueueView before, QueueView now) {
        return !Arrays.equals(before.ready, now.ready)
                || before.scheduled != now.scheduled
                || before.retryWait != now.retryWait
                || before.active != now.active
                || before.dead != now.dead
                || before.submitted != now.submitted
                || before.completed != now.completed
                || before.waiters != now.waiters
                || before.paused != now.paused
                || before.refusesSubmits != now.refusesSubmits;
    }

    /** How often it was looked; 0 before the first time. */
    long look() {
        return look;
    }

    /** Of the last look, ms since 1970. */
    long atMs() {
        return atMs;
    }

    long stat(Field field) {
        return stats[field.ordinal()];
    }

    Collection<Seen> queues() {
        return queues.values();
    }

    @Nullable
    Seen queue(String name) {
        return queues.get(name);
    }

    /**
     * As JSON. Readers that kept up all ask the same, so it is made once a look.
     *
     * @param sinceLook only queues that changed after it; 0 = all
     * @param only empty = all queues
     */
    ObjectNode json(long sinceLook, Set<String> only) {
        return told.computeIfAbsent(new Question(sinceLook, only), this::answer);
    }

    private ObjectNode answer(Question asked) {
        long sinceLook = asked.sinceLook();
        Set<String> only = asked.only();
        ObjectNode json = Fields.JSON.createObjectNode();
        TaskJson.time(json, "at", atMs);
        json.put("whole", sinceLook == 0);
        json.set("broker", statsJson());
        ArrayNode changed = json.putArray("queues");
        for (Seen seen : queues.values()) {
            boolean isWanted = only.isEmpty() || only.contains(seen.view.name);
            if (isWanted && (sinceLook == 0 || seen.changedInLook > sinceLook)) {
                changed.add(json(seen));
            }
        }
        return json;
    }

    /** The sixteen numbers, by the names that {@code tq stats} has for them. */
    ObjectNode statsJson() {
        ObjectNode json = Fields.JSON.createObjectNode();
        for (Field field : Field.values()) {
            json.put(field.name().toLowerCase(Locale.ROOT), stats[field.ordinal()]);
        }
        return json;
    }

    private static ObjectNode json(Seen seen) {
        QueueView view = seen.view;
        ObjectNode json = Fields.JSON.createObjectNode();
        json.put("queue", view.name);
        json.put("ready", view.ready[0] + view.ready[1] + view.ready[2]);
        json.put("scheduled", view.scheduled);
        json.put("retry_wait", view.retryWait);
        json.put("active", view.active);
        json.put("dead", view.dead);
        json.put("submitted", view.submitted);
        json.put("completed", view.completed);
        json.put("waiting_workers", view.waiters);
        json.put("paused", view.paused);
        json.put("refuses_submits", view.refusesSubmits);
        TaskJson.time(json, "oldest_ready_since", seen.oldestReadySinceMs);
        return json;
    }
}
