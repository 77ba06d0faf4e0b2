package io.telpher.broker.sim;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.RecordHandler;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.SimulatedJournal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Follows the journal: what went in, what came back, and whether the partition made of it what the model did. */
final class Checker implements SimulatedJournal.Observer {
    final Ledger ledger = new Ledger();
    final SnapshotCheck snapshots = new SnapshotCheck();
    final ReserveCounts reserves = new ReserveCounts();
    private Reference reference = new Reference();
    private @Nullable Comparison comparison;
    long records;
    long replayed;
    private long lastApplied;
    private long followed;

    @Override
    public void appended(Record record, boolean ends, boolean durable) {
        ledger.appended(record, ends, durable);
        taken(record);
    }

    /** The broker has admitted it, and counts it from here on. */
    void taken(Record record) {
        reserves.appended(record, reference.state);
    }

    /** For a journal to which records come only after a log has taken them. */
    SimulatedJournal.Observer behindALog() {
        return new SimulatedJournal.Observer() {
            @Override
            public void appended(Record record, boolean ends, boolean durable) {
                ledger.appended(record, ends, durable);
            }

            @Override
            public void applied(Record record) {
                Checker.this.applied(record);
            }
        };
    }

    @Override
    public void applied(Record record) {
        records++;
        lastApplied = record.place();
        ledger.applied(record);
        follow(record);
        reserves.applied(record);
        if (comparison != null) {
            comparison.touched();
        }
    }

    /** A broker starts: what it hands to its recovery is seen here first. */
    RecordHandler recovering(RecordHandler recovery) {
        comparison = null;
        return record -> {
            replayed++;
            ledger.recovered(record);
            recovery.onRecord(record);
            follow(record);
        };
    }

    /** The model goes on from where it was: the ledger sees to it that what comes back is what the model was given. */
    private void follow(Record record) {
        if (record.place() > followed) {
            followed = record.place();
            if (!record.isLocal()) {
                reference.apply(record.stampMs(), record.session(), record.buffer(), record.frameOffset());
            }
        }
    }

    /**
     * It has read everything.
     *
     * @param disk read once more when the model knows records that are lost
     */
    void recovered(Partition partition, SimulatedDisk disk, long last, long keptByKernel) throws IOException {
        ledger.recoveredUpTo(last, keptByKernel);
        if (last < followed) {
            reference = new Reference();
            followed = 0;
            SimulatedJournal.recover(disk, this::follow);
        }
        lastApplied = last;
        reserves.restarted();
        snapshots.restarted(last);
        comparison = new Comparison(partition, reference);
        comparison.full();
    }

    long lastApplied() {
        return lastApplied;
    }

    /** For several machines, which follow one order. */
    Reference reference() {
        return reference;
    }

    void deadlines() {
        if (comparison != null) {
            comparison.deadlines();
        }
    }

    void full(History history) {
        if (comparison != null) {
            comparison.full();
            history.check(reference.state);
        }
    }

    ReferenceState model() {
        return reference.state;
    }
}
