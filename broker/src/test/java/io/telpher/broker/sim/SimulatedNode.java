package io.telpher.broker.sim;

import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.SnapshotInMemory;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.image.SnapshotCopy;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Location;
import io.telpher.broker.journal.ProposedBatch;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.SimulatedJournal;
import io.telpher.broker.journal.Tear;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.Roles;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.SetRetainedBytes;
import io.telpher.protocol.record.SetRetention;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A machine of a cluster: a disk, clocks that go as they like, and on them, run after run, the real agreed log, agent and core over the journal's real framing. Between these and
 * Raft it does what {@link io.telpher.broker.cluster.RaftNode} does.
 */
final class SimulatedNode implements AgreedLog.Agreement {
    static final int RESUME_MS = 1_500;
    private static final long RETENTION_MS = 20_000;
    private static final long RETAINED_BYTES = 12_000;
    private static final int QUEUES_MAX = 6;
    private static final int QUEUES_OF_ONE_MAX = 3;
    private static final long IDLE_TTL_MS = 15_000;
    private static final int HANDED_OVER_MAX = 4;
    private static final int SUBMITTED_MAX = 3;
    /** The log takes 64 before whoever brings them has to wait, and the agent 8 in a cycle. */
    private static final int UNREAD_MAX = 48;

    private static final int READ_A_CYCLE = 8;
    private static final int LOOKS_IDLE_MAX = 4;
    private static final int PROVE_AGAIN_CYCLES = 10;
    private static final long NO_MANDATE = -1;
    private static final int SNAPSHOTS_KEPT = 2;

    /** What happens to all nodes. */
    interface World {
        long trueNanos();

        Dice dice();

        /** The node has just applied it, and it is no local one. */
        void applied(SimulatedNode node, Record record);

        void snapshotTaken();

        /** It is about to propose its first batch. */
        void begins(SimulatedNode node);

        void turnedAway(SimulatedNode node, List<SimulatedSession> sessions);
    }

    private record Proposal(long mandate, ByteBuffer batch) {}

    /** Under way. */
    private record Proof(long mandate, long term, long number) {}

    /** A snapshot that is on the disk for good. */
    private record Stored(SnapshotInMemory image, long place, long sequence, long location) {}

    private final World world;
    private final SimulatedRaft.Member raft;
    private final AgreedOrder order;
    private final Trace trace;
    private final String name;
    private final ClusterMix mix;
    // the machine
    private final SimulatedDisk disk;
    private final Deque<Stored> snapshots = new ArrayDeque<>();
    private AgreedLog.Place covered = AgreedLog.Place.NONE;
    private long coveredSequence;
    private final double rate;
    private final long bornNanos;
    private long wallErrorMs;
    /** What the boot clock's file tells the next start. */
    private OptionalLong microsAtNanoZero = OptionalLong.empty();

    private long startMicrosAtNanoZero;
    private int runs;
    private int fileBytes;
    // the process
    private @Nullable Run run;
    private int downCycles;

    SimulatedNode(World world, SimulatedRaft.Member raft, AgreedOrder order, Trace trace, int number, ClusterMix mix) {
        this.world = world;
        this.raft = raft;
        this.order = order;
        this.trace = trace;
        this.mix = mix;
        this.name = "n" + (number + 1);
        this.disk = new SimulatedDisk(mix.seed * 7 + number);
        this.rate = 1 + mix.drift(number);
        this.bornNanos = mix.bornNanos(number);
        this.wallErrorMs = mix.wallErrorMs(number);
        this.fileBytes = mix.fileBytes;
    }

    // ---- the machine's clocks

    private final BrokerClock.Source clocks = new BrokerClock.Source() {
        @Override
        public long nanoTime() {
            Run present = run;
            if (present != null) {
                present.looked();
            }
            return bornNanos + (long) (world.trueNanos() * rate);
        }

        @Override
        public long wallMicros() {
            return (Clocks.wallMs(0, wallErrorMs)) * 1000 + (long) (world.trueNanos() * rate) / 1000;
        }
    };

    void setWall(long errorMs) {
        wallErrorMs = errorMs;
    }

    // ---- the process

