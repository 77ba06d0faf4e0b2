package io.telpher.broker.sim;

import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.MemoryLog;
import io.telpher.broker.journal.RecordHandler;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.SimulatedJournal;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.SetRetainedBytes;
import io.telpher.protocol.record.SetRetention;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One run of the broker, from its recovery on, as {@code Broker.start} puts it together, but for ports and threads. Syncs take
 * simulated time.
 */
final class SimulatedBroker {
    private static final long RETENTION_MS = 20_000;
    private static final long RETAINED_BYTES = 12_000;
    private static final int QUEUES_MAX = 6;
    private static final int QUEUES_OF_ONE_MAX = 3;
    private static final long IDLE_TTL_MS = 15_000;
    private static final int SETTLE_ROUNDS_MAX = 20_000;
    private static final long TICK_LATE_MS_MAX = 2;
    private static final int FILES_NEEDED = 3;
    /** Some fifty looks at the clock fit into a piece of a long answer. */
    private static final long NANOS_A_LOOK = 20_000;

    private static final long QUIET_NANOS = 50_000_000;

    /** Simulated clocks, and how long a sync takes. */
    interface World extends BrokerClock.Source {
        void passNanos(long nanos);

        long syncNanos();
    }

    private final World world;
    private final Partition partition;
    private final SimulatedJournal journal;
    private final @Nullable MemoryLog agreed;
    private final PartitionAgent agent;
    private final BrokerClock clock;
    private final List<SimulatedSession> gone = new ArrayList<>();
    private long syncEndsNanos;
    private long lastWorkNanos;
    private long sessions;
    private long nanos;

    private SimulatedBroker(
            World world,
            Partition partition,
            SimulatedJournal journal,
            BrokerClock clock,
            boolean isAgreed,
            RecordHandler taken) {
        this.world = world;
        this.partition = partition;
        this.journal = journal;
        this.clock = clock;
        this.agreed = isAgreed ? new MemoryLog(journal, taken) : null;
        this.agent = new PartitionAgent(new Parts(
                partition,
                agreed == null ? journal : agreed,
                journal,
                // Pieces of long answers end by the clock, and the same ones each time.
                new Parts.Time(clock, clock, () -> nanos += NANOS_A_LOOK, this::idle),
                // As if a snapshot had begun there. Recoveries here read every file, also those that are deleted for
                // everybody else.
                new Parts.Upkeep(null, () -> Location.file(journal.polledLocation()) - FILES_NEEDED, null, null),
                Parts.Room.of(ReserveCounts.shares()),
                Parts.Observers.of(cause -> {
                    throw new IllegalStateException(cause);
                })));
    }

    /**
     * @param microsAtNanoZero what is known of the last run's clock, while the machine runs on
     * @param keptByKernel the last record that must be there because only the process died
     * @param isAgreed its log is a {@link MemoryLog}
     * @throws io.telpher.broker.journal.JournalException when the broker refuses to start
     */
    static SimulatedBroker start(
            SimulatedDisk disk,
            int fileBytes,
            World world,
            OptionalLong microsAtNanoZero,
            Checker checker,
            long keptByKernel,
            boolean isAgreed)
            throws IOException {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        Recovery recovery = new Recovery(partition);
        SimulatedJournal journal = SimulatedJournal.open(
                disk, fileBytes, checker.recovering(recovery), isAgreed ? checker.behindALog() : checker);
        checker.recovered(partition, disk, journal.appendedPlace(), keptByKernel);
        BrokerClock clock = BrokerClock.start(
                new BrokerClock.Start(recovery.lastStampMs(), recovery.lastWallOffsetMs(), microsAtNanoZero), world);
        SimulatedBroker broker = new SimulatedBroker(world, partition, journal, clock, isAgreed, checker::taken);
        broker.agent.lead(newTerm(journal.epoch()));
        if (partition.retentionMs() != RETENTION_MS) {
            broker.agent.applyOwn(SetRetention.write(new FrameWriter(), 0, RETENTION_MS));
            broker.agent.applyOwn(
                    SetQueueLimits.write(new FrameWriter(), 0, QUEUES_MAX, QUEUES_OF_ONE_MAX, IDLE_TTL_MS));
            broker.agent.applyOwn(SetRetainedBytes.write(new FrameWriter(), 0, RETAINED_BYTES));
        }
        broker.sessions = journal.epoch() << 32;
        broker.agent.begin();
        return broker;
    }

