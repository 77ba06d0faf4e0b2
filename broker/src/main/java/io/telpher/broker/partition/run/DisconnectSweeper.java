package io.telpher.broker.partition.run;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.Batch;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Disconnect;
import java.util.ArrayDeque;
import java.util.Deque;

/** Connections that are gone, and whose leases come back some at a time: very many by one record would hold up everything else. */
public final class DisconnectSweeper {
    /** Some milliseconds' work. */
    static final int LEASES_PER_RECORD = 5_000;

    /** @param record the last DISCONNECT of the session */
    private record Ending(long session, long record) {}

    private final Partition partition;
    private final FrameWriter disconnect = new FrameWriter();
    private final Deque<Ending> endings = new ArrayDeque<>();

    public DisconnectSweeper(Partition partition) {
        this.partition = partition;
    }

    /** @param record the number that the next record of the batch gets */
    public void end(long session, Batch batch, long nowMs, long record) {
        Disconnect.write(disconnect.clear(), 0, LEASES_PER_RECORD);
        batch.add(nowMs, session, disconnect.written(), false);
        endings.add(new Ending(session, record));
    }

    /**
     * Goes on with one of them.
     *
     * @param record the number that the next record of the batch gets
     * @return 0 when there was nothing to do
     */
    public int step(Batch batch, long nowMs, long appliedSequence, long record) {
        Ending oldest = endings.peek();
        if (oldest == null || oldest.record > appliedSequence) {
            return 0;
        }
        endings.remove();
        if (partition.leaseCount(oldest.session) > 0) {
            end(oldest.session, batch, nowMs, record);
        }
        return 1;
    }
}
