package io.telpher.broker.sim;

import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.ResumeQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** One seed's life: clients, clocks, crashes, recoveries, and at the end a time of peace in which everything gets done. */
final class Simulation {
    private static final int SESSIONS = 6;
    private static final int FULL_CHECK_EVERY = 400;
    private static final int HEAL_ROUNDS_MAX = 3000;
    private static final long HEAL_PAUSE_MS_MAX = 400L * 86_400_000;
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
            int snapshots,
            int deletedFiles,
            List<String> lines) {}

    private final Setup setup;
    private final Trace trace;
    private final Dice dice = new Dice(0);
    private final Checker checker = new Checker();
    private final History history;
    private final Load load;
    private final SimulatedSession[] sessions = new SimulatedSession[SESSIONS];
    private final Machine machine;

    private Simulation(Setup setup) throws IOException {
        this.setup = setup;
        this.trace = new Trace(setup.keepsLines());
        this.history = new History(trace, checker);
        this.load = new Load(history, dice);
        this.machine = new Machine(setup, dice, trace, checker, history, this::connectAll);
        connectAll();
    }

    private SimulatedBroker broker() {
        return machine.broker();
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
                machine.crashes(),
                machine.damages(),
                checker.snapshots.compared(),
                machine.deletedFiles(),
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
                machine.crash(false);
            } catch (JournalException e) {
                machine.stopped(e);
            }
        }
        heal();
    }

    private void step(int step) throws IOException {
        machine.passNanos(pauseNanos());
        if (dice.oneIn(machine.mix().faultOneIn)) {
            machine.fault();
        } else if (machine.mix().has(Fault.LOST_CONNECTION) && dice.oneIn(60)) {
            reconnect(dice.below(SESSIONS));
        } else {
            request();
        }
        if (step % machine.mix().stepsPerCycle == 0) {
            cycle();
        }
        if (step % FULL_CHECK_EVERY == 0) {
            fullCheck();
        }
    }

    private long pauseNanos() {
        if (dice.oneIn(machine.mix().longPauseOneIn)) {
            return dice.below(dice.oneIn(4) ? 30_000 : 1500) * Machine.MILLI_NANOS;
        }
        return dice.below(3000) * Machine.MICRO_NANOS;
    }

    private void request() {
        SimulatedSession session = sessions[dice.below(SESSIONS)];
        FrameWriter out = new FrameWriter();
        int requests = dice.oneIn(5) ? 1 + dice.below(8) : 1;
        for (int i = 0; i < requests; i++) {
            Submission again = dice.oneIn(10) ? history.takeUnknown() : null;
            MessageType type = again != null
                    ? load.submit(session, out, again)
                    : load.request(session, out, history.clocks().wallMs());
            trace.say(() -> "session " + Long.toHexString(session.id()) + " " + type);
        }
        trace.add(out.size());
        broker().send(session, out);
    }

    private void reconnect(int which) {
        trace.say(() -> "session " + Long.toHexString(sessions[which].id()) + " is gone");
        history.lost(sessions[which]);
        broker().close(sessions[which]);
        sessions[which] = broker().connect(dice.oneIn(5), history.inbox());
    }

    private void connectAll() {
        for (int i = 0; i < SESSIONS; i++) {
            if (sessions[i] != null) {
                history.lost(sessions[i]);
            }
            sessions[i] = broker().connect(i == SESSIONS - 1, history.inbox());
        }
    }

    private void cycle() throws IOException {
        int cycles = 1 + dice.below(3);
        for (int i = 0; i < cycles; i++) {
            broker().step();
        }
        boolean copied = checker.snapshots.goOn(broker().partition(), checker.lastApplied(), dice);
        history.read();
        if (copied && dice.oneIn(2)) {
            fullCheck(); // what a snapshot has wrong may come right again by what follows
        }
    }

    private void fullCheck() throws IOException {
        broker().settle();
        history.read();
        broker().checkRest();
        for (SimulatedSession session : sessions) {
            History.checkAnswered(session);
        }
        checker.full(history);
        history.checkTimes(checker.model());
        long hash = broker().partition().stateHash();
        trace.add(hash);
        Rule.REPLAY_GIVES_THE_SAME_HASH.holds(
                machine.replayHash() == hash, () -> "a replay of the journal leads to another state");
    }

    // ---- peace

    /** No more faults: every queue is resumed, one worker takes everything, and in the end nothing is left to do. */
    private void heal() throws IOException {
        machine.calm();
        try {
            healOnce();
        } catch (JournalException e) {
            machine.stopped(e); // it was on its way when peace came
            healOnce();
        }
    }

    private void healOnce() throws IOException {
        broker().settle();
        history.read();
        SimulatedSession worker = broker().connect(false, history.inbox());
        FrameWriter out = new FrameWriter();
        for (String queue : Load.ALL_QUEUES) {
            ResumeQueue.write(out, worker.ask(Asked.about(MessageType.RESUME_QUEUE, 0, 0)), queue);
        }
        broker().send(worker, out);
        for (int round = 0; leftToDo() > 0; round++) {
            boolean over = round == HEAL_ROUNDS_MAX;
            Rule.HEALED_BROKER_FINISHES.holds(
                    !over, () -> "still to be done: " + broker().partition().counts());
            work(worker);
        }
        fullCheck();
    }

    private long leftToDo() {
        return broker().partition().counts().live();
    }

    private void work(SimulatedSession worker) {
        FrameWriter out = new FrameWriter();
        Reserve.Wants wants = new Reserve.Wants(100, 0, 0, "healer");
        Reserve.write(out, worker.ask(Asked.about(MessageType.RESERVE, 0, 0)), wants, Load.ALL_QUEUES);
        broker().send(worker, out);
        broker().settle();
        history.read();
        List<History.Held> held = history.takeHeldBy(worker.id());
        for (History.Held each : held) {
            int request = worker.ask(Asked.about(MessageType.ACK, each.taskId(), each.leaseId()));
            Ack.write(out.clear(), request, each.taskId(), each.leaseId(), Load.result(each.leaseId()), NOTHING);
            broker().send(worker, out);
        }
        broker().settle();
        history.read();
        if (held.isEmpty()) {
            long untilMs = Math.min(broker().partition().nextDeadlineMs() - broker().nowMs(), HEAL_PAUSE_MS_MAX);
            machine.passNanos(Math.max(1, untilMs) * Machine.MILLI_NANOS);
        }
    }
}
