package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.telpher.broker.http.json.TaskJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What readers of events are told, each text built once and written to all of them from the same memory, and how much of that memory their sockets still
 * hold. For the feed's thread.
 */
public final class SharedEvents implements AutoCloseable {
    /** Told and not yet taken by those it was told to, all texts together. Beyond it nothing large is told until readers have taken theirs, or were closed. */
    static final long UNREAD_BYTES_MAX = 32 << 20;

    /** Different answers to one look: beyond these a reader that is behind gets the whole again, which is one answer for all of them. */
    public static final int ANSWERS_MAX = 8;

    private record Question(long sinceLook, Set<String> only) {}

    /** Writes a text. */
    @FunctionalInterface
    interface Text {
        void write(OutputStream out) throws IOException;
    }

    /** @param look for which it is kept though all readers have taken it; -1 = none */
    private record Built(ByteBuf text, long look) {}

    private static final long NO_LOOK = -1;

    private final Map<Question, ByteBuf> counts = new HashMap<>();
    private final Deque<Built> texts = new ArrayDeque<>();
    private long look;
    private int behind;
    private long built;

    /**
     * The event with the figures of the last look, for a reader that knows an earlier one.
     *
     * @param feed names this run of the broker in the ids of events
     * @param sinceLook the one that the reader knows; 0 = none
     * @param only empty = all queues
     */
    ByteBuf counts(String feed, LiveStats figures, long sinceLook, Set<String> only) {
        if (look != figures.look()) {
            look = figures.look();
            behind = 0;
            counts.clear();
        }
        boolean isBehind = sinceLook != 0 && sinceLook != look - 1 && only.isEmpty();
        Question question = new Question(sinceLook, only);
        if (isBehind && !counts.containsKey(question) && behind++ >= ANSWERS_MAX) {
            question = new Question(0, only);
        }
        ByteBuf present = counts.get(question);
        if (present == null) {
            long since = question.sinceLook;
            String head = "event: counts\nid: " + feed + "-" + look + "\ndata: ";
            present = build(look, out -> {
                out.write(head.getBytes(StandardCharsets.UTF_8));
                figures.write(out, since, only);
                out.write('\n');
                out.write('\n');
            });
            counts.put(question, present);
        }
        return present;
    }

    ByteBuf event(String name, ObjectNode json) {
        return text(line(name, json));
    }

    /** JSON has no line break of its own, so one data line holds it. */
    static String line(String name, ObjectNode json) {
        return "event: " + name + "\ndata: " + new String(TaskJson.bytes(json), StandardCharsets.UTF_8) + "\n\n";
    }

    ByteBuf text(String text) {
        return build(NO_LOOK, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Outside the heap, where a socket takes it from without another copy. */
    private ByteBuf build(long keptForLook, Text text) {
        built++;
        ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer();
        try (ByteBufOutputStream out = new ByteBufOutputStream(buffer)) {
            text.write(out);
        } catch (IOException e) {
            buffer.release();
            throw new UncheckedIOException("a buffer takes any text", e);
        }
        texts.add(new Built(buffer, keptForLook));
        return buffer;
    }

    /** Gives back the memory of events that all readers have taken, and returns how much others still hold. */
    long sweep() {
        long unread = 0;
        for (int left = texts.size(); left > 0; left--) {
            Built each = texts.remove();
            boolean isUnread = each.text.refCnt() > 1;
            if (isUnread || each.look == look) {
                unread += isUnread ? each.text.capacity() : 0;
                texts.add(each);
            } else {
                each.text.release();
            }
        }
        return unread;
    }

    /** How many texts were built. */
    public long built() {
        return built;
    }

    @Override
    public void close() {
        counts.clear();
        texts.forEach(each -> each.text.release());
        texts.clear();
    }
}
