package io.telpher.broker.core;

import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Audit;
import io.telpher.broker.core.state.Placement;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code bin/simulate --core}: the core alone, as fast as it goes on one thread. Each seed's random commands are applied beside a model of
 * the replies, then once more from the start with nobody to answer; every two thousand records and at the end the whole state is audited the first
 * time, and compared the second.
 */
public final class CorePace {
    private static final int RECORDS_PER_CHECK = 2000;
    private static final int STEPS = 20_000;
    private static final int PARTITION = 3;

    private long records;
    private long checks;
    private long liveNanos;
    private long replayNanos;

    private CorePace() {}

    public static void main(String[] arguments) {
        long seeds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 50;
        long from = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        CorePace pace = new CorePace();
        for (long seed = from; seed < from + seeds; seed++) {
            pace.run(seed, STEPS);
        }
        System.out.println(pace);
    }

    /** Returns how many records were applied, each twice. */
    static long check(long seed, int steps) {
        CorePace pace = new CorePace();
        pace.run(seed, steps);
        return pace.records;
    }

    private void run(long seed, int steps) {
        TestJournal journal = new TestJournal();
        List<Long> hashes = new ArrayList<>();
        long start = cpuNanos();
        live(seed, steps, journal, hashes);
        long between = cpuNanos();
        replay(seed, journal, hashes);
        liveNanos += between - start;
        replayNanos += cpuNanos() - between;
        records += journal.size();
        checks += hashes.size();
    }

    /** Of this thread: a busy machine makes it slower by the clock, hardly by this. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void live(long seed, int steps, TestJournal journal, List<Long> hashes) {
        Model model = new Model();
        RandomLoad load = new RandomLoad(seed, model);
        Partition partition = new Partition(Placement.alone(PARTITION), model);
        long nowMs = Cast.START_MS;
        for (int i = 0; i < steps; i++) {
            nowMs += load.pauseMs();
            while (partition.nextDeadlineMs() <= nowMs) {
                apply(journal, partition, nowMs, new RandomLoad.Step(0, load.tick()), hashes);
            }
            apply(journal, partition, nowMs, load.next(), hashes);
            model.replayed(partition);
        }
        model.check(partition);
        note(partition, hashes);
    }

    private static void note(Partition partition, List<Long> hashes) {
        new Audit(partition.state()).check();
        hashes.add(partition.stateHash());
    }

    private static void apply(
            TestJournal journal, Partition partition, long nowMs, RandomLoad.Step step, List<Long> hashes) {
        journal.apply(partition, nowMs, step.session(), step.frame());
        if (journal.size() % RECORDS_PER_CHECK == 0) {
            note(partition, hashes);
        }
    }

    private static void replay(long seed, TestJournal journal, List<Long> hashes) {
        Partition partition = new Partition(Placement.alone(PARTITION), Outbox.DISCARD);
        int at = 0;
        for (long hash : hashes) {
            int until = Math.min(journal.size(), at + RECORDS_PER_CHECK);
            journal.replay(partition, at, until);
            at = until;
            if (partition.stateHash() != hash) {
                throw new AssertionError("seed " + seed + ": another state after record " + at);
            }
        }
    }

    @Override
    public String toString() {
        return String.format(
                "%d records applied beside the model, %.0f a second of CPU, and again, %.0f a second; the whole state checked %d times each",
                records, records * 1e9 / liveNanos, records * 1e9 / replayNanos, checks);
    }
}
