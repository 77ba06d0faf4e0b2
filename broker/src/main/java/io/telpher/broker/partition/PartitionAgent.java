package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Journal;
import io.telpher.broker.journal.Record;
import io.telpher.protocol.Disconnect;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Problem;
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
    /** A batch is closed at this size; what is left waits for the next cycle. */
    private static final int BATCH_BYTES = 1 << 20;

    private static final int BATCHES_PER_POLL = 64;

    /** What a query that waits for its answer takes, about: the socket of a client that has many of them is left unread. */
    private static final int QUERY_BYTES = 256;

    private static final int DEADLINES_PER_TICK = 10_000;

    /** While a snapshot is copied: each may be of a page that has to be copied first. */
    private static final int DEADLINES_PER_TICK_COPYING = 500;

    private static final long PARK_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final Partition partition;
    private final Journal journal;
    private final LongSupplier clock;
    private final Consumer<Throwable> failed;
    private final LongConsumer idle;
    private final Ingress ingress = new Ingress();
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    private final Waits waits;
    private final Replies replies;
    private final Queries queries;
    private final Admission admission;
    private final DiskRoom room;
    private final TaskRights rights;
    private final FrameWriter internal = new FrameWriter();
    private final Thread thread;

    private @Nullable Snapshots snapshots;
    private @Nullable Compactor compactor;
    private Batch batch;
    private Ingress.@Nullable Arrival arrival;
    private long appliedSequence;
    private long tickSequence;
    private volatile boolean parked;
    private volatile boolean stopping;
    private volatile boolean draining;

    /**
     * @param partition recovered: it has applied all that the journal holds
     * @param failed told why the thread ended, when it was not asked to
     */
    public PartitionAgent(Partition partition, Journal journal, LongSupplier clock, Consumer<Throwable> failed) {
        this(partition, journal, clock, failed, LockSupport::parkNanos);
    }

    /** @param idle lets so many nanoseconds pass, or fewer when {@link #journalAdvanced} or another call has work for the thread */
    public PartitionAgent(
            Partition partition, Journal journal, LongSupplier clock, Consumer<Throwable> failed, LongConsumer idle) {
        this.partition = partition;
        this.journal = journal;
        this.clock = clock;
        this.failed = failed;
        this.idle = idle;
        this.room = new DiskRoom(partition, journal, clock);
        this.waits = new Waits(journal, clock);
        this.replies = new Replies(journal, clock, sessions, waits::finished);
        this.queries = new Queries(partition, journal, clock, sessions, waits, replies);
        queries.onAnswered(session -> ingress.took(session, QUERY_BYTES));
        this.admission = new Admission(partition, room);
        this.rights = new TaskRights(partition);
        this.batch = journal.newBatch();
        this.appliedSequence = journal.appendedSequence();
        this.thread = new Thread(this, "telpher-partition");
    }

    /** Snapshots are taken from here on; before {@link #start}. */
    public void takeSnapshots(SnapshotPlan plan) {
        Snapshots taken = new Snapshots(partition, journal, clock, room, plan);
        snapshots = taken;
        queries.snapshots(taken);
    }

    /**
     * Journal files that nothing needs are deleted from here on; before {@link #start}.
     *
     * @param oldestNeededFile the first one that a start may need; 0 = all
     */
    public void compact(IntSupplier oldestNeededFile) {
        compactor = new Compactor(partition, journal, clock, room, oldestNeededFile);
    }

    /** Replays that are under way when the broker stops are told to its next run by this file; before {@link #start}. */
    public void keepReplayRunsIn(Path file) {
        queries.keepRunsIn(new ReplayRunFile(file));
    }

    /** What this run does not remember of a task's history is looked up in the journal from here on; before {@link #start}. */
    public void lookBack(LookBackPlan plan) {
        queries.lookBack(plan);
    }

    /** Whoever asks for the broker's numbers is told of these; before {@link #start}. */
    public void showSyncs(RecentSyncs syncs) {
        queries.syncs(syncs);
    }

    /** Is told of every change of a task's state, on this agent's thread, so it must be quick; before {@link #start}. */
    public void watch(TransitionListener listener) {
        queries.watcher(listener);
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
    }

    /** Applies a record of the broker's own before {@link #start}: a new term, a policy from the configuration. */
    public void applyOwn(FrameWriter frame) {
        batch.add(clock.getAsLong(), 0, frame.written(), true);
        append();
        while (appliedSequence < journal.appendedSequence()) {
            if (journal.poll(this::apply, BATCHES_PER_POLL) == 0) {
                idle.accept(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Takes whole, validated frames. Any thread; the buffer is the agent's to release. */
    public void receive(Session session, ByteBuf frames) {
        ingress.offer(new Ingress.Arrival(session, frames));
        wakeUp();
    }

    /** The connection is gone. Any thread, after its last {@link #receive}. */
    public void closed(Session session) {
        ingress.offer(new Ingress.Arrival(session, null));
        wakeUp();
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
        wakeUp();
    }

    /** Any thread. */
    public boolean isDraining() {
        return draining;
    }

    /** To see what waits for space on the disk. Any thread. */
    public DiskRoom room() {
        return room;
    }

    private void wakeUp() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends the thread after what it has taken in is journaled, applied and answered. Any thread but this. */
    public void stop() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                if (step() == 0) {
                    rest();
                }
            }
            finish();
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
        room.review();
        // First, so that large frames of clients and large copies don't come together in one batch.
        int work = compact() + takeIn();
        tick();
        work += append();
        work += journal.poll(this::apply, BATCHES_PER_POLL);
        work += queries.answer(appliedSequence);
        work += queries.goOn(batch, clock.getAsLong(), stopping || draining);
        work += waits.expire(partition, replies);
        work += snapshots == null ? 0 : snapshots.step(appliedSequence, replies);
        replies.flush();
        return work;
    }

    private int compact() {
        Compactor present = compactor;
        boolean mayCopy = !stopping && batch.bytes() < BATCH_BYTES;
        return present != null && mayCopy ? present.step(batch, appliedSequence) : 0;
    }

    private void finish() {
        append();
        // The last batch may have to wait for those before it.
        while (appliedSequence < journal.appendedSequence() || batch.count() > 0) {
            if (step() == 0) {
                rest();
            }
        }
        queries.finish();
        if (snapshots != null) {
            lastSnapshot(snapshots);
        }
    }

    /** With it the next start has nothing to replay, and another version of the broker can read what this one did. */
    private void lastSnapshot(Snapshots last) {
        while (last.isBusy() || last.wantsOnStop() && !last.covers(appliedSequence) && !last.hasFailed()) {
            boolean begins = !last.isBusy() && partition.isSettled() && appliedSequence == journal.appendedSequence();
            if ((begins ? last.begin(appliedSequence) : step()) == 0) {
                rest();
            }
        }
    }

    private void rest() {
        parked = true;
        long nanos = nanosUntilDue();
        if (nanos > 0 && ingress.isEmpty()) {
            idle.accept(nanos);
        }
        parked = false;
    }

    private long nanosUntilDue() {
        long due = Math.min(queries.nextDeadlineMs(), waits.nextDeadlineMs());
        if (tickSequence <= appliedSequence) {
            due = Math.min(due, partition.nextDeadlineMs());
        }
        long untilMs = due - clock.getAsLong();
        return untilMs > TimeUnit.NANOSECONDS.toMillis(PARK_NANOS_MAX)
                ? PARK_NANOS_MAX
                : TimeUnit.MILLISECONDS.toNanos(untilMs);
    }

    private int takeIn() {
        int work = 0;
        while (batch.bytes() < BATCH_BYTES) {
            Ingress.Arrival next = arrival != null ? arrival : ingress.poll();
            if (next == null) {
                break;
            }
            arrival = null;
            work++;
            if (next.frames() == null) {
                end(next.session());
            } else {
                takeIn(next, next.frames());
            }
        }
        return work;
    }

    private void takeIn(Ingress.Arrival from, ByteBuf frames) {
        Session session = from.session();
        if (sessions.put(session.id(), session) == null) {
            session.seen(clock.getAsLong());
        }
        int before = frames.readableBytes();
        long now = clock.getAsLong();
        session.seen(now);
        ByteBuffer buffer = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int offset = 0;
        while (offset < before && batch.bytes() < BATCH_BYTES) {
            int bytes = (int) Frame.bytes(buffer, offset);
            take(session, buffer, offset, bytes, now);
            offset += bytes;
        }
        frames.skipBytes(offset);
        ingress.took(session, offset);
        if (frames.isReadable()) {
            arrival = from;
        } else {
            frames.release();
        }
    }

    private void take(Session session, ByteBuffer buffer, int offset, int bytes, long now) {
        MessageType type = MessageType.known(Frame.typeCode(buffer, offset));
        Problem forbidden = rights.problem(session, type, buffer, offset);
        if (forbidden != null) {
            replies.refuse(session, Frame.requestId(buffer, offset), forbidden);
        } else if (type.kind() == MessageType.Kind.QUERY || queries.resolvesFirst(type, buffer, offset)) {
            queries.add(session, buffer, offset, bytes, journal.appendedSequence() + batch.count());
            ingress.keeps(session, QUERY_BYTES);
        } else if (admission.admits(session, type, buffer, offset, draining, replies)) {
            ByteBuffer frame = buffer.duplicate().limit(offset + bytes).position(offset);
            batch.add(now, session.id(), frame, Admission.isDurable(type));
        }
    }

    private void end(Session session) {
        sessions.remove(session.id());
        waits.forget(session);
        queries.forget(session);
        session.flush();
        // While draining, leases outlive their connections: the workers come back to the next run of the broker.
        if (session.reserves() && !draining) {
            ByteBuffer frame = Disconnect.write(internal.clear(), 0).written();
            batch.add(clock.getAsLong(), session.id(), frame, false);
        }
    }

    private void tick() {
        long now = clock.getAsLong();
        boolean isWanted = snapshots != null && snapshots.wantsRecord(appliedSequence);
        if ((partition.nextDeadlineMs() <= now || isWanted) && tickSequence <= appliedSequence) {
            int limit = snapshots != null && snapshots.isCopying() ? DEADLINES_PER_TICK_COPYING : DEADLINES_PER_TICK;
            batch.add(now, 0, Tick.write(internal.clear(), 0, limit).written(), false);
            tickSequence = journal.appendedSequence() + batch.count();
        }
    }

    private int append() {
        int count = batch.count();
        if (count == 0 || journal.append(batch) == Journal.BACK_PRESSURED) {
            return 0;
        }
        batch = journal.newBatch();
        return count;
    }

    private void apply(Record record) {
        long location = record.location();
        ByteBuffer in = record.buffer();
        partition.onRecord(record.stampMs(), record.session(), location, record.crc(), in, record.frameOffset());
        appliedSequence = record.sequence();
    }
}
