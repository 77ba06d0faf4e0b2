package io.telpher.broker.sim;

import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Damage;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.Tear;
import io.telpher.protocol.Ack;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.ResumeQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** One seed's life: clients, clocks, crashes, recoveries, and at the end a time of peace in which everything gets done. */
final class Simulation implements SimulatedBroker.World {
    private static final long START_MS = 1_700_000_000_000L;
    private static final long MILLI_NANOS = 1_000_000;
    private static final int SESSIONS = 6;
    private static final int FULL_CHECK_EVERY = 400;
    private static final int STARTS_MAX = 40;
    private static final int HEAL_ROUNDS_MAX = 3000;
    private static final long HEAL_PAUSE_MS_MAX = 60_000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What came of it. */
    record Outcome(
            long hash,
            long records,
            long replayed,
            long answers,
            long deliveries,
            int crashes,
            int damages,
            List<String> lines) {}

    private final Setup setup;
    private final Mix mix;
    private final Trace trace;
    private final Dice dice = new Dice(0);
    private final SimulatedDisk disk;
    private final Checker checker = new Checker();
    private final History history;
    private final Load load;
    private final SimulatedSession[] sessions = new SimulatedSession[SESSIONS];
    private long nanos;
    private long wallOffsetMs;
    private int crashes;
    private int damages;
    private SimulatedBroker broker;

    private Simulation(Setup setup) throws IOException {
        this.setup = setup;
        this.mix = new Mix(setup);
        this.trace = new Trace(setup.keepsLines());
        this.disk = new SimulatedDisk(setup.seed());
        this.history = new History(trace);
        this.load = new Load(history, dice);
        trace.say(mix::toString);
        this.broker = SimulatedBroker.start(disk, mix.fileBytes, this, wallMs(), checker, 0);
        connectAll();
    }

