package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.RecordHandler;
import io.telpher.protocol.Frame;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.NewTerm;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Replays the journal into a partition, by the same path as live traffic but with nobody to answer. */
public final class Recovery implements RecordHandler {
    /**
     * Of the decisions this broker's core takes. Raised whenever the same records would lead to another state than before: a journal of
     * another version is refused, not read differently.
     */
    public static final int SEMANTICS_VERSION = 1;

    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final int RECORDS_PER_LOOK = 1 << 16;
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Partition partition;
    private final NewTerm newTerm = new NewTerm();
    private final long startNanos = System.nanoTime();
    private long lastLogNanos = startNanos;
    private long records;
    private long lastStampMs;

    public Recovery(Partition partition) {
        this.partition = partition;
    }

    @Override
    public void onRecord(Record record) {
        if (Frame.typeCode(record.buffer(), record.frameOffset()) == MessageType.NEW_TERM.code()) {
            requireSameSemantics(newTerm.wrap(record.buffer(), record.frameOffset()));
        }
        partition.onRecord(
                record.stampMs(),
                record.session(),
                record.location(),
                record.crc(),
                record.buffer(),
                record.frameOffset());
        lastStampMs = record.stampMs();
        records++;
        if (records % RECORDS_PER_LOOK == 0 && System.nanoTime() - lastLogNanos > LOG_NANOS) {
            lastLogNanos = System.nanoTime();
            LOG.info("replayed {} records, {} a second", records, perSecond());
        }
    }

    private static void requireSameSemantics(NewTerm term) {
        if (term.semanticsVersion() != SEMANTICS_VERSION) {
            throw new JournalException("TQ-2009 the journal was written by a broker of semantics version "
                    + term.semanticsVersion() + ", this one has " + SEMANTICS_VERSION
                    + "; start the version that wrote it, drain its queues, then upgrade with an empty journal.dir");
        }
    }

    private long perSecond() {
        return records * TimeUnit.SECONDS.toNanos(1) / Math.max(1, System.nanoTime() - startNanos);
    }

    public void logSummary() {
        if (records > 0) {
            LOG.info(
                    "replayed {} records in {} ms",
                    records,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        }
    }

    /** Of the last record, ms since 1970; 0 when there was none. */
    public long lastStampMs() {
        return lastStampMs;
    }
}
