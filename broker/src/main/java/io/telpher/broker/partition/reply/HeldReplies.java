package io.telpher.broker.partition.reply;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Replies that lack ids which other partitions are about to give. They are sent when the last one is there. */
final class HeldReplies {
    private final Long2ObjectHashMap<Held> byHandOver = new Long2ObjectHashMap<>();

    /** A reply without its last ids. */
    static final class Held {
        final long session;
        final ByteBuffer frame;
        private final boolean hasStandings;
        private final List<Gap> gaps = new ArrayList<>();
        private int missing;

        private record Gap(long handOver, int at) {}

        private Held(long session, ByteBuffer frame, boolean hasStandings) {
            this.session = session;
            this.frame = frame;
            this.hasStandings = hasStandings;
        }

        private boolean fill(long handOver, TransferredTasks tasks) {
            int next = 0;
            for (Gap gap : gaps) {
                if (gap.handOver() == handOver && next < tasks.count()) {
                    frame.putLong(gap.at(), tasks.ids()[next]);
                    if (hasStandings) {
                        frame.putLong(gap.at() + Long.BYTES, tasks.standings()[next]);
                    }
                    next++;
                }
            }
            missing--;
            return missing == 0;
        }
    }

    /**
     * @param reply ends with one entry for each task
     * @param entryBytes of each, which begins with the id
     */
    void hold(long session, FrameWriter reply, BatchOutcome outcome, int entryBytes) {
        ByteBuffer frame = ByteBuffer.wrap(reply.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
        Held held = new Held(session, frame, entryBytes > Long.BYTES);
        int first = frame.limit() - outcome.count() * entryBytes;
        for (int i = 0; i < outcome.count(); i++) {
            long handOver = outcome.handOver(i);
            if (handOver != 0) {
                held.gaps.add(new Held.Gap(handOver, first + i * entryBytes));
                if (byHandOver.put(handOver, held) == null) {
                    held.missing++;
                }
            }
        }
    }

    /** The reply, once it has all its ids; null while ids are missing, or when its request was made in an earlier run. */
    @Nullable
    Held fill(long handOver, TransferredTasks tasks) {
        Held held = byHandOver.remove(handOver);
        return held != null && held.fill(handOver, tasks) ? held : null;
    }
}