    /** With another secret each time: the first one holds. */
    static FrameWriter newTerm(long term) {
        long key0 = Mix.mix(term);
        return NewTerm.write(new FrameWriter(), 0, term, Recovery.SEMANTICS_VERSION, 0, key0, Mix.mix(key0));
    }

    /** The state that a replay of all that is on this disk leads to; each record is shown first. */
    static long replayHash(SimulatedDisk disk, RecordHandler seen) throws IOException {
        Partition replayed = new Partition(Placement.alone(0), Outbox.DISCARD);
        Recovery recovery = new Recovery(replayed);
        SimulatedJournal.recover(disk, record -> {
            seen.onRecord(record);
            recovery.onRecord(record);
        });
        return replayed.stateHash();
    }

    SimulatedSession connect(boolean http, Queue<SimulatedSession.Reply> inbox) {
        return new SimulatedSession(++sessions | (http ? Partition.HTTP_SESSION_BIT : 0), inbox);
    }

    void send(SimulatedSession session, FrameWriter frames) {
        agent.receive(session, Unpooled.wrappedBuffer(frames.toBytes()));
    }

    void close(SimulatedSession session) {
        agent.closed(session);
        gone.add(session);
    }

    /** The agent's duty cycle and, beside it, the syncs. */
    int step() {
        int work = agent.step();
        if (work > 0) {
            lastWorkNanos = world.nanoTime();
        } else if (world.nanoTime() - lastWorkNanos > QUIET_NANOS) {
            journal.quiet();
        }
        return work + agree() + sync();
    }

    private int agree() {
        return agreed == null ? 0 : agreed.agree();
    }

    private int sync() {
        if (journal.isSyncWanted()) {
            journal.beginSync();
            syncEndsNanos = world.nanoTime() + world.syncNanos();
        }
        if (journal.isSyncing() && syncEndsNanos <= world.nanoTime()) {
            journal.completeSync();
            agent.journalAdvanced();
            return 1;
        }
        return 0;
    }

    private void idle(long nanos) {
        world.passNanos(nanos);
        agree();
        sync();
    }

    /** Lets everything under way come to its end. */
    void settle() {
        int idle = 0;
        for (int round = 0; idle < 3; round++) {
            boolean endless = round == SETTLE_ROUNDS_MAX;
            Rule.HEALED_BROKER_FINISHES.holds(!endless, () -> "it does not come to rest");
            idle = step() == 0 && !journal.isSyncing() && !journal.isSyncWanted() ? idle + 1 : 0;
            if (journal.isSyncing()) {
                world.passNanos(Math.max(0, syncEndsNanos - world.nanoTime()));
            }
        }
    }

    /** Stops as an operator would want it. */
    void stop() {
        agent.drain();
        settle();
        journal.close();
    }

    /** What must hold when nothing is under way. */
    void checkRest() {
        Rule.LOST_LEASE_COMES_BACK_AT_ONCE.holds(
                partition.nextDeadlineMs() > nowMs() - TICK_LATE_MS_MAX,
                () -> "something was due at " + partition.nextDeadlineMs() + ", it is " + nowMs());
        for (SimulatedSession session : gone) {
            long id = session.id();
            Rule.LOST_LEASE_COMES_BACK_AT_ONCE.holds(
                    partition.leaseCount(id) == 0 && partition.waitingCount(id) == 0,
                    () -> "session " + Long.toHexString(id) + " is gone, but holds " + partition.leaseCount(id)
                            + " leases and waits " + partition.waitingCount(id) + " times");
        }
    }

    Partition partition() {
        return partition;
    }

    long nowMs() {
        return clock.getAsLong();
    }

    /** For the next start, while the machine runs on. */
    long microsAtNanoZero() {
        return clock.microsAtNanoZero();
    }

    long appended() {
        return journal.appendedPlace();
    }
}
