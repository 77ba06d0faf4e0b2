package io.telpher.broker.sim;

import io.telpher.broker.core.Partition;
import io.telpher.broker.journal.ProposedBatch;
import io.telpher.broker.journal.Record;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.agrona.collections.LongArrayList;

/**
 * The one order of records, worked out from what Raft agreed on and apart from the product: every node is held against it, record by record, and against the others by the hash of
 * its state.
 */
final class AgreedOrder implements SimulatedRaft.Order {
    private static final long HASHED_ONE_IN = 24;
    private static final long UNSURE_MS = 5;
    /** Steady clocks count faster or slower by that much at most, so two of them may differ by twice as much. */
    static final double DRIFT_MAX = 0.002;

    private static final long WALLS_APART_MS_MAX = 2 * 3_700_000L;

    /**
     * A batch that was proposed.
     *
     * @param nanos when
     * @param clockMs what its leader's clock showed then
     * @param sinceNanos when its node applied the last record; negative: before it started
     */
    record Proposed(String leadership, long nanos, long clockMs, long sinceNanos) {}

    private final Map<Long, String> leaderships = new HashMap<>();
    private final Map<Long, Proposed> proposals = new HashMap<>();
    private final LongArrayList records = new LongArrayList();
    private final Set<Long> voids = new HashSet<>();
    private final Map<Long, Long> hashes = new HashMap<>();
    private long index;
    private long epoch;
    private long stampMs;
    /** What the leader's clock showed when it proposed the last batch, and when that was. */
    private long clockMs;

    private long clockNanos;
    private int voidBatches;
    private int epochs;
    private int compared;
    private int hashed;

    private static long fingerprint(Record record) {
        return Dice.mix(record.stampMs() * 31 + record.session()) ^ record.crc() * 0x1_0000_0001L;
    }

    long sequence() {
        return records.size();
    }

    /** Of the last that was agreed on. */
    long index() {
        return index;
    }

    int voidBatches() {
        return voidBatches;
    }

    int epochs() {
        return epochs;
    }

    int compared() {
        return compared;
    }

    long epoch() {
        return epoch;
    }

    // ---- what leaders propose

    void proposed(ProposedBatch batch, Proposed how) {
        String leadership = how.leadership;
        String before = leaderships.putIfAbsent(batch.epoch(), leadership);
        Rule.ONE_LEADERSHIP_AN_EPOCH.holds(
                before == null || before.equals(leadership),
                () -> leadership + " proposes in epoch " + batch.epoch() + " of " + before);
        proposals.put(key(batch), how);
    }

    private static long key(ProposedBatch batch) {
        long[] hash = {Dice.mix(batch.epoch() * 31 + batch.first())};
        batch.records(record -> hash[0] = Dice.mix(hash[0] ^ fingerprint(record)));
        return hash[0];
    }

    // ---- what is agreed on

    @Override
    public void agreed(SimulatedRaft.Member leader, long upTo) {
        while (index < upTo) {
            index++;
            SimulatedRaft.Entry entry = leader.entry(index);
            if (entry.kind() == SimulatedRaft.Kind.BATCH) {
                take(ProposedBatch.read(entry.batch()));
            }
        }
    }

    private void take(ProposedBatch batch) {
        boolean isNext = batch.first() == sequence() + 1;
        boolean isOfEpoch = batch.epoch() == epoch || batch.epoch() > epoch && batch.beginsEpoch();
        if (isNext && isOfEpoch) {
            judgeTime(batch);
            batch.records(this::take);
            epochs += batch.epoch() > epoch ? 1 : 0;
            epoch = batch.epoch();
        } else if (batch.first() + batch.count() - 1 > sequence()) {
            voidBatches++;
            batch.records(record -> voids.add(fingerprint(record)));
        }
    }

    private void take(Record record) {
        Rule.TIME_GOES_ON.holds(
                record.stampMs() >= stampMs,
                () -> "record " + (sequence() + 1) + " is of " + record.stampMs() + ", behind " + stampMs);
        stampMs = record.stampMs();
        records.addLong(fingerprint(record));
    }

    /**
     * Under one leader time goes on as a steady clock does. Under the next one it goes on from the last record, as long as that one has known it, and never jumps ahead, but for a
     * node that knows only what its journal and its wall clock say.
     */
    private void judgeTime(ProposedBatch batch) {
        Proposed proposed = proposals.get(key(batch));
        if (proposed == null) {
            throw Rule.NOTHING_FROM_NOWHERE.broken("a batch of epoch " + batch.epoch() + " that nobody proposed");
        }
        batch.records(record -> Rule.TIME_GOES_ON.holds(
                record.stampMs() <= proposed.clockMs,
                () -> proposed.leadership + " stamps " + record.stampMs() + " at " + proposed.clockMs));
        if (clockMs > 0) {
            boolean isSame = batch.epoch() == epoch;
            long passedMs = (proposed.nanos - clockNanos) / Machine.MILLI_NANOS;
            long unsureMs = UNSURE_MS + (long) (passedMs * 2 * DRIFT_MAX);
            boolean isKnown = isSame || proposed.sinceNanos >= 0;
            long mostMs = clockMs + passedMs + unsureMs + (isKnown ? 0 : WALLS_APART_MS_MAX);
            long knownMs = (proposed.nanos - Math.max(clockNanos, proposed.sinceNanos)) / Machine.MILLI_NANOS;
            long leastMs = isSame ? clockMs + passedMs : stampMs + (isKnown ? knownMs : 0);
            Rule.TIME_GOES_ON.holds(
                    proposed.clockMs >= leastMs - unsureMs && proposed.clockMs <= mostMs,
                    () -> proposed.leadership + " counts " + (proposed.clockMs - clockMs) + " ms while " + passedMs
                            + " ms passed, of which it knew " + knownMs);
        }
        clockMs = proposed.clockMs;
        clockNanos = proposed.nanos;
    }

    // ---- what nodes make of it

    /** The node has it, from its own journal or from what was agreed on. */
    void has(String node, Record record) {
        long sequence = record.sequence();
        Rule.NOTHING_BEFORE_IT_IS_AGREED.holds(
                sequence <= sequence(),
                () -> node + " has record " + sequence + ", and " + sequence() + " are agreed on");
        boolean isIt = records.getLong((int) sequence - 1) == fingerprint(record);
        Rule.VOID_IS_NEVER_APPLIED.holds(
                isIt || !voids.contains(fingerprint(record)), () -> node + " has a void batch's as record " + sequence);
        Rule.ONE_ORDER_FOR_ALL.holds(isIt, () -> node + " has another record " + sequence);
    }

    /** The node has applied up to there. */
    void reached(String node, long sequence, Partition partition) {
        if (Long.remainderUnsigned(Dice.mix(sequence), HASHED_ONE_IN) == 0) {
            compare(node, sequence, partition);
        }
    }

    void compare(String node, long sequence, Partition partition) {
        compare(node, sequence, partition.stateHash());
    }

    /** The node says so of its state there, as it does to the others. */
    void hashed(String node, long sequence, long hash) {
        hashed++;
        compare(node, sequence, hash);
    }

    /** Hashes that nodes told. */
    int hashed() {
        return hashed;
    }

    private void compare(String node, long sequence, long hash) {
        Long before = hashes.putIfAbsent(sequence, hash);
        compared += before == null ? 0 : 1;
        Rule.SAME_SEQUENCE_SAME_STATE.holds(
                before == null || before == hash, () -> node + " is in another state than others at " + sequence);
    }
}
