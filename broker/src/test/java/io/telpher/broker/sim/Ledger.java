package io.telpher.broker.sim;

import io.telpher.broker.journal.Record;
import java.util.BitSet;
import org.agrona.collections.LongArrayList;

/** What was appended, in order, and how much of it somebody was told of. */
final class Ledger {
    private final LongArrayList records = new LongArrayList();
    private final BitSet batchEnds = new BitSet();
    private final BitSet durable = new BitSet();
    private long confirmed;

    private static long fingerprint(Record record) {
        return Dice.mix(record.stampMs() * 31 + record.session()) ^ record.crc() * 0x1_0000_0001L;
    }

    /** Places begin with 1; whatever was appended at this one before did not survive. */
    void appended(Record record, boolean ends, boolean isDurable) {
        truncate(record.place() - 1);
        records.addLong(fingerprint(record));
        batchEnds.set((int) record.place(), ends);
        durable.set((int) record.place(), isDurable);
    }

    /** From here on its client may have been told. */
    void applied(Record record) {
        if (durable.get((int) record.place())) {
            confirmed = Math.max(confirmed, record.place());
        }
    }

    /** The record comes back from the disk. */
    void recovered(Record record) {
        long place = record.place();
        Rule.NOTHING_FROM_NOWHERE.holds(place <= records.size(), () -> "record " + place + " was never appended");
        Rule.NOTHING_FROM_NOWHERE.holds(
                records.getLong((int) place - 1) == fingerprint(record),
                () -> "record " + place + " is not the one that was appended");
    }

    /** @param keptByKernel the last one that even a killed process must have left */
    void recoveredUpTo(long last, long keptByKernel) {
        Rule.CONFIRMED_IS_KEPT.holds(
                last >= confirmed, () -> "the journal ends at " + last + ", but " + confirmed + " was confirmed");
        Rule.CONFIRMED_IS_KEPT.holds(
                last >= keptByKernel,
                () -> "the journal ends at " + last + ", but " + keptByKernel
                        + " was appended, and only the process died");
        Rule.UNCONFIRMED_IS_WHOLE_OR_ABSENT.holds(
                last == 0 || batchEnds.get((int) last), () -> "the journal ends at " + last + ", within a batch");
        truncate(last);
    }

    private void truncate(long last) {
        while (records.size() > last) {
            records.remove(records.size() - 1);
        }
    }

    long size() {
        return records.size();
    }
}