    /** @throws Rule.Broken naming the rule */
    static Outcome run(Setup setup) {
        try {
            Simulation simulation = new Simulation(setup);
            try {
                simulation.live();
            } catch (RuntimeException | AssertionError e) {
                simulation.trace.say(() -> "" + e);
                throw new Failed(simulation.trace, e);
            }
            return simulation.outcome();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A failure and what led to it. */
    static final class Failed extends AssertionError {
        private static final long serialVersionUID = 1;

        private final transient Trace trace;

        Failed(Trace trace, Throwable cause) {
            super(cause.getMessage(), cause);
            this.trace = trace;
        }

        List<String> lines() {
            return trace.lines();
        }

        Rule rule() {
            return getCause() instanceof Rule.Broken broken ? broken.rule() : Rule.NO_INVARIANT_OF_ITS_OWN_BREAKS;
        }
    }

    private Outcome outcome() {
        return new Outcome(
                trace.hash(),
                checker.records,
                checker.replayed,
                history.answers,
                history.deliveries,
                crashes,
                damages,
                trace.lines());
    }

    private void live() throws IOException {
        for (int step = 1; step <= setup.steps(); step++) {
            dice.throwFor(setup.seed(), step);
            if (setup.skipped().get(step)) {
                continue;
            }
            trace.step(step);
            try {
                step(step);
            } catch (SimulatedDisk.Crash e) {
                crash(false);
            } catch (JournalException e) {
                stopped(e);
            }
        }
        heal();
    }

    private void step(int step) throws IOException {
        passNanos(pauseNanos());
        if (dice.oneIn(mix.faultOneIn)) {
            fault();
        } else if (mix.has(Fault.LOST_CONNECTION) && dice.oneIn(60)) {
            reconnect(dice.below(SESSIONS));
        } else {
            request();
        }
        if (step % mix.stepsPerCycle == 0) {
            cycle();
        }
        if (step % FULL_CHECK_EVERY == 0) {
            fullCheck();
        }
    }

    private long pauseNanos() {
        if (dice.oneIn(mix.longPauseOneIn)) {
            return dice.below(dice.oneIn(4) ? 30_000 : 1500) * MILLI_NANOS;
        }
        return dice.below(3) * MILLI_NANOS;
    }

    private void request() {
        SimulatedSession session = sessions[dice.below(SESSIONS)];
        FrameWriter out = new FrameWriter();
        int requests = dice.oneIn(5) ? 1 + dice.below(8) : 1;
        for (int i = 0; i < requests; i++) {
            Submission again = dice.oneIn(10) ? history.takeUnknown() : null;
            MessageType type =
                    again != null ? load.submit(session, out, again) : load.request(session, out, broker.nowMs());
            trace.say(() -> "session " + Long.toHexString(session.id()) + " " + type);
        }
        trace.add(out.size());
        broker.send(session, out);
    }

    private void reconnect(int which) {
        trace.say(() -> "session " + Long.toHexString(sessions[which].id()) + " is gone");
        history.lost(sessions[which]);
        broker.close(sessions[which]);
        sessions[which] = broker.connect(dice.oneIn(5), history.inbox());
    }

    private void connectAll() {
        for (int i = 0; i < SESSIONS; i++) {
            if (sessions[i] != null) {
                history.lost(sessions[i]);
            }
            sessions[i] = broker.connect(i == SESSIONS - 1, history.inbox());
        }
    }

    private void cycle() {
        int cycles = 1 + dice.below(3);
        for (int i = 0; i < cycles; i++) {
            broker.step();
        }
        history.read();
    }

    private void fullCheck() throws IOException {
        broker.settle();
        history.read();
        checker.full(history);
        long hash = broker.partition().stateHash();
        trace.add(hash);
        Rule.REPLAY_GIVES_THE_SAME_HASH.holds(
                SimulatedBroker.replayHash(disk, record -> checker.replayed++) == hash,
                () -> "a replay of the journal leads to another state");
    }

    // ---- faults

    private void fault() throws IOException {
        Fault fault = Fault.values()[dice.below(Fault.values().length)];
        if (!mix.has(fault)) {
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
            case LOW_SPACE -> disk.freeBytes((100L + dice.below(200)) << 10);
            case NO_SPACE -> disk.freeBytes(dice.below(4 << 10));
            default -> disk.plentyOfSpace();
        }
    }

    /** The broker has said that it can't go on. */
    private void stopped(JournalException reason) throws IOException {
        trace.say(() -> "stopped: " + reason.getMessage());
        boolean corrupt = reason instanceof CorruptJournalException;
        Rule.LEGAL_IMAGE_IS_OPENED.holds(!corrupt, () -> "damage where there is none: " + reason.getMessage());
        crash(false);
    }

    /** The process ends, and with {@code keepsKernel} the machine goes on; then the broker is started until it runs. */
    private void crash(boolean keepsKernel) throws IOException {
        crashes++;
        history.read(); // what was sent before may have arrived
        long kept = keepsKernel ? broker.appended() : 0;
        for (int start = 0; start < STARTS_MAX; start++) {
            end(keepsKernel);
            if (mix.has(Fault.DAMAGE) && dice.oneIn(3)) {
                damage();
            }
            if (startAgain(keepsKernel ? kept : 0, start)) {
                connectAll();
                history.read();
                checker.full(history);
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

    private boolean startAgain(long keptByKernel, int tries) throws IOException {
        passNanos((1 + dice.below(5000)) * MILLI_NANOS);
        if (mix.has(Fault.CLOCK_JUMP) && dice.oneIn(3)) {
            wallOffsetMs += dice.below(200_000) - 100_000;
        }
        if (mix.has(Fault.CUT_IN_RECOVERY) && dice.oneIn(2) && tries < STARTS_MAX / 2) {
            disk.crashIn(dice.below(25));
        }
        try {
            broker = SimulatedBroker.start(disk, mix.fileBytes, this, wallMs(), checker, keptByKernel);
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
                last[0] = record.sequence();
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

    // ---- peace

    /** No more faults: every queue is resumed, one worker takes everything, and in the end nothing is left to do. */
    private void heal() throws IOException {
        disk.crashIn(-1);
        disk.plentyOfSpace();
        try {
            healOnce();
        } catch (JournalException e) {
            stopped(e); // it was on its way when peace came
            healOnce();
        }
    }

    private void healOnce() throws IOException {
        broker.settle();
        history.read();
        SimulatedSession worker = broker.connect(false, history.inbox());
        FrameWriter out = new FrameWriter();
        for (String queue : Load.QUEUES) {
            ResumeQueue.write(out, worker.ask(Asked.about(MessageType.RESUME_QUEUE, 0, 0)), queue);
        }
        broker.send(worker, out);
        for (int round = 0; leftToDo() > 0; round++) {
            boolean over = round == HEAL_ROUNDS_MAX;
            Rule.HEALED_BROKER_FINISHES.holds(
                    !over, () -> "still to be done: " + broker.partition().counts());
            work(worker);
        }
        fullCheck();
    }

    private long leftToDo() {
        return broker.partition().counts().live();
    }

    private void work(SimulatedSession worker) {
        FrameWriter out = new FrameWriter();
        Reserve.Wants wants = new Reserve.Wants(100, 0, 0, "healer");
        Reserve.write(out, worker.ask(Asked.about(MessageType.RESERVE, 0, 0)), wants, Load.QUEUES);
        broker.send(worker, out);
        broker.settle();
        history.read();
        List<History.Held> held = history.takeHeldBy(worker.id());
        for (History.Held each : held) {
            int request = worker.ask(Asked.about(MessageType.ACK, each.taskId(), each.leaseId()));
            Ack.write(out.clear(), request, each.taskId(), each.leaseId(), Load.result(each.leaseId()), NOTHING);
            broker.send(worker, out);
        }
        broker.settle();
        history.read();
        if (held.isEmpty()) {
            long untilMs = Math.min(broker.partition().nextDeadlineMs() - broker.nowMs(), HEAL_PAUSE_MS_MAX);
            passNanos(Math.max(1, untilMs) * MILLI_NANOS);
        }
    }

    // ---- the world

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void passNanos(long more) {
        nanos += more;
    }

    @Override
    public long syncNanos() {
        return dice.oneIn(4) ? dice.below(mix.syncMsMax) * MILLI_NANOS : 0;
    }

    private long wallMs() {
        return START_MS + nanos / MILLI_NANOS + wallOffsetMs;
    }
}
