package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.core.state.WaiterListener;
import io.telpher.broker.journal.Batch;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Store;
import io.telpher.broker.partition.answer.Queries;
import io.telpher.broker.partition.answer.ResultWaiters;
import io.telpher.broker.partition.deadletter.ReplayRunFile;
import io.telpher.broker.partition.intake.Ingress;
import io.telpher.broker.partition.intake.Intake;
import io.telpher.broker.partition.replica.Applier;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.replica.Snapshots;
import io.telpher.broker.partition.reply.Peers;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.reply.TransferredTasks;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.run.ReplayRuns;
import io.telpher.broker.partition.session.ReserveShares;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.storage.HeapRoom;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.broker.partition.time.WallFollower;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.EndWaits;
import io.telpher.protocol.record.HandedOver;
import io.telpher.protocol.record.Tick;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the one copy of a partition does that leads: takes requests in and appends them, lets time pass, answers. Made anew for each epoch of the log: sessions, and what
 * they wait for, end with it. The partition's thread, but for what says otherwise.
 */
final class Leadership {
    /** Of at most 1,024 records each, about: some milliseconds of work, or ten when all of them are much. */
    static final int BATCHES_PER_POLL = 8;

    /** A batch that is begun is applied whole, so it is that much and one batch. */
    private static final long APPLY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int DEADLINES_PER_TICK = 10_000;
    /** While a snapshot is copied: each may be of a page that has to be copied first. */
    private static final int DEADLINES_PER_TICK_COPYING = 500;

    /** Stamps are rounded down, so a duration that began within a millisecond is over for certain with the one behind its end. */
    private static final int TICK_MARGIN_MS = BrokerClock.ROUNDING_MS;

    /** Some milliseconds' work. */
    private static final int WAITS_PER_RECORD = 5_000;

    private final Partition partition;
    private final Applier applier;
    private final Log log;
    private final Store store;
    private final LongSupplier clock;
    private final LongSupplier nanoTime;
    private final @Nullable WallFollower wall;
    private final @Nullable Snapshots snapshots;
    private final ReserveShares reserves;
    private final Reserve reserve = new Reserve();
    private final ResultWaiters waits;
    private final Replies replies;
    private final Queries queries;
    private final Intake intake;
    private final HeapRoom heap;
    private final FrameWriter internal = new FrameWriter();
    private Batch batch;
    private @Nullable Peers peers;
    private long tickSequence;
    private long endWaitsSequence;

    Leadership(Parts parts, Applier applier, Ingress ingress) {
        this.partition = parts.partition();
        this.applier = applier;
        this.log = parts.log();
        this.store = parts.store();
        this.clock = parts.clock();
        this.nanoTime = parts.time().nanoTime();
        BrokerClock wallAndBroker = parts.time().wall();
        this.wall = wallAndBroker == null ? null : new WallFollower(partition, wallAndBroker);
        this.snapshots = applier.snapshots();
        ClientShares shares = parts.room().shares();
        this.waits = new ResultWaiters(store, clock, shares.parking());
        Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
        this.replies = new Replies(store, clock, sessions, waits::finished);
        this.reserves = new ReserveShares(shares.reserves());
        partition.watchWaiters(reserves);
        this.queries = new Queries(parts, applier, sessions, waits, replies);
        applier.leader(queries);
        this.heap = new HeapRoom(partition, store, clock, parts.room().heap());
        this.intake = new Intake(parts, applier.room(), heap, ingress, sessions, replies, queries, reserves);
        this.batch = log.newBatch();
        Path runs = parts.upkeep().replayRuns();
        if (runs != null) {
            queries.replays().keepIn(new ReplayRunFile(runs));
        }
    }

    HeapRoom heap() {
        return heap;
    }

    ReplayRuns replays() {
        return queries.replays();
    }

    /**
     * Replies go out from here on.
     *
     * @param others how the other partitions are reached; null when there are none
     */
    void begin(@Nullable Peers others) {
        peers = others;
        partition.outbox(replies);
        if (others != null) {
            replies.peers(partition.placement().partition(), others);
            // What an earlier run owed: told again, and known to who has it already.
            partition
                    .owed()
                    .forEach(owed ->
                            others.tell(owed.number(), owed.target(), owed.maker(), store.read(owed.location()), 0));
        }
    }

    /** A record of the broker's own. */
    void addOwn(FrameWriter frame) {
        batch.add(clock.getAsLong(), 0, frame.written(), true);
    }

    /** Before anything is taken in: a thread that stood still for long judges no time by what the wall clock showed then. */
    void followWall() {
        WallFollower follower = wall;
        if (follower != null) {
            follower.follow(clock.getAsLong(), batch, log.appendedSequence(), log.releasedSequence());
        }
    }

