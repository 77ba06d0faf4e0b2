package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Log;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.frame.FrameWriter;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which role a machine has in a partition that several machines keep: following; leading; or retiring, which is following with connections that are still to be
 * closed. The partition's thread, but for what says otherwise.
 */
final class Elections {
    private final AgreedLog log;
    private final Partition partition;
    private final @Nullable BrokerClock clock;
    private final LongSupplier nanoTime;
    private final Roles roles;
    private long epoch = Log.NO_EPOCH;
    private boolean isBegun;
    private long appliedSequence;
    /** The last record is another leadership's; otherwise this machine's clock goes on from it anyhow. */
    private boolean isOthers;

    private long appliedAtNanos;
    private long coveredSequence;
    private volatile boolean retires;
    private volatile boolean closes;

    Elections(AgreedLog log, Partition partition, Parts.Time time, Roles roles) {
        this.log = log;
        this.partition = partition;
        this.clock = time.wall();
        this.nanoTime = time.nanoTime();
        this.roles = roles;
        this.appliedSequence = log.releasedSequence();
    }

    /** This machine is to lead, and nothing is left of the last time it did. */
    boolean mayLead() {
        return !retires && !closes && log.mayLead();
    }

    /** The process is to end: it leads no more. Any thread. */
    void close() {
        closes = true;
    }

    /** No connection can send anything any more. Any thread. */
    void letGo() {
        retires = false;
    }

    /** Time goes on from the last record, as long as it was ago here: it neither stands still nor jumps because clocks differ. */
    List<FrameWriter> begin() {
        epoch = log.lead();
        isBegun = false;
        if (clock != null && partition.now() > 0) {
            clock.goOnFrom(partition.now(), isOthers ? nanoTime.getAsLong() - appliedAtNanos : -1);
        }
        return roles.begins(epoch);
    }

    /** True once: when the first records are applied, which are one batch. Another leader's may have come in their place. */
    boolean hasBegun() {
        boolean is = !isBegun && partition.term() == epoch;
        isBegun |= is;
        return is;
    }

    void tellLeads() {
        roles.leads(epoch);
    }

    boolean isOver() {
        return closes || log.epoch() != epoch;
    }

    /** Whether requests are taken in. */
    boolean isServing() {
        return isBegun;
    }

    void end() {
        epoch = Log.NO_EPOCH;
        log.stopLeading();
        retires = true;
        roles.retires();
    }

    /** Notes when the last record came. Copies of this machine alone are none: they say nothing about time. */
    void applied() {
        long sequence = log.releasedSequence();
        if (sequence > appliedSequence) {
            appliedSequence = sequence;
            isOthers = partition.term() != epoch;
            appliedAtNanos = nanoTime.getAsLong();
        }
    }

    /** @param sequence that the last snapshot covers */
    void covered(long sequence) {
        if (sequence > coveredSequence) {
            coveredSequence = sequence;
            roles.covered(log.covered(sequence), sequence);
        }
    }
}