    /** One process, from its start to its end. */
    private final class Run {
        private final Partition partition;
        private final SimulatedJournal journal;
        private final AgreedLog log;
        private final PartitionAgent agent;
        private final BrokerClock clock;
        private final ClientShares shares = new ClientShares(new ClientShares.Sizes(50, 1, 1, 1_000, 100, 1));
        private final LeaderGate gate = LeaderGate.shut(() -> "");
        private final Deque<Proposal> proposals = new ArrayDeque<>();
        private final List<SimulatedSession> connected = new ArrayList<>();
        private final Comparison comparison;
        private long handedOver;
        private int unread;
        private long sessions;
        private int turnAwayIn = -1;
        private int noticeIn = -1;
        private int failsIn = -1;
        private int deafCycles;
        private long failedMandate;
        private int cycles;
        private int idleLooks;
        private @Nullable Proof proof;
        private int proveAgainIn;
        private boolean wasLeader;
        private int interruptedIn = -1;
        /** When the last record was applied; negative: by the run before. */
        private long appliedNanos = -1;

        private @Nullable SnapshotCopy copy;
        private boolean isHashing;
        /** Copied, or being copied; counts when the journal is synced as far. */
        private @Nullable Stored unsynced;

        private int syncIn = -1;

        private Run(Partition partition, SimulatedJournal journal, BrokerClock clock, Comparison comparison) {
            this.partition = partition;
            this.journal = journal;
            this.clock = clock;
            this.comparison = comparison;
            this.log = new AgreedLog(
                    0,
                    journal,
                    partition::term,
                    partition::semanticsVersion,
                    Partition::knowsSemantics,
                    SimulatedNode.this,
                    () -> {});
            this.agent = new PartitionAgent(new Parts(
                    partition,
                    log,
                    journal,
                    new Parts.Time(clock, clock, clocks::nanoTime, nanos -> {}),
                    new Parts.Upkeep(null, SimulatedNode.this::oldestNeededFile, null, null),
                    Parts.Room.of(shares),
                    Parts.Observers.of(cause -> {
                        throw new IllegalStateException(cause);
                    })));
            this.handedOver = Math.max(0, covered.index());
            agent.follow(log, new Role());
        }

        /** Another thread's doing, in the middle of the agent's. */
        private void looked() {
            if (interruptedIn >= 0 && --interruptedIn < 0) {
                log.deposed();
            }
        }

        private final class Role implements Roles {
            @Override
            public List<FrameWriter> begins(long epoch) {
                trace.say(() -> name + " begins epoch " + epoch);
                world.begins(SimulatedNode.this);
                List<FrameWriter> first = new ArrayList<>();
                long key = Mix.mix(epoch);
                boolean isNew = !partition.hasHashKey();
                first.add(NewTerm.write(
                        new FrameWriter(),
                        0,
                        epoch,
                        Recovery.SEMANTICS_VERSION,
                        0,
                        isNew ? key : 0,
                        isNew ? Mix.mix(key) : 0,
                        RESUME_MS));
                if (isNew) {
                    first.add(SetRetention.write(new FrameWriter(), 0, RETENTION_MS));
                    first.add(SetQueueLimits.write(new FrameWriter(), 0, QUEUES_MAX, QUEUES_OF_ONE_MAX, IDLE_TTL_MS));
                    first.add(SetRetainedBytes.write(new FrameWriter(), 0, RETAINED_BYTES));
                }
                return first;
            }

            @Override
            public void leads(long epoch) {
                trace.say(() -> name + " leads epoch " + epoch);
                Rule.ONE_LEADERSHIP_AN_EPOCH.holds(
                        partition.term() == epoch,
                        () -> name + " takes clients in epoch " + epoch + ", and has applied " + partition.term());
                sessions = epoch << 32;
                gate.open();
            }

            @Override
            public void retires() {
                trace.say(() -> name + " retires");
                gate.close();
                turnAwayIn = world.dice().below(6);
            }

            @Override
            public void covered(AgreedLog.Place place, long sequence) {
                throw new IllegalStateException("this run takes its snapshots by itself");
            }
        }
    }

    private int oldestNeededFile() {
        Stored oldest = snapshots.size() < SNAPSHOTS_KEPT ? null : snapshots.peekFirst();
        return oldest == null ? 0 : Location.file(oldest.location);
    }

    boolean isUp() {
        return run != null;
    }

    String name() {
        return name;
    }

