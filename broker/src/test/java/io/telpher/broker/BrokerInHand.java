package io.telpher.broker;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.SimulatedJournal;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A broker without ports, on the caller's thread, with a simulated disk and clock: what is done to it does the same again. */
public final class BrokerInHand {
    private static final int FILE_BYTES = 64 << 10;
    private static final int ROUNDS_MAX = 10_000;
    private static final long START_MS = 1_700_000_000_000L;

    private final SimulatedJournal journal;
    private final PartitionAgent agent;
    private final PartitionRouter router;
    private long nowMs = START_MS;
    private long sessions = 1L << 32;

    public BrokerInHand() {
        this(FILE_BYTES);
    }

    /** @param fileBytes of the journal; the largest batch must fit into a quarter of it */
    public BrokerInHand(int fileBytes) {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        Recovery recovery = new Recovery(partition);
        try {
            journal = SimulatedJournal.open(new SimulatedDisk(1), fileBytes, recovery, new Unobserved());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        agent = new PartitionAgent(new Parts(
                partition,
                journal,
                journal,
                Parts.Time.of(this::nowMs, nanos -> sync()),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(cause -> {
                    throw new IllegalStateException("the partition's thread ended", cause);
                })));
        agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), Recovery.SEMANTICS_VERSION));
        agent.begin();
        router = PartitionRouter.over(List.of(agent), this::nowMs);
    }

    private static final class Unobserved implements SimulatedJournal.Observer {
        @Override
        public void appended(Record record, boolean ends, boolean durable) {}

        @Override
        public void applied(Record record) {}
    }

    public PartitionRouter router() {
        return router;
    }

    public long nowMs() {
        return nowMs;
    }

    public long nextSession() {
        return ++sessions;
    }

    /** Has it do all that there is to do. */
    public void run() {
        int idle = 0;
        for (int round = 0; idle < 2; round++) {
            if (round == ROUNDS_MAX) {
                throw new AssertionError("it does not come to rest");
            }
            idle = step() == 0 ? idle + 1 : 0;
        }
    }

    public void pass(long ms) {
        advance(ms);
        run();
    }

    /** Only the clock. */
    public void advance(long ms) {
        nowMs += ms;
    }

    /** One duty cycle; returns 0 when there was nothing to do. */
    public int step() {
        return agent.step() + sync();
    }

    private int sync() {
        if (!journal.isSyncWanted()) {
            return 0;
        }
        journal.beginSync();
        journal.completeSync();
        return 1;
    }
}
