package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.NewTerm;

/** Lets only those records be replayed that lead to the same state here as where they were written. */
public final class SameSemantics {
    private final NewTerm newTerm = new NewTerm();
    private int version;

    /** @param version that holds until a NEW_TERM says another */
    public SameSemantics(int version) {
        this.version = version;
    }

    /** @throws JournalException when it was written by a broker of another semantics version */
    public void require(Record record) {
        if (Frame.typeCode(record.buffer(), record.frameOffset()) == MessageType.NEW_TERM.code()) {
            version = newTerm.wrap(record.buffer(), record.frameOffset()).semanticsVersion();
        }
        if (!Partition.knowsSemantics(version)) {
            throw new JournalException(
                    "TQ-2009 the journal goes on behind its last snapshot with records of a broker of"
                            + " semantics version " + version + ", this one knows " + Partition.OLDEST_SEMANTICS_VERSION
                            + " to " + Recovery.SEMANTICS_VERSION
                            + "; start the version that wrote it and stop it cleanly (that ends with a snapshot), then upgrade");
        }
    }
}
