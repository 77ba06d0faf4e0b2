package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Replay;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.HandOver;
import io.telpher.protocol.record.HandedOver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A recovery that remembers where its partition took what others gave it, and where it learned that others had what it gave. */
public final class HandOverTrail implements Replay {
    private final Recovery recovery;

    /** By the other partition: where a number was taken, or known to be settled, first. */
    private final List<NavigableMap<Long, Long>> taken = new ArrayList<>();

    private final List<NavigableMap<Long, Long>> settled = new ArrayList<>();
    private final HandOver handOver = new HandOver();
    private final HandedOver handedOver = new HandedOver();

    /** @param partitions how many there are */
    public HandOverTrail(Recovery recovery, int partitions) {
        this.recovery = recovery;
        for (int i = 0; i < partitions; i++) {
            taken.add(new TreeMap<>());
            settled.add(new TreeMap<>());
        }
    }

    public Partition partition() {
        return recovery.partition();
    }

    /** See {@link Recovery#readSnapshot}. */
    public JournalStart readSnapshot() throws IOException {
        return recovery.readSnapshot();
    }

    @Override
    public void progress(long bytesRead, long bytesInAll) {
        recovery.progress(bytesRead, bytesInAll);
    }

    @Override
    public void onRecord(Record record) {
        int type = Frame.typeCode(record.buffer(), record.frameOffset());
        if (type == MessageType.HAND_OVER.code()) {
            handOver.wrap(record.buffer(), record.frameOffset());
            taken.get(handOver.source()).putIfAbsent(handOver.number(), record.location());
        } else if (type == MessageType.HANDED_OVER.code()) {
            long number = handedOver.wrap(record.buffer(), record.frameOffset()).number();
            for (HandOvers.Owed owed : partition().owed()) {
                if (owed.number() == number) {
                    settled.get(owed.target()).putIfAbsent(number, record.location());
                }
            }
        }
        recovery.onRecord(record);
    }

    /** Where it first took more from the source than up to this number; 0 when the snapshot it began with holds that, or it never did. */
    long takenAbove(int source, long number) {
        return first(taken.get(source), number);
    }

    /** Where it first knew that the target had more than up to this number; 0 as above. */
    long settledAbove(int target, long number) {
        return first(settled.get(target), number);
    }

    private static long first(NavigableMap<Long, Long> places, long number) {
        Map.Entry<Long, Long> first = places.higherEntry(number);
        return first == null ? 0 : first.getValue();
    }
}
