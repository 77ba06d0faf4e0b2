package io.telpher.broker.http.live;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.BrokerStats.Field;
import io.telpher.protocol.queue.QueueView;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of broker and queues when it was last looked, and in which look each queue last changed, so that a reader is told only what is
 * new to it however long it was away. Looks keep a list of what changed in them: telling what is new costs as much as it is, however many queues there
 * are. For one thread.
 */
public final class LiveStats {
    /** A queue's oldest task is reckoned from its age, which jitters by the time that a look takes. */
    private static final long SAME_MOMENT_MS = 250;

    /** A reader that was away for longer is told everything. */
    public static final int LOOKS_KEPT = 64;

    private final Map<String, Seen> queues = new LinkedHashMap<>();
    /** What changed in each of the last looks, by the look's number modulo their count. */
    private final List<List<Seen>> changes = new ArrayList<>(Collections.nCopies(LOOKS_KEPT, List.of()));

    private final List<List<String>> removals = new ArrayList<>(Collections.nCopies(LOOKS_KEPT, List.of()));
    private List<Seen> changed = new ArrayList<>();
    private int seenCount;
    private long steps;
    private final long[] stats = new long[Field.values().length];
    private long look;
    private long atMs;

    /** One queue. */
    static final class Seen {
        private QueueView view = new QueueView();
        private long oldestReadySinceMs;
        private long changedInLook;
        private long seenInLook;

        QueueView view() {
            return view;
        }
    }

    /** Everything was told: the present look counts from here on. A queue that it did not see is gone, unless not all could be seen. */
    public void looked(BrokerStats now, long nowMs, boolean sawAll) {
        for (Field field : Field.values()) {
            stats[field.ordinal()] = now.get(field);
        }
        atMs = nowMs;
        look++;
        int place = (int) (look % LOOKS_KEPT);
        changes.set(place, changed);
        removals.set(place, sawAll && seenCount < queues.size() ? removeUnseen() : List.of());
        changed = new ArrayList<>();
        seenCount = 0;
    }

    private List<String> removeUnseen() {
        List<String> gone = new ArrayList<>();
        queues.values().removeIf(seen -> {
            boolean isGone = seen.seenInLook != look;
            if (isGone) {
                gone.add(seen.view.name);
            }
            return isGone;
        });
        return gone;
    }

    /** Belongs to the look that {@link #looked} ends. */
    public void saw(QueueView now, long nowMs) {
        Seen seen = queues.computeIfAbsent(now.name, name -> new Seen());
        long since = now.oldestReadyAgeMs == 0 ? 0 : nowMs - now.oldestReadyAgeMs;
        boolean sameOldest = (since == 0) == (seen.oldestReadySinceMs == 0)
                && Math.abs(since - seen.oldestReadySinceMs) < SAME_MOMENT_MS;
        boolean isChanged = seen.changedInLook == 0 || !sameOldest || differs(seen.view, now);
        seen.view = now;
        seenCount += seen.seenInLook == look + 1 ? 0 : 1;
        seen.seenInLook = look + 1;
        if (isChanged) {
            seen.oldestReadySinceMs = since;
        }
        if (isChanged && seen.changedInLook != look + 1) {
            seen.changedInLook = look + 1;
            changed.add(seen);
        }
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
                || before.refusesSubmits != now.refusesSubmits
                || before.pausedAtMs != now.pausedAtMs
                || before.notedAtMs != now.notedAtMs;
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

    /** Queues that went with the last look. */
    List<String> removed() {
        return removals.get((int) (look % LOOKS_KEPT));
    }

    /**
     * Writes JSON.
     *
     * @param sinceLook only queues that changed after it; 0 = all
     * @param only empty = all queues
     */
    public void write(OutputStream out, long sinceLook, Set<String> only) throws IOException {
        boolean isWhole = sinceLook == 0 || sinceLook > look || look - sinceLook > LOOKS_KEPT;
        try (JsonGenerator json = JsonBody.JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            json.writeStartObject();
            json.writeStringField("at", TaskJson.time(atMs));
            json.writeBooleanField("whole", isWhole);
            json.writeFieldName("broker");
            json.writeTree(statsJson());
            json.writeArrayFieldStart("queues");
            for (Seen seen : wanted(isWhole ? 0 : sinceLook, only)) {
                write(json, seen);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("removed");
            for (long each = isWhole ? look : sinceLook; each < look; ) {
                each++;
                for (String name : removals.get((int) (each % LOOKS_KEPT))) {
                    if (!queues.containsKey(name) && (only.isEmpty() || only.contains(name))) {
                        json.writeString(name);
                    }
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private Collection<Seen> wanted(long sinceLook, Set<String> only) {
        List<Seen> wanted = new ArrayList<>();
        if (!only.isEmpty()) {
            for (String name : only) {
                Seen seen = queues.get(name);
                steps++;
                if (seen != null && seen.changedInLook > sinceLook) {
                    wanted.add(seen);
                }
            }
            return wanted;
        }
        if (sinceLook == 0) {
            steps += queues.size();
            return queues.values();
        }
        for (long each = sinceLook + 1; each <= look; each++) {
            for (Seen seen : changes.get((int) (each % LOOKS_KEPT))) {
                steps++;
                // One that changed again is told of its last look only; one that is gone is not told.
                if (seen.changedInLook == each && queues.get(seen.view.name) == seen) {
                    wanted.add(seen);
                }
            }
        }
        return wanted;
    }

    /** How many queues were looked at for all that was written, for tests of what it costs. */
    public long steps() {
        return steps;
    }

    /** The sixteen numbers, by the names that {@code tq stats} has for them. */
    ObjectNode statsJson() {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        for (Field field : Field.values()) {
            json.put(field.name().toLowerCase(Locale.ROOT), stats[field.ordinal()]);
        }
        return json;
    }

    private static void write(JsonGenerator json, Seen seen) throws IOException {
        QueueView view = seen.view;
        json.writeStartObject();
        json.writeStringField("queue", view.name);
        json.writeNumberField("ready", view.ready[0] + view.ready[1] + view.ready[2]);
        json.writeNumberField("scheduled", view.scheduled);
        json.writeNumberField("retry_wait", view.retryWait);
        json.writeNumberField("active", view.active);
        json.writeNumberField("dead", view.dead);
        json.writeNumberField("submitted", view.submitted);
        json.writeNumberField("completed", view.completed);
        json.writeNumberField("waiting_workers", view.waiters);
        json.writeBooleanField("paused", view.paused);
        json.writeBooleanField("refuses_submits", view.refusesSubmits);
        if (!view.pauseReason.isEmpty()) {
            json.writeStringField("pause_reason", view.pauseReason);
        }
        if (!view.note.isEmpty()) {
            json.writeStringField("note", view.note);
        }
        json.writeStringField(
                "oldest_ready_since", seen.oldestReadySinceMs == 0 ? null : TaskJson.time(seen.oldestReadySinceMs));
        json.writeEndObject();
    }
}
