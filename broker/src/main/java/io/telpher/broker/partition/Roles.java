package io.telpher.broker.partition;

import io.telpher.broker.journal.AgreedLog;
import io.telpher.protocol.frame.FrameWriter;
import java.util.List;

/** Where several machines agree on a partition's log: what the one that leads does beside it. Called on the partition's thread, so each must be quick. */
public interface Roles {
    /** This machine leads from here on. Returns the first records of the epoch: NEW_TERM, and what else is to hold. */
    List<FrameWriter> begins(long epoch);

    /** Those are applied: requests may come in. */
    void leads(long epoch);

    /**
     * This machine leads no more: nothing that was taken in is answered. Connections are to be closed, and when none of them can send anything any more,
     * {@link PartitionAgent#letGo} is to be called, on any thread; before that it leads no further epoch.
     */
    void retires();

    /** A snapshot, and the journal that it belongs to, hold for good everything up to this place, whose last record has this sequence. */
    void covered(AgreedLog.Place place, long sequence);
}