    private Run running() {
        Run present = run;
        if (present == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return present;
    }

    Partition partition() {
        return running().partition;
    }

    Comparison comparison() {
        return running().comparison;
    }

    long sequence() {
        return running().journal.releasedSequence();
    }

    boolean isServing() {
        Run present = run;
        return present != null && present.gate.isOpen();
    }

    /** Whether no other can lead, whatever this one believes. */
    boolean isLeader() {
        return isUp() && raft.isReady();
    }

    /** From the disk, as {@code RunningPartition.recover} does. */
    void start(Reference reference) throws IOException {
        runs++;
        Stored stored = snapshots.peekLast();
        Partition partition = stored == null
                ? new Partition(Placement.alone(0), Outbox.DISCARD)
                : stored.image.load(0, Outbox.DISCARD);
        long from = stored == null ? 0 : stored.place;
        SimulatedJournal journal = SimulatedJournal.openUnsynced(
                disk,
                fileBytes,
                record -> {
                    if (!record.isLocal()) {
                        order.has(name, record);
                    }
                    if (record.place() > from) {
                        Recovery.apply(partition, record);
                    }
                },
                new SimulatedJournal.Observer() {
                    @Override
                    public void appended(Record record, boolean ends, boolean durable) {
                        // Where it lies is told when it is applied.
                    }

                    @Override
                    public void applied(Record record) {
                        if (!record.isLocal()) {
                            running().appliedNanos = world.trueNanos();
                            world.applied(SimulatedNode.this, record);
                        }
                    }
                });
        Rule.COVERED_IS_KEPT.holds(
                journal.appendedPlace() >= from && journal.releasedSequence() >= coveredSequence,
                () -> name + " has records up to " + journal.releasedSequence() + ", and covered " + coveredSequence);
        order.compare(name, journal.releasedSequence(), partition);
        BrokerClock clock = BrokerClock.start(
                new BrokerClock.Start(partition.now(), partition.wallOffsetMs(), microsAtNanoZero), clocks);
        run = new Run(partition, journal, clock, new Comparison(partition, reference));
        startMicrosAtNanoZero = clock.microsAtNanoZero();
        trace.say(() -> name + " starts at record " + journal.releasedSequence() + ", from index " + covered.index());
        raft.start();
    }

    /**
     * The process ends; what it sent before has arrived.
     *
     * @param tear what the power's end leaves of what was not synced; null: only the process ends
     */
    void stop(@Nullable Tear tear, int cycles) {
        Run ended = running();
        if (tear == null) {
            long appended = ended.journal.appendedPlace();
            trace.say(() -> name + " is killed at place " + appended);
            disk.kill();
            microsAtNanoZero = OptionalLong.of(startMicrosAtNanoZero);
        } else {
            trace.say(() -> name + " loses power, unsynced " + tear);
            disk.powerCut(tear);
            microsAtNanoZero = OptionalLong.empty();
        }
        world.turnedAway(this, List.copyOf(ended.connected));
        run = null;
        raft.stop();
        downCycles = cycles;
    }

    /** Down for a while longer; whether it is to start. */
    boolean isDue() {
        return !isUp() && --downCycles <= 0;
    }

    void hurry() {
        downCycles = 0;
        deaf(0);
    }

    /** For so long the threads that tell it of its role get no turn. */
    void deaf(int cycles) {
        Run present = run;
        if (present != null) {
            present.deafCycles = cycles;
        }
    }

    // ---- clients

    SimulatedSession connect(boolean http, Queue<SimulatedSession.Reply> inbox) {
        Run present = running();
        long id = ++present.sessions | (http ? Partition.HTTP_SESSION_BIT : 0);
        SimulatedSession session = new SimulatedSession(id, inbox);
        present.connected.add(session);
        return session;
    }

    void send(SimulatedSession session, FrameWriter frames) {
        running().agent.receive(session, Unpooled.wrappedBuffer(frames.toBytes()));
    }

    /** The connection ends. */
    void close(SimulatedSession session) {
        Run present = running();
        present.connected.remove(session);
        present.agent.closed(session);
    }

    // ---- what RaftNode does

    @Override
    public void propose(long mandate, ByteBuffer entry) {
        Run present = running();
        ProposedBatch batch = ProposedBatch.read(entry);
        order.proposed(
                batch,
                new AgreedOrder.Proposed(
                        name + " run " + runs + " mandate " + mandate,
                        world.trueNanos(),
                        present.clock.getAsLong(),
                        present.appliedNanos));
        present.proposals.add(new Proposal(mandate, entry));
        if (mix.interruptsOneIn > 0 && world.dice().oneIn(mix.interruptsOneIn)) {
            present.log.deposed(); // its notice comes now of all times
        }
    }

    @Override
    public void prove(long mandate, long term, long number) {
        Run present = running();
        present.proof = new Proof(mandate, term, number);
        proveNow(present);
    }

    private void proveNow(Run present) {
        Proof proof = present.proof;
        if (proof == null || !present.log.isLeading(proof.mandate)) {
            present.proof = null;
            return;
        }
        present.proveAgainIn = PROVE_AGAIN_CYCLES;
        raft.prove(proof.term, proof.number, number -> {
            present.proof = null;
            present.log.proven(number);
        });
    }

    @Override
    public int batchBytesMin() {
        return mix.batchBytesMin;
    }

    @Override
    public void resign() {
        running().proposals.add(new Proposal(NO_MANDATE, ByteBuffer.allocate(0)));
    }

    /** One round of all its threads; how much there was to do. */
    int cycle() throws InterruptedException, IOException {
        Run present = running();
        present.cycles++;
        Dice dice = world.dice();
        int work = tellRole(present, dice) + handOver(present, dice) + submit(present, dice);
        if (mix.interruptsOneIn > 0 && dice.oneIn(mix.interruptsOneIn)) {
            present.interruptedIn = dice.below(30);
        }
        work += present.agent.step();
        present.interruptedIn = -1;
        present.unread = Math.max(0, present.unread - READ_A_CYCLE);
        if (present.proof != null) {
            work++;
            if (--present.proveAgainIn <= 0) {
                proveNow(present);
            }
        }
        return work + turnAway(present) + keep(present, dice);
    }

    /** Notices of Raft come late, or only when somebody looks. */
    private int tellRole(Run present, Dice dice) {
        if (present.deafCycles > 0) {
            present.deafCycles--;
            return 1;
        }
        boolean is = raft.isLeader();
        if (present.wasLeader && !is) {
            present.noticeIn = dice.below(2 * mix.lookCycles);
        }
        present.wasLeader = is;
        if (present.noticeIn >= 0 && --present.noticeIn < 0 && !is) {
            present.log.deposed();
        }
        if (present.failsIn >= 0 && --present.failsIn < 0 && present.log.isLeading(present.failedMandate)) {
            present.log.deposed();
        }
        if (present.cycles % mix.lookCycles == 0) {
            look(present);
        }
        return present.noticeIn >= 0 || present.failsIn >= 0 ? 1 : 0;
    }

    private void look(Run present) {
        if (!raft.isLeader() && present.log.isLeading()) {
            present.log.deposed();
        }
        present.idleLooks = raft.isReady(present.handedOver) && !present.log.isLeading() ? present.idleLooks + 1 : 0;
        if (present.idleLooks >= LOOKS_IDLE_MAX) {
            present.idleLooks = 0;
            resign();
        }
    }

    private int handOver(Run present, Dice dice) throws InterruptedException {
        int most = dice.below(HANDED_OVER_MAX + 1);
        int work = 0;
        while (work < most && present.handedOver < raft.commit() && present.unread < UNREAD_MAX) {
            work++;
            present.handedOver++;
            SimulatedRaft.Entry entry = raft.entry(present.handedOver);
            switch (entry.kind()) {
                case BATCH -> {
                    present.unread++;
                    present.log.agreed(
                            new AgreedLog.Place(entry.term(), present.handedOver),
                            entry.batch().duplicate());
                }
                case BARRIER -> {
                    if (raft.isReady(present.handedOver) && !present.log.isLeading()) {
                        elected(present, entry.term());
                    }
                }
                case CHECK -> {
                    present.unread++;
                    present.log.mark(sequence -> hash(present, sequence));
                }
                case BEGIN -> {
                    if (raft.isLeader() && entry.term() == raft.term()) {
                        elected(present, raft.term());
                    }
                }
            }
        }
        return work + (present.handedOver < raft.commit() ? 1 : 0);
    }

    /** As {@code Snapshots} does, a copy gives way. */
    private void hash(Run present, long sequence) {
        SnapshotCopy under = present.copy;
        if (under != null) {
            under.abandon();
            present.copy = null;
            present.unsynced = null;
        }
        present.isHashing = true;
        order.compare(name, sequence, present.partition);
        present.agent.hashState(hash -> {
            present.isHashing = false;
            order.hashed(name, sequence, hash);
        });
    }

    private static void elected(Run present, long term) throws InterruptedException {
        present.unread++;
        present.log.elected(term);
    }

    private int submit(Run present, Dice dice) {
        int most = dice.below(SUBMITTED_MAX + 1);
        int work = 0;
        while (work < most && !present.proposals.isEmpty()) {
            work++;
            Proposal proposal = present.proposals.remove();
            boolean isOwn = proposal.mandate == NO_MANDATE;
            // Looked at, and then submitted: its leader may be deposed between.
            boolean isLate = !isOwn && !present.log.isLeading(proposal.mandate) && !dice.oneIn(3);
            if (isLate) {
                continue;
            }
            boolean isLost = mix.losesOneIn > 0 && !isOwn && dice.oneIn(mix.losesOneIn);
            if (!raft.isLeader() || isLost) {
                if (!isOwn) {
                    present.failsIn = dice.below(mix.failCycles);
                    present.failedMandate = proposal.mandate;
                }
                continue;
            }
            if (dice.oneIn(mix.checksOneIn)) {
                raft.append(SimulatedRaft.Kind.CHECK, ByteBuffer.allocate(0));
            }
            raft.append(isOwn ? SimulatedRaft.Kind.BARRIER : SimulatedRaft.Kind.BATCH, proposal.batch);
            if (!isOwn && mix.doublesOneIn > 0 && dice.oneIn(mix.doublesOneIn)) {
                raft.append(SimulatedRaft.Kind.BATCH, proposal.batch);
            }
        }
        return work + (present.proposals.isEmpty() ? 0 : 1);
    }

    /** What {@code Leading} does, on a thread of its own. */
    private int turnAway(Run present) {
        if (present.turnAwayIn < 0 || --present.turnAwayIn >= 0) {
            return present.turnAwayIn < 0 ? 0 : 1;
        }
        List<SimulatedSession> away = List.copyOf(present.connected);
        present.connected.clear();
        world.turnedAway(this, away);
        away.forEach(present.agent::closed);
        present.agent.letGo();
        return 1;
    }

    // ---- snapshots

    /** Copies the state bit by bit; has the journal synced up to there; then the snapshot counts, and then the shared log is cut. */
    private int keep(Run present, Dice dice) {
        int work = sync(present, dice);
        SnapshotCopy under = present.copy;
        if (under != null) {
            present.copy = under.step(1 + dice.below(4)) ? null : under;
            return work + 1;
        }
        Stored waiting = present.unsynced;
        if (waiting != null) {
            if (present.journal.syncedPlace() >= waiting.place) {
                present.unsynced = null;
                store(present, waiting);
            }
            return work + 1;
        }
        if (present.partition.isSettled()
                && !present.isHashing
                && present.journal.releasedSequence() > coveredSequence
                && dice.oneIn(mix.snapshotOneIn)) {
            SnapshotInMemory image = new SnapshotInMemory();
            present.unsynced = new Stored(
                    image,
                    present.journal.polledPlace(),
                    present.journal.releasedSequence(),
                    present.journal.polledLocation());
            present.copy = present.partition.beginSnapshot(image);
            present.journal.sync();
            return work + 1;
        }
        return work;
    }

    private int sync(Run present, Dice dice) {
        if (present.journal.isSyncWanted()) {
            present.journal.beginSync();
            present.syncIn = dice.below(6);
        }
        if (present.journal.isSyncing() && --present.syncIn < 0) {
            present.journal.completeSync();
            return 1;
        }
        return present.journal.isSyncing() ? 1 : 0;
    }

    private void store(Run present, Stored done) {
        snapshots.add(done);
        if (snapshots.size() > SNAPSHOTS_KEPT) {
            snapshots.remove();
        }
        AgreedLog.Place place = present.log.covered(done.sequence);
        trace.say(() -> name + " has a snapshot of " + done.sequence + ", which covers " + place);
        if (place.index() > covered.index()) {
            covered = place;
            coveredSequence = done.sequence;
        }
        raft.cut(covered.index());
        world.snapshotTaken();
    }

    // ---- for who watches

    /** Everything agreed on is applied, and nothing else is under way. */
    boolean isAtRest() {
        Run present = running();
        return present.handedOver == raft.commit()
                && raft.commit() == order.index()
                && raft.lastIndex() == raft.commit()
                && present.proposals.isEmpty()
                && present.unread == 0
                && sequence() == order.sequence();
    }

    /** Nothing is under way: as many reserves count as wait. */
    void checkShares() {
        Run present = running();
        for (Shares each : present.shares.all()) {
            Rule.SHARES_ARE_KEPT.holds(
                    !each.what().equals("waiting reserves") || each.count() == present.partition.waitingCount(),
                    () -> name + " counts " + each.count() + " " + each.what() + " of "
                            + present.partition.waitingCount());
        }
    }

    /** What it counts as now; while it leads. */
    long nowMs() {
        return running().clock.getAsLong();
    }

    int deletedFiles() {
        return disk.deletedFiles();
    }
}
