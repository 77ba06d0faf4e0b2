package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.journal.JournalRemains;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.RemainsHandler;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.HandOver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What each partition has taken from the others as far as its damaged directory can still tell: read before anything is salvaged, so that nothing is
 * handed over again that is there.
 */
final class SalvageTaken {
    /** One partition's. */
    private static final class Taker implements RemainsHandler {
        /** By source: up to this number everything was taken before the damage. */
        private final long[] upTo;

        /** By source: what the tasks of each intact HAND_OVER are, by its number. */
        private final List<NavigableMap<Long, Long>> intact = new ArrayList<>();

        private final HandOver handOver = new HandOver();
        private long nextPlace;

        Taker(Partition partition, long snapshotPlace) {
            int partitions = partition.placement().partitions();
            upTo = new long[partitions];
            for (int source = 0; source < partitions; source++) {
                upTo[source] = partition.handOvers().taken(source);
                intact.add(new TreeMap<>());
            }
            nextPlace = snapshotPlace + 1;
        }

        @Override
        public void onRecord(Record record) {
            boolean isBeforeDamage = record.place() == nextPlace;
            nextPlace += isBeforeDamage ? 1 : 0;
            if (Frame.typeCode(record.buffer(), record.frameOffset()) == MessageType.HAND_OVER.code()) {
                handOver.wrap(record.buffer(), record.frameOffset());
                int source = handOver.source();
                Content content = new Content();
                Frames tasks = handOver.tasks();
                while (tasks.next()) {
                    content.add(tasks.buffer(), tasks.offset());
                }
                intact.get(source).put(handOver.number(), content.key());
                if (isBeforeDamage) {
                    upTo[source] = Math.max(upTo[source], handOver.number());
                }
            }
        }

        @Override
        public void missing(Path file, long offset, long bytes, long due) {
            // Reported when the partition itself is salvaged.
        }
    }

    /** Tells the tasks of one hand-over from those of another. */
    static final class Content {
        private final CRC32C crc = new CRC32C();
        private int bytes;

        /** @param at a SUBMIT frame */
        void add(ByteBuffer frames, int at) {
            int length = (int) Frame.bytes(frames, at);
            crc.update(frames.duplicate().limit(at + length).position(at));
            bytes += length;
        }

        private long key() {
            return crc.getValue() << Integer.SIZE | bytes;
        }
    }

    private final List<Taker> takers = new ArrayList<>();

    private SalvageTaken() {}

    /** @param nowMs no record was written later, ms since 1970 */
    static SalvageTaken read(PartitionLayout layout, long nowMs) throws IOException {
        SalvageTaken taken = new SalvageTaken();
        for (int i = 0; layout.count() > 1 && i < layout.count(); i++) {
            Path directory = layout.directory(i);
            Recovery recovery = new Recovery(
                    new Partition(layout.placement(i), Outbox.DISCARD),
                    new SnapshotStore(directory, layout.placement(i)));
            long place = recovery.readSnapshot().place();
            Taker taker = new Taker(recovery.partition(), place);
            try (JournalRemains remains = JournalRemains.open(directory)) {
                remains.walk(1, nowMs, taker);
            }
            taken.takers.add(taker);
        }
        return taken;
    }

    /** Whether the target has what the source gave it under this number. */
    boolean has(int target, int source, long number) {
        Taker taker = takers.get(target);
        return number <= taker.upTo[source] || taker.intact.get(source).containsKey(number);
    }

    /**
     * Whether the target has these tasks from the source, under a number that is not known any more. Each is found once.
     *
     * @param above the last number that the source is known to have given the target
     */
    boolean find(int target, int source, long above, Content tasks) {
        return takers.get(target)
                .intact
                .get(source)
                .tailMap(above, false)
                .values()
                .remove(tasks.key());
    }
}
