package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.Log;
import io.telpher.broker.partition.DutyCycle.Step;
import io.telpher.broker.partition.answer.StaleReads;
import io.telpher.broker.partition.intake.Ingress;
import io.telpher.broker.partition.replica.Applier;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.replica.Snapshots;
import io.telpher.broker.partition.reply.Peers;
import io.telpher.broker.partition.reply.TransferredTasks;
import io.telpher.broker.partition.run.ReplayRuns;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.storage.DiskRoom;
import io.telpher.broker.thread.Threads;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns a partition. Its duty cycle: take in what the network left, append it as one batch, apply what the log has released, answer queries, let time
 * pass by a TICK, send the replies. Nothing else ever touches the core. What every copy of a partition does is the {@link Applier}'s part of it, what only the
 * leading one does the {@link Leadership}'s.
 */
public final class PartitionAgent implements Runnable, Peers.Peer {
    /** In whose turn the broker's own work is done. */
    private static final Session OWN = new OwnSession(Session.OWN_ID) {
        @Override
        protected void answered(ByteBuffer frames) {}
    };

    /** What a thread that received something takes in itself: a few small requests, or one with a payload as most have. */
    private static final int GUEST_BYTES_MAX = 16 << 10;

    private static final int GUEST_STEPS_MAX = 4;

    private static final int GUEST_TURNS_MAX = 2;

    private static final long PEERS_MS_MAX = 5_000;
    private static final long PARK_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final Parts parts;
    private final Partition partition;
    private final Log log;
    private final LongSupplier clock;
    private final LongConsumer idle;
    private final Consumer<Throwable> failed;
    private final Applier applier;
    private volatile Ingress ingress;
    /** Of the last leadership; what still comes into it is dropped. */
    private @Nullable Ingress left;

    private final DutyCycle cycle = new DutyCycle(System::nanoTime);
    private final Thread thread;
    private volatile @Nullable Leadership leadership;
    private @Nullable Peers peers;
    private @Nullable Elections elections;
    /** Null where there is one copy only, which always leads. */
    private @Nullable StaleReads staleReads;

    private volatile long retainedBytesMax = -1;
    private final Seat seat = new Seat();
    /** When the own thread, which rests, comes back by itself. Belongs to the one that has the seat. */
    private long restsUntilMs;

    private volatile boolean broken;
    private volatile @Nullable Thread guest;
    private volatile boolean stopping;
    private volatile boolean draining;

    public PartitionAgent(Parts parts) {
        this.parts = parts;
        this.partition = parts.partition();
        this.log = parts.log();
        this.clock = parts.clock();
        this.idle = parts.time().idle();
        this.failed = parts.observers().failed();
        this.applier = new Applier(parts);
        this.ingress = new Ingress(partition.placement().partitions());
        this.thread = Threads.make("telpher-partition", this, failed);
    }

    /**
     * Leads the partition in the log's present epoch: from here on it can take requests in, which {@link #start} answers.
     *
     * @param newTerm tells the core of the epoch
     */
    public void lead(FrameWriter newTerm) {
        Leadership begun = new Leadership(parts, applier, ingress);
        leadership = begun;
        applyOwn(newTerm);
        begun.followWall();
        settleOwn(begun);
    }

    /**
     * Follows what any machine leads, and leads when this one is elected; instead of {@link #lead}, before {@link #start}.
     *
     * @param agreed the log of these parts
     */
    public void follow(AgreedLog agreed, Roles roles) {
        elections = new Elections(agreed, partition, parts.time(), roles);
        staleReads = new StaleReads(parts, applier, this::connections);
    }

    private int connections() {
        Leadership present = leadership;
        return present == null ? 0 : present.connections();
    }

    /** See {@link Roles#retires}. Any thread. */
    public void letGo() {
        Elections present = elections;
        if (present != null) {
            present.letGo();
            journalAdvanced();
        }
    }

    private Leadership leading() {
        Leadership present = leadership;
        if (present == null) {
            throw new IllegalStateException("this partition has no leadership yet");
        }
        return present;
    }

    /** What finished tasks may take while there is room, as configured. Any thread. */
    public void retainedBytesMax(long bytes) {
        retainedBytesMax = bytes;
        Leadership present = leadership;
        if (present != null) {
            present.heap().retainedBytesMax(bytes);
        }
    }

    /** There are other partitions, and this is how they are reached; before {@link #begin}. */
    public void peers(Peers others) {
        peers = others;
    }

