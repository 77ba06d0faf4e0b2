package io.telpher.broker.sim;

import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Damage;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.RecordHandler;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.Tear;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.Random;

/** What the broker runs on: a disk and clocks, with all that happens to them. Starts the broker again whenever it is gone. */
final class Machine implements SimulatedBroker.World {
    static final long MILLI_NANOS = 1_000_000;
    static final long MICRO_NANOS = 1_000;
    private static final long YEAR_MS = 365L * 86_400_000;
    private static final int STARTS_MAX = 40;

    private final Mix mix;
    private final Dice dice;
    private final Trace trace;
    private final SimulatedDisk disk;
    /** With every other seed the broker's log is agreed on elsewhere before it comes to this machine's disk. */
    private final boolean isAgreed;

    private final Checker checker;
    private final History history;
    private final Runnable started;
    private final Clocks clocks;
    private int crashes;
    private int damages;
    private SimulatedBroker broker;

    /** @param started called whenever the broker runs again */
    Machine(Setup setup, Dice dice, Trace trace, Checker checker, History history, Runnable started)
            throws IOException {
        this.mix = new Mix(setup);
        this.dice = dice;
        this.trace = trace;
        this.disk = new SimulatedDisk(setup.seed());
        this.isAgreed = setup.seed() % 2 == 0;
        this.checker = checker;
        this.history = history;
        this.clocks = history.clocks();
        this.started = started;
        trace.say(mix::toString);
        this.broker = SimulatedBroker.start(disk, mix.fileBytes, this, OptionalLong.empty(), checker, 0, isAgreed);
        clocks.brokerStarted(broker.microsAtNanoZero());
    }

    /** The one that runs now. */
    SimulatedBroker broker() {
        return broker;
    }

    Mix mix() {
        return mix;
    }

    int crashes() {
        return crashes;
    }

    int damages() {
        return damages;
    }

    /** Journal files that were compacted away. */
    int deletedFiles() {
        return disk.deletedFiles();
    }

    /** The state that the journal on the disk leads to, alone and behind the last snapshot. */
    long replayHash() throws IOException {
        SnapshotCheck.Tail tail = checker.snapshots.load();
        if (tail == null) {
            return SimulatedBroker.replayHash(disk, record -> checker.replayed++);
        }
        RecordHandler behind = tail.records();
        long hash = SimulatedBroker.replayHash(disk, record -> {
            checker.replayed++;
            behind.onRecord(record);
        });
        tail.compare(hash);
        return hash;
    }

    /** No more faults. */
    void calm() {
        disk.crashIn(-1);
        disk.failReads(0);
        disk.plentyOfSpace();
        clocks.setWall(0);
    }

    // ---- faults

    void fault() throws IOException {
        Fault fault = mix.event(dice);
        if (fault == null) {
            return;
        }
        trace.say(() -> "fault " + fault);
        trace.add(fault.ordinal());
        switch (fault) {
            case POWER_CUT -> crash(false);
            case CUT_IN_A_WRITE -> disk.crashIn(dice.below(12));
            case KILL -> crash(true);
            case CLEAN_STOP -> {
                broker.stop();
                history.read();
                crash(dice.oneIn(2));
            }
            case SYNC_ERROR -> disk.failNextSync();
            case UNREADABLE -> {
                disk.failReads(2 + dice.below(5));
                history.someUndelivered();
            }
            case LOW_SPACE -> disk.freeBytes((100L + dice.below(200)) << 10);
            case NO_SPACE -> disk.freeBytes(dice.below(4 << 10));
            case SPACE_AGAIN -> disk.plentyOfSpace();
            case CLOCK_JUMP -> setWallClock();
            default -> throw new IllegalStateException(fault + " does not happen by itself");
        }
    }

    /** By seconds, minutes or a year, ahead or behind, or right again. */
    private void setWallClock() {
        long errorMs =
                switch (dice.below(5)) {
                    case 0 -> dice.below(20_000) - 10_000;
                    case 1 -> (dice.below(600) - 300) * 60_000L;
                    case 2 -> dice.oneIn(2) ? YEAR_MS : -YEAR_MS;
                    default -> 0;
                };
        trace.say(() -> "the wall clock is wrong by " + errorMs + " ms");
        clocks.setWall(errorMs);
    }

