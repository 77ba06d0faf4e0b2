package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Store;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.partition.DutyCycle.Step;
import io.telpher.broker.thread.Threads;
import io.telpher.protocol.EndWaits;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.HandedOver;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Tick;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns a partition. Its duty cycle: take in what the network left, append it as one batch, apply what the journal has
 * released, answer queries, let time pass by a TICK, send the replies. Nothing else ever touches the core.
 */
public final class PartitionAgent implements Runnable {
    /** Of at most 1,024 records each, about: some milliseconds of work, or ten when all of them are much. */
    private static final int BATCHES_PER_POLL = 8;

    /** In whose turn the broker's own work is done. */
    private static final Session OWN = new OwnSession(Session.OWN_ID) {
        @Override
        protected void answered(ByteBuffer frames) {}
    };

    private static final int DEADLINES_PER_TICK = 10_000;
    /** While a snapshot is copied: each may be of a page that has to be copied first. */
    private static final int DEADLINES_PER_TICK_COPYING = 500;

    /** Stamps are rounded down, so a duration that began within a millisecond is over for certain with the one behind its end. */
    private static final int TICK_MARGIN_MS = BrokerClock.ROUNDING_MS;

    /** Some milliseconds' work. */
    private static final int WAITS_PER_RECORD = 5_000;

    /** What a thread that received something takes in itself: a few small requests, or one with a payload as most have. */
    private static final int GUEST_BYTES_MAX = 16 << 10;

    private static final int GUEST_STEPS_MAX = 4;

    private static final long NEIGHBOURS_MS_MAX = 5_000;
    private static final long PARK_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final Partition partition;
    private final Log log;
    private final Store store;
    private final LongSupplier clock;
    private final Consumer<Throwable> failed;
    private final LongConsumer idle;
    private final ClientShares shares;
    private final ReserveShares reserves;
    private final Reserve reserve = new Reserve();
    private final Intake intake;
    private final Ingress ingress;
    private final Waits waits;
    private final Replies replies;
    private final Queries queries;
    private final DiskRoom room;
    private final HeapRoom heap;
    private final FrameWriter internal = new FrameWriter();
    private final DutyCycle cycle = new DutyCycle(System::nanoTime);
    private final Thread thread;

    private @Nullable Snapshots snapshots;
    private @Nullable Compactor compactor;
    private Batch batch;
    private @Nullable Neighbours neighbours;
    private @Nullable WallFollower wall;
    private long tickSequence;
    private long endWaitsSequence;
    private final Seat seat = new Seat();
    /** When the own thread, which rests, comes back by itself. Whoever has the seat. */
    private long restsUntilMs;

    private volatile boolean broken;
    private volatile @Nullable Thread guest;
    private volatile boolean stopping;
    private volatile boolean draining;

    /**
     * @param partition recovered: it has applied all that the journal holds
     * @param failed told why the thread ended, when it was not asked to
     */
    public PartitionAgent(Partition partition, Log log, Store store, LongSupplier clock, Consumer<Throwable> failed) {
        this(partition, log, store, clock, failed, LockSupport::parkNanos);
    }

    /** With shares of its own. */
    public PartitionAgent(
            Partition partition,
            Log log,
            Store store,
            LongSupplier clock,
            Consumer<Throwable> failed,
            LongConsumer idle) {
        this(partition, log, store, clock, failed, ClientShares.byDefault(), idle);
    }

    /**
     * @param shares what clients may hold, of all partitions together
     * @param idle lets so many nanoseconds pass, or fewer when {@link #journalAdvanced} or another call has work for the thread
     */
    public PartitionAgent(
            Partition partition,
            Log log,
            Store store,
            LongSupplier clock,
            Consumer<Throwable> failed,
            ClientShares shares,
            LongConsumer idle) {
        this.partition = partition;
        this.log = log;
        this.store = store;
        this.clock = clock;
        this.failed = failed;
        this.idle = idle;
        this.shares = shares;
        this.room = new DiskRoom(partition, store, clock);
        this.heap = new HeapRoom(partition, store, clock);
        this.waits = new Waits(store, clock, shares.parking());
        Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
        this.replies = new Replies(store, clock, sessions, waits::finished);
        this.reserves = new ReserveShares(shares.reserves());
        partition.watchWaiters(reserves);
        this.queries = new Queries(partition, log, store, clock, sessions, waits, replies, shares);
        this.intake = new Intake(partition, log, clock, room, heap, sessions, replies, queries, shares, reserves);
        this.ingress = intake.ingress();
        this.batch = log.newBatch();
        this.thread = Threads.make("telpher-partition", this, failed);
    }