    /** The journal may have released something. Any thread. */
    @Override
    public void journalAdvanced() {
        LockSupport.unpark(thread);
    }

    /**
     * Reckons the hash of the partition's state as it is now, while it works on. The partition's thread.
     *
     * @param told of it later, on that thread; not when the thread ends before, or another hash is asked for
     */
    public void hashState(LongConsumer told) {
        applier.hash(told);
    }

    /** Starts the thread. Replies go out from here on. */
    public void start() {
        if (elections == null) {
            begin();
        }
        thread.start();
    }

    /** Replies go out from here on; whoever called takes each {@link #step} itself, instead of a thread of the agent's. */
    public void begin() {
        leading().begin(peers);
    }

    /** Applies a record of the broker's own before {@link #start}: a policy from the configuration. */
    public void applyOwn(FrameWriter frame) {
        Leadership present = leading();
        present.addOwn(frame);
        settleOwn(present);
    }

    private void settleOwn(Leadership present) {
        present.append();
        while (log.releasedSequence() < log.appendedSequence()) {
            if (present.poll() == 0) {
                idle.accept(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Takes whole, validated frames. Any thread; the buffer is the agent's to release. */
    public void receive(Session session, ByteBuf frames) {
        ingress.offer(session, frames);
        wakeUp();
    }

    /**
     * Takes a question that is answered from what this copy has applied, whether it leads or not: see {@link StaleReads}. Where there is one copy only, it is a question as any
     * other. Any thread; the buffer is the agent's to release.
     *
     * @return why it is not taken; null when it is
     */
    public @Nullable Problem receiveStale(Session session, ByteBuf frame) {
        StaleReads reads = staleReads;
        if (reads == null) {
            receive(session, frame);
            return null;
        }
        ByteBuffer copy = ByteBuffer.wrap(ByteBufUtil.getBytes(frame)).order(ByteOrder.LITTLE_ENDIAN);
        frame.release();
        Problem problem = reads.ask(session, copy);
        wakeUp();
        return problem;
    }

    /**
     * Of a record that is applied before any question is answered that is asked from here on. Any thread: it may be an older one than the last, which is as true.
     */
    public long appliedSequence() {
        return log.releasedSequence();
    }

    /** The same, for a caller that has a {@link #turn} next. */
    public void leave(Session session, ByteBuf frames) {
        ingress.offer(session, frames);
    }

    /**
     * Has what was {@link #leave left} taken in: by the caller, if that promises to be quick and the own thread rests, since waking it and hearing back
     * from it takes longer than a small request does; otherwise by the own thread. Any thread but that one.
     */
    public void turn() {
        if (ingress.isEmpty()) {
            return; // another one's turn took it in, or has it in its line
        }
        if (!isSmall() || draining || stopping || !log.isQuick() || !seat.enterAsGuest()) {
            wakeUp();
            return;
        }
        try {
            int turns = 0;
            do {
                stepAsGuest();
                turns++;
            } while (!ingress.isEmpty() && isSmall() && turns < GUEST_TURNS_MAX && seat.enterAsGuest());
            if (!ingress.isEmpty()) {
                wakeUp();
            }
        } catch (RuntimeException | Error e) {
            // The seat is not given up: nothing may be confirmed any more.
            broken = true;
            LockSupport.unpark(thread);
            failed.accept(e);
        }
    }

    /** Asked again before each step: what comes meanwhile may be all that a client can send, and the guest has other clients to serve. */
    private boolean isSmall() {
        return ingress.bytes() <= GUEST_BYTES_MAX;
    }

    private void stepAsGuest() {
        guest = Thread.currentThread();
        Snapshots snapshots = applier.snapshots();
        boolean isLong = snapshots != null && snapshots.isBusy();
        int steps = 0;
        while (!isLong && steps < GUEST_STEPS_MAX && isSmall() && step() > 0) {
            steps++;
        }
        cycle.rests();
        boolean hasMore = isLong || steps == GUEST_STEPS_MAX || ingress.hasLine() || !isSmall();
        boolean isOwnWanted = hasMore || leading().nextDueMs() < restsUntilMs;
        guest = null;
        boolean isOwnWaiting = seat.leaveAsGuest();
        if (isOwnWaiting || isOwnWanted) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void execute(Runnable task, int bytes) {
        execute(OWN, task, bytes);
    }

    private void execute(Session behind, Runnable task, int bytes) {
        ingress.offer(new Ingress.Arrival.Work(behind, task, bytes));
        wakeUp();
    }

    /** The session keeps so many bytes on this partition's account, until {@link #took}. Any thread. */
    public void keeps(Session session, int bytes) {
        ingress.keeps(session, bytes);
    }

    /** Any thread. */
    public void took(Session session, int bytes) {
        ingress.took(session, bytes);
    }

    /** Answers COUNTED or what is in the way of the partition's part of this SUBMIT_BATCH or ACK, behind what was received before. Any thread. */
    public void wouldTake(Session asker, ByteBuffer frame) {
        execute(asker, () -> leading().wouldTake(asker, frame), frame.remaining());
    }

    /** The partition's thread. */
    public ReplayRuns replays() {
        return leading().replays();
    }

    @Override
    public void takeOver(byte[] handOver) {
        leading().takeOver(handOver);
    }

    @Override
    public void handedOver(long number, TransferredTasks tasks) {
        leading().handedOver(number, tasks);
    }

    /** The connection is gone. Any thread, after its last {@link #receive}. */
    public void closed(Session session) {
        ingress.offerEnd(session);
        wakeUp();
    }

    /** The session was granted other rights. Any thread, after what it sent under the earlier ones. */
    public void rightsChanged(Session session) {
        execute(() -> leading().review(session), 0);
    }

    /** So much was received and not taken in that nobody should read more from a socket. Any thread. */
    public boolean isCrowded() {
        return ingress.isCrowded();
    }

    /** Twice as much as that: whoever can't be left unread has to be refused. Any thread. */
    public boolean isOverfull() {
        return ingress.isOverfull();
    }

    /** Runs it once this is no longer crowded, on any thread. */
    public void onceRoomy(Runnable resume) {
        ingress.onceRoomy(resume);
    }

    /** Refuses new work from here on; what workers hold can still be acknowledged. Any thread. */
    public void drain() {
        draining = true;
        LockSupport.unpark(thread);
    }

    /** Any thread. */
    public boolean isDraining() {
        return draining;
    }

    /** To see whether the thread comes round. Any thread. */
    public DutyCycle cycle() {
        return cycle;
    }

    /** Where the thread is. Any thread. */
    public StackTraceElement[] stack() {
        Thread present = guest;
        return (present == null ? thread : present).getStackTrace();
    }

    /** To see what waits for space on the disk. Any thread. */
    public DiskRoom room() {
        return applier.room();
    }

    private void wakeUp() {
        if (seat.isEmpty()) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends the thread after what it has taken in is journaled, applied and answered. Any thread but this. */
    public void stop() throws InterruptedException {
        askToStop();
        join();
    }

    public void askToStop() {
        stopping = true;
        LockSupport.unpark(thread);
    }

    public void join() throws InterruptedException {
        thread.join();
    }

    @Override
    public void run() {
        try {
            while (!stopping && !broken) {
                if (step() == 0) {
                    rest();
                }
            }
            if (broken) {
                return; // the guest has said why
            }
            finish();
            cycle.rests();
        } catch (RuntimeException | Error e) {
            // A broken invariant or a failed disk: nothing may be confirmed any more.
            failed.accept(e);
        }
    }

    /**
     * One duty cycle. For the agent's thread, or for a caller that owns the partition in its place; an exception is final.
     *
     * @return 0 when there was nothing to do
     */
    public int step() {
        Elections roles = elections;
        Leadership leads = roles == null ? leading() : changeRole(roles);
        return leads == null ? stepFollowing() : stepLeading(leads);
    }

    private int stepLeading(Leadership leads) {
        cycle.begins();
        applier.room().review();
        leads.followWall();
        cycle.at(Step.COMPACT);
        int work = stopping ? 0 : applier.compact();
        cycle.at(Step.TAKE_IN);
        work += leads.takeIn(draining);
        cycle.at(Step.APPEND);
        work += leads.append();
        cycle.at(Step.APPLY);
        work += leads.poll();
        noteApplied();
        cycle.at(Step.ANSWER);
        work += leads.answer();
        work += answerStale();
        cycle.at(Step.GO_ON);
        work += leads.goOn(stopping || draining);
        cycle.at(Step.WAITS);
        work += leads.expireWaits(draining);
        work += snapshot();
        cycle.at(Step.REPLY);
        leads.flush();
        return work;
    }

    private int snapshot() {
        cycle.at(Step.SNAPSHOT);
        int work = applier.snapshot(log.releasedSequence());
        Elections roles = elections;
        Snapshots snapshots = applier.snapshots();
        if (work > 0 && roles != null && snapshots != null) {
            roles.covered(snapshots.lastSequence());
        }
        return work;
    }

    /** What every copy does. Whatever else came is too late: this machine does not lead. */
    private int stepFollowing() {
        cycle.begins();
        applier.room().isLow(); // no submit asks here, and the leader wants to know
        applier.room().review();
        cycle.at(Step.COMPACT);
        int work = stopping ? 0 : applier.compact();
        cycle.at(Step.TAKE_IN);
        work += ingress.discard();
        Ingress old = left;
        work += old == null ? 0 : old.discard();
        cycle.at(Step.APPLY);
        int applied = log.poll(applier::apply, Leadership.BATCHES_PER_POLL);
        noteApplied();
        cycle.at(Step.ANSWER);
        int answered = answerStale();
        return work + applied + answered + snapshot();
    }

    private int answerStale() {
        StaleReads reads = staleReads;
        return reads == null ? 0 : reads.step();
    }

    private void noteApplied() {
        Elections roles = elections;
        if (roles != null) {
            roles.applied();
        }
    }

    /** Null while this machine does not lead. */
    private @Nullable Leadership changeRole(Elections roles) {
        Leadership present = leadership;
        if (present == null && roles.mayLead()) {
            return begin(roles);
        }
        if (present != null && roles.isOver()) {
            end(roles, present);
            return null;
        }
        if (present != null && roles.hasBegun()) {
            present.begin(peers);
            roles.tellLeads();
        }
        return present;
    }

    private Leadership begin(Elections roles) {
        List<FrameWriter> first = roles.begin();
        Leadership begun = new Leadership(parts, applier, ingress);
        begun.heap().retainedBytesMax(retainedBytesMax);
        first.forEach(begun::addOwn);
        begun.followWall();
        begun.append();
        leadership = begun;
        return begun;
    }

    /** What was answered is true; what was not, clients ask the next leader again. */
    private void end(Elections roles, Leadership present) {
        present.flush();
        present.end();
        leadership = null;
        left = ingress;
        ingress = new Ingress(partition.placement().partitions());
        parts.room().shares().leadershipEnded();
        roles.end();
    }

    private void finish() {
        if (elections != null) {
            finishFollowing(elections);
            return;
        }
        Leadership leads = leading();
        leads.append();
        long waitUntilMs = clock.getAsLong() + PEERS_MS_MAX;
        while (leads.isBehind()
                || draining && leads.mustAnswer()
                || leads.mayBeAwaited() && clock.getAsLong() < waitUntilMs) {
            if (step() == 0) {
                rest();
            }
        }
        leads.finish();
        Snapshots snapshots = applier.snapshots();
        if (snapshots != null) {
            lastSnapshot(snapshots);
        }
    }

    /** The log brings nothing more: it was closed before. What was proposed and is not agreed on is not waited for. */
    private void finishFollowing(Elections roles) {
        roles.close();
        while (step() > 0) {
            cycle.rests();
        }
        Snapshots snapshots = applier.snapshots();
        if (snapshots != null) {
            lastSnapshot(snapshots);
        }
    }

    /** With it the next start has nothing to replay, and another version of the broker can read what this one did. */
    private void lastSnapshot(Snapshots last) {
        applier.endHashing();
        while (last.isBusy()
                || last.wantsOnStop() && !last.covers(log.releasedSequence()) && !last.hasFailed() && maySettle()) {
            boolean begins =
                    !last.isBusy() && partition.isSettled() && log.releasedSequence() == log.appendedSequence();
            if ((begins ? last.begin(log.releasedSequence()) : step()) == 0) {
                rest();
            }
        }
    }

    /** What is due waits for a record that says what time it is; to one that follows none comes any more. */
    private boolean maySettle() {
        return elections == null || partition.isSettled();
    }

    private void rest() {
        cycle.rests();
        Leadership leads = leadership;
        restsUntilMs = leads == null ? Partition.NEVER : leads.nextDueMs();
        long nanos =
                leads == null ? PARK_NANOS_MAX : ingress.hasLine() ? 0 : leads.nanosUntil(restsUntilMs, PARK_NANOS_MAX);
        seat.leave();
        StaleReads reads = staleReads;
        if (nanos > 0 && ingress.isEmpty() && (reads == null || reads.isEmpty())) {
            idle.accept(nanos);
        }
        while (!seat.enter() && !broken) {
            idle.accept(PARK_NANOS_MAX);
        }
    }
}