    /** The broker has said that it can't go on. It is started again where it was, or the machine goes down as well. */
    void stopped(JournalException reason) throws IOException {
        trace.say(() -> "stopped: " + reason.getMessage());
        boolean corrupt = reason instanceof CorruptJournalException;
        Rule.LEGAL_IMAGE_IS_OPENED.holds(!corrupt, () -> "damage where there is none: " + reason.getMessage());
        crash(dice.oneIn(2));
    }

    /** The process ends, and with {@code keepsKernel} the machine goes on; then the broker is started until it runs. */
    void crash(boolean keepsKernel) throws IOException {
        crashes++;
        history.read(); // what was sent before may have arrived
        long kept = keepsKernel ? broker.appended() : 0;
        for (int start = 0; start < STARTS_MAX; start++) {
            end(keepsKernel);
            if (mix.has(Fault.DAMAGE) && dice.oneIn(3)) {
                damage();
            }
            if (startAgain(keepsKernel, keepsKernel ? kept : 0, start)) {
                checker.full(history);
                started.run();
                return;
            }
            kept = 0;
        }
        throw Rule.LEGAL_IMAGE_IS_OPENED.broken("the broker does not start after " + STARTS_MAX + " tries");
    }

    private void end(boolean keepsKernel) {
        if (keepsKernel) {
            disk.kill();
            trace.say(() -> "killed");
        } else {
            Tear.Kind[] kinds = Tear.Kind.values();
            Tear tear = new Tear(kinds[dice.below(kinds.length)], dice.below(100));
            disk.powerCut(tear);
            trace.say(() -> "power cut, unsynced " + tear);
        }
        trace.add(disk.hash());
    }

    private boolean startAgain(boolean keepsKernel, long keptByKernel, int tries) throws IOException {
        long zeroMicros = clocks.brokerZeroMicros();
        passNanos((1 + dice.below(5000)) * MILLI_NANOS);
        if (mix.has(Fault.CLOCK_JUMP) && dice.oneIn(3)) {
            setWallClock();
        }
        if (mix.has(Fault.CUT_IN_RECOVERY) && dice.oneIn(2) && tries < STARTS_MAX / 2) {
            disk.crashIn(dice.below(25));
        }
        try {
            OptionalLong known = keepsKernel ? OptionalLong.of(zeroMicros) : OptionalLong.empty();
            broker = SimulatedBroker.start(disk, mix.fileBytes, this, known, checker, keptByKernel, isAgreed);
            clocks.brokerStarted(broker.microsAtNanoZero());
            Rule.DELAYED_IS_NEVER_EARLY.holds(
                    !keepsKernel || broker.microsAtNanoZero() == zeroMicros,
                    () -> "the clock did not go on over a restart: " + zeroMicros + ", " + broker.microsAtNanoZero());
            disk.crashIn(-1);
            return true;
        } catch (SimulatedDisk.Crash e) {
            trace.say(() -> "crashed again while it started");
            return false;
        } catch (CorruptJournalException e) {
            throw Rule.LEGAL_IMAGE_IS_OPENED.broken("nothing synced is damaged, yet the broker refuses", e);
        } catch (JournalException e) {
            trace.say(() -> "does not start: " + e.getMessage());
            disk.plentyOfSpace();
            return false;
        }
    }

    /** On a copy of the disk, since a broker that refused is the end of the story. */
    private void damage() throws IOException {
        Damage damage = disk.drawDamage(new Random(dice.next()));
        if (damage == null) {
            return;
        }
        damages++;
        SimulatedDisk hurt = disk.copy();
        hurt.damage(damage);
        long[] last = {0};
        try {
            long intactHash = SimulatedBroker.replayHash(disk, record -> checker.replayed++);
            long hurtHash = SimulatedBroker.replayHash(hurt, record -> {
                checker.ledger.recovered(record);
                last[0] = record.place();
            });
            boolean claimed = hurtHash != intactHash && last[0] < disk.claimedDespite(damage);
            Rule.DAMAGE_IS_DETECTED.holds(
                    !claimed,
                    () -> damage + " is taken for the end of the journal at " + last[0] + ", but "
                            + disk.claimedDespite(damage) + " was kept");
        } catch (CorruptJournalException e) {
            trace.add(e.offset());
        }
    }

    // ---- the world

    @Override
    public long nanoTime() {
        return clocks.nanoTime();
    }

    @Override
    public long wallMicros() {
        return clocks.wallMicros();
    }

    @Override
    public void passNanos(long more) {
        clocks.pass(more);
    }

    @Override
    public long syncNanos() {
        return dice.oneIn(4) ? dice.below(mix.syncMsMax) * MILLI_NANOS : 0;
    }
}