    /** Snapshots are taken from here on; before {@link #start}. */
    public void takeSnapshots(SnapshotPlan plan) {
        Snapshots taken = new Snapshots(partition, store, clock, room, plan, shares.snapshots());
        snapshots = taken;
        queries.snapshots(taken);
    }

    /**
     * Journal files that nothing needs are deleted from here on; before {@link #start}.
     *
     * @param oldestNeededFile the first one that a start may need; 0 = all
     */
    public void compact(IntSupplier oldestNeededFile) {
        compactor = new Compactor(partition, store, clock, room, oldestNeededFile);
    }

    /** What the pieces of long answers are measured by, instead of {@link System#nanoTime}; before {@link #start}. */
    public void nanoTime(LongSupplier time) {
        queries.nanoTime(time);
    }

    /** Replays that are under way when the broker stops are told to its next run by this file; before {@link #start}. */
    public void keepReplayRunsIn(Path file) {
        queries.keepRunsIn(new ReplayRunFile(file));
    }

    /** {@code limits.max_payload}, for payloads that are patched; before {@link #start}. */
    public void payloadBytesMax(int bytes) {
        queries.payloadBytesMax(bytes);
    }

    /** What this run does not remember of a task's history is looked up in the journal from here on; before {@link #start}. */
    public void lookBack(LookBackPlan plan) {
        queries.lookBack(plan);
    }

    /** Its tasks share this with other partitions'; before {@link #start}. */
    public void shareHeap(HeapBudget budget) {
        heap.budget(budget);
    }

    /** What finished tasks may take while there is room, as configured. Any thread. */
    public void retainedBytesMax(long bytes) {
        heap.retainedBytesMax(bytes);
    }

    /** Whoever asks for the broker's numbers is told of these; before {@link #start}. */
    public void showSyncs(RecentSyncs syncs) {
        queries.syncs(syncs);
    }

    /** Is told of every change of a task's state, on this agent's thread, so it must be quick; before {@link #start}. */
    public void watch(TransitionListener listener) {
        queries.watcher(listener);
    }

    /** The core is told from here on how the wall clock stands to the broker's; before {@link #start}. */
    public void followWall(BrokerClock wallAndBroker) {
        WallFollower follower = new WallFollower(partition, wallAndBroker);
        wall = follower;
        follower.follow(clock.getAsLong(), batch, log.appendedSequence(), log.releasedSequence());
        settleOwn();
    }

    /** There are other partitions, and this is how they are reached; before {@link #start}. */
    void neighbours(Neighbours others) {
        neighbours = others;
        replies.neighbours(partition.placement().partition(), others);
    }

    /** The journal may have released something. Any thread. */
    public void journalAdvanced() {
        LockSupport.unpark(thread);
    }

    /** Starts the thread. Replies go out from here on. */
    public void start() {
        begin();
        thread.start();
    }

    /** Replies go out from here on; whoever called takes each {@link #step} itself, instead of a thread of the agent's. */
    public void begin() {
        partition.outbox(replies);
        Neighbours others = neighbours;
        if (others != null) {
            // What an earlier run owed: told again, and known to who has it already.
            partition
                    .owed()
                    .forEach(owed ->
                            others.tell(owed.number(), owed.target(), owed.maker(), store.read(owed.location()), 0));
        }
    }

    /** Applies a record of the broker's own before {@link #start}: a new term, a policy from the configuration. */
    public void applyOwn(FrameWriter frame) {
        batch.add(clock.getAsLong(), 0, frame.written(), true);
        settleOwn();
    }