    /** Takes in what others left, and what is due; returns 0 when nothing was left. */
    int takeIn(boolean draining) {
        int work = intake.step(batch, draining);
        tick();
        if (draining) {
            endWaits();
        }
        return work;
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
            int limit = applier.isCopying() ? DEADLINES_PER_TICK_COPYING : DEADLINES_PER_TICK;
            batch.add(
                    now,
                    0,
                    Tick.write(internal.clear(), 0, limit, TICK_MARGIN_MS).written(),
                    false);
            tickSequence = log.appendedSequence() + batch.count();
        }
    }

    /** The broker stops: waiting reserves end, since nothing is handed out any more. */
    private void endWaits() {
        if (partition.waitingCount() > 0 && endWaitsSequence <= log.releasedSequence()) {
            EndWaits.write(internal.clear(), 0, WAITS_PER_RECORD);
            batch.add(clock.getAsLong(), 0, internal.written(), false);
            endWaitsSequence = log.appendedSequence() + batch.count();
        }
    }

    /** Returns how many records were appended. */
    int append() {
        int count = batch.count();
        if (count == 0 || log.append(batch) == Log.BACK_PRESSURED) {
            return 0;
        }
        batch = log.newBatch();
        return count;
    }

    /** Has what was released applied, batch by batch until that has taken long: then others are answered first. 0 = there was nothing. */
    int poll() {
        long end = nanoTime.getAsLong() + APPLY_NANOS_MAX;
        int applied = 0;
        for (int i = 0; i < BATCHES_PER_POLL; i++) {
            int now = log.poll(this::apply, 1);
            applied += now;
            if (now == 0 || nanoTime.getAsLong() - end >= 0) {
                break;
            }
        }
        return applied;
    }

    private void apply(Record record) {
        ByteBuffer in = record.buffer();
        boolean isReserve = Frame.typeCode(in, record.frameOffset()) == MessageType.RESERVE.code();
        boolean mayWait = isReserve && ReserveShares.mayWait(reserve.wrap(in, record.frameOffset()));
        applier.apply(record);
        if (mayWait) {
            reserves.applied(record.session());
        }
    }

    /** Of clients, as STATS counts them. */
    int connections() {
        return queries.connections();
    }

    /** Answers queries; returns 0 when there were none. */
    int answer() {
        return queries.answer(log.releasedSequence());
    }

    /** Goes on with what takes more than one duty cycle; returns 0 when there was nothing to do. */
    int goOn(boolean stopping) {
        int work = intake.goOn(batch, log.releasedSequence());
        work += queries.goOn(batch, clock.getAsLong(), log.releasedSequence(), stopping);
        replies.giveBack(batch);
        return work;
    }

    /** Answers those who have waited long enough; returns 0 when there were none. */
    int expireWaits(boolean draining) {
        return waits.expire(partition, replies, draining);
    }

    /** Sends the replies. */
    void flush() {
        replies.flush();
    }

    /** Something was taken in, or appended, and is not applied. The last batch may have to wait for those before it. */
    boolean isBehind() {
        return log.releasedSequence() < log.appendedSequence() || batch.count() > 0;
    }

    /** Those who wait are told before their connections are closed. */
    boolean mustAnswer() {
        return partition.waitingCount() > 0 || !waits.isEmpty() || intake.holdsBack();
    }

    /** What is handed over and not confirmed can wait for the next start, but somebody waits for the reply; so does who asked a long question. */
    boolean mayBeAwaited() {
        Peers others = peers;
        return others != null && !others.areSettled() || queries.isScanning();
    }

    /** Nothing is begun any more. */
    void finish() {
        queries.finish();
    }

    /** Nothing is answered from here on, nor is anything watched. */
    void end() {
        partition.outbox(Outbox.DISCARD);
        partition.watchWaiters(WaiterListener.NONE);
        applier.leader(TransitionListener.NONE);
        Snapshots under = snapshots;
        if (under != null) {
            under.forgetAskers();
        }
    }

    /** When there is something to do without anything else happening. */
    long nextDueMs() {
        long due = Math.min(queries.nextDeadlineMs(), Math.min(waits.nextDeadlineMs(), intake.nextDeadlineMs()));
        if (tickSequence <= log.releasedSequence()) {
            long fires = partition.nextDeadlineMs();
            due = Math.min(due, fires == Partition.NEVER ? fires : fires + TICK_MARGIN_MS);
        }
        return due;
    }

    /** How long until the clock shows this; not more than {@code nanosMax}. */
    long nanosUntil(long due, long nanosMax) {
        long untilMs = due - clock.getAsLong();
        if (untilMs > TimeUnit.NANOSECONDS.toMillis(nanosMax)) {
            return nanosMax;
        }
        WallFollower follower = wall;
        return follower == null ? TimeUnit.MILLISECONDS.toNanos(untilMs) : follower.nanosUntil(due);
    }

    /** See {@link PartitionAgent#wouldTake}. */
    void wouldTake(Session asker, ByteBuffer frame) {
        intake.wouldTake(asker, frame);
    }

    /** The session was granted other rights. */
    void review(Session session) {
        intake.review(session);
    }

    /** Another partition's HAND_OVER. */
    void takeOver(byte[] handOver) {
        batch.add(clock.getAsLong(), 0, ByteBuffer.wrap(handOver).order(ByteOrder.LITTLE_ENDIAN), true);
    }

    /** Another partition has what this one handed over, as these tasks; none when it told so before. */
    void handedOver(long number, TransferredTasks tasks) {
        ByteBuffer settled = HandedOver.write(internal.clear(), number).written();
        batch.add(clock.getAsLong(), 0, settled, false);
        replies.handedOver(number, tasks);
    }
}