    private void settleOwn() {
        append();
        while (log.releasedSequence() < log.appendedSequence()) {
            if (log.poll(this::apply, BATCHES_PER_POLL) == 0) {
                idle.accept(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Takes whole, validated frames. Any thread; the buffer is the agent's to release. */
    public void receive(Session session, ByteBuf frames) {
        ingress.offer(session, frames);
        wakeUp();
    }

    /** The same, for a caller that has a {@link #turn} next. */
    void leave(Session session, ByteBuf frames) {
        ingress.offer(session, frames);
    }

    /**
     * Has what was {@link #leave left} taken in: by the caller, if that promises to be quick and the own thread rests, since waking it and hearing back
     * from it takes longer than a small request does; otherwise by the own thread. Any thread but that one.
     */
    void turn() {
        boolean isSmall = ingress.bytes() <= GUEST_BYTES_MAX;
        if (!isSmall || draining || stopping || !log.isQuick() || !seat.enterAsGuest()) {
            wakeUp();
            return;
        }
        guest = Thread.currentThread();
        try {
            do {
                stepAsGuest();
            } while (!ingress.isEmpty() && seat.enterAsGuest());
        } catch (RuntimeException | Error e) {
            // The seat is not given up: nothing may be confirmed any more.
            broken = true;
            LockSupport.unpark(thread);
            failed.accept(e);
        } finally {
            guest = null;
        }
    }

    private void stepAsGuest() {
        int steps = 0;
        boolean isLong = snapshots != null && snapshots.isBusy();
        while (!isLong && steps < GUEST_STEPS_MAX && step() > 0) {
            steps++;
        }
        cycle.rests();
        boolean isOwnWanted = isLong || steps == GUEST_STEPS_MAX || ingress.hasLine() || nextDueMs() < restsUntilMs;
        if (seat.leaveAsGuest() | isOwnWanted) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Runs it on the partition's thread, in the order of these calls. Any thread.
     *
     * @param bytes that it keeps meanwhile
     */
    void execute(Runnable task, int bytes) {
        execute(OWN, task, bytes);
    }

    private void execute(Session behind, Runnable task, int bytes) {
        ingress.offer(new Ingress.Arrival.Work(behind, task, bytes));
        wakeUp();
    }

    /** The session keeps so many bytes on this partition's account, until {@link #took}. Any thread. */
    void keeps(Session session, int bytes) {
        ingress.keeps(session, bytes);
    }

    /** Any thread. */
    void took(Session session, int bytes) {
        ingress.took(session, bytes);
    }

    /** Answers COUNTED or what is in the way of the partition's part of this SUBMIT_BATCH or ACK, behind what was received before. Any thread. */
    void wouldTake(Session asker, ByteBuffer frame) {
        execute(asker, () -> intake.wouldTake(asker, frame), frame.remaining());
    }

    /** The partition's thread. */
    ReplayRuns replays() {
        return queries.replays();
    }

    /** Another partition's HAND_OVER. The partition's thread. */
    void takeOver(byte[] handOver) {
        batch.add(clock.getAsLong(), 0, ByteBuffer.wrap(handOver).order(ByteOrder.LITTLE_ENDIAN), true);
    }

    /** Another partition has what this one handed over, as these tasks; none when it told so before. The partition's thread. */
    void handedOver(long number, HandedTasks tasks) {
        ByteBuffer settled = HandedOver.write(internal.clear(), number).written();
        batch.add(clock.getAsLong(), 0, settled, false);
        replies.handedOver(number, tasks);
    }

    /** The connection is gone. Any thread, after its last {@link #receive}. */
    public void closed(Session session) {
        ingress.offerEnd(session);
        wakeUp();
    }

    /** The session was granted other rights. Any thread, after what it sent under the earlier ones. */
    void rightsChanged(Session session) {
        execute(() -> intake.review(session), 0);
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
        return room;
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

    void askToStop() {
        stopping = true;
        LockSupport.unpark(thread);
    }

    void join() throws InterruptedException {
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
                return; // a guest said why
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
        cycle.begins();
        room.review();
        followWall();
        int work = compact();
        cycle.at(Step.TAKE_IN);
        work += intake.step(batch, draining);
        tick();
        endWaits();
        cycle.at(Step.APPEND);
        work += append();
        cycle.at(Step.APPLY);
        work += log.poll(this::apply, BATCHES_PER_POLL);
        cycle.at(Step.ANSWER);
        work += queries.answer(log.releasedSequence());
        cycle.at(Step.GO_ON);
        work += intake.goOn(batch, log.releasedSequence());
        work += queries.goOn(batch, clock.getAsLong(), log.releasedSequence(), stopping || draining);
        replies.giveBack(batch);
        cycle.at(Step.WAITS);
        work += waits.expire(partition, replies, draining);
        cycle.at(Step.SNAPSHOT);
        work += snapshots == null ? 0 : snapshots.step(log.releasedSequence(), replies);
        cycle.at(Step.REPLY);
        replies.flush();
        return work;
    }

    /** Before anything is taken in: a thread that stood still for long judges no time by what the wall clock showed then. */
    private void followWall() {
        WallFollower follower = wall;
        if (follower != null) {
            follower.follow(clock.getAsLong(), batch, log.appendedSequence(), log.releasedSequence());
        }
    }

    private int compact() {
        cycle.at(Step.COMPACT);
        Compactor present = compactor;
        return present != null && !stopping ? present.step() : 0;
    }

    private void finish() {
        append();
        long waitUntilMs = clock.getAsLong() + NEIGHBOURS_MS_MAX;
        // The last batch may have to wait for those before it.
        while (log.releasedSequence() < log.appendedSequence()
                || batch.count() > 0
                || draining && mustAnswer()
                || (mustHearFromOthers() || queries.isScanning()) && clock.getAsLong() < waitUntilMs) {
            if (step() == 0) {
                rest();
            }
        }
        queries.finish();
        if (snapshots != null) {
            lastSnapshot(snapshots);
        }
    }

    /** Those who wait are told before their connections are closed. */
    private boolean mustAnswer() {
        return partition.waitingCount() > 0 || !waits.isEmpty() || intake.holdsBack();
    }

    /** What is handed over and not confirmed can wait for the next start, but somebody waits for the reply. */
    private boolean mustHearFromOthers() {
        return neighbours != null && !neighbours.areSettled();
    }

    /** With it the next start has nothing to replay, and another version of the broker can read what this one did. */
    private void lastSnapshot(Snapshots last) {
        while (last.isBusy() || last.wantsOnStop() && !last.covers(log.releasedSequence()) && !last.hasFailed()) {
            boolean begins =
                    !last.isBusy() && partition.isSettled() && log.releasedSequence() == log.appendedSequence();
            if ((begins ? last.begin(log.releasedSequence()) : step()) == 0) {
                rest();
            }
        }
    }

    private void rest() {
        cycle.rests();
        long due = nextDueMs();
        long nanos = ingress.hasLine() ? 0 : nanosUntil(due);
        restsUntilMs = due;
        seat.leave();
        if (nanos > 0 && ingress.isEmpty()) {
            idle.accept(nanos);
        }
        while (!seat.enter() && !broken) {
            idle.accept(PARK_NANOS_MAX);
        }
    }

    private long nextDueMs() {
        long due = Math.min(queries.nextDeadlineMs(), Math.min(waits.nextDeadlineMs(), intake.nextDeadlineMs()));
        if (tickSequence <= log.releasedSequence()) {
            long fires = partition.nextDeadlineMs();
            due = Math.min(due, fires == Partition.NEVER ? fires : fires + TICK_MARGIN_MS);
        }
        return due;
    }

    private long nanosUntil(long due) {
        long untilMs = due - clock.getAsLong();
        if (untilMs > TimeUnit.NANOSECONDS.toMillis(PARK_NANOS_MAX)) {
            return PARK_NANOS_MAX;
        }
        WallFollower follower = wall;
        return follower == null ? TimeUnit.MILLISECONDS.toNanos(untilMs) : follower.nanosUntil(due);
    }

    private void tick() {
        long now = clock.getAsLong();
        WallFollower follower = wall;
        boolean isWanted = snapshots != null && snapshots.wantsRecord(log.releasedSequence());
        if ((partition.nextDeadlineMs() <= now - TICK_MARGIN_MS || isWanted)
                && tickSequence <= log.releasedSequence()) {
            if (follower != null) {
                follower.followNow(now, batch, log.appendedSequence(), log.releasedSequence());
            }
            int limit = snapshots != null && snapshots.isCopying() ? DEADLINES_PER_TICK_COPYING : DEADLINES_PER_TICK;
            batch.add(
                    now,
                    0,
                    Tick.write(internal.clear(), 0, limit, TICK_MARGIN_MS).written(),
                    false);
            tickSequence = log.appendedSequence() + batch.count();
        }
    }

    /** The broker stops: nobody is to wait for what it will not hand out any more. */
    private void endWaits() {
        if (draining && partition.waitingCount() > 0 && endWaitsSequence <= log.releasedSequence()) {
            EndWaits.write(internal.clear(), 0, WAITS_PER_RECORD);
            batch.add(clock.getAsLong(), 0, internal.written(), false);
            endWaitsSequence = log.appendedSequence() + batch.count();
        }
    }

    private int append() {
        int count = batch.count();
        if (count == 0 || log.append(batch) == Log.BACK_PRESSURED) {
            return 0;
        }
        batch = log.newBatch();
        return count;
    }

    private void apply(Record record) {
        if (record.isLocal()) {
            partition.onLocalRecord(record.location(), record.buffer(), record.frameOffset());
            return;
        }
        long location = record.location();
        ByteBuffer in = record.buffer();
        boolean isReserve = Frame.typeCode(in, record.frameOffset()) == MessageType.RESERVE.code();
        boolean mayWait = isReserve && ReserveShares.mayWait(reserve.wrap(in, record.frameOffset()));
        partition.onRecord(record.stampMs(), record.session(), location, record.crc(), in, record.frameOffset());
        if (mayWait) {
            reserves.applied(record.session());
        }
    }
}
