package io.telpher.broker.sim;

import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.Tear;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.ResumeQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One seed's cluster: three or five nodes over a simulated Raft, clients that find the leader, machines that lose power, links that fail, clocks that differ. Now and then all
 * faults end; then a leader must be found, everything must come to rest, and all nodes must be in one state.
 */
final class ClusterSimulation {
    private static final int SESSIONS = 6;
    /** Only reads: what commands it sent before would not be agreed on any more, and hold its questions back. */
    private static final int READER = SESSIONS - 2;

    private static final int PEACE_EVERY = 400;
    private static final int CHECK_EVERY = 150;
    private static final int ROUNDS_MAX = 6_000;
    private static final int HEAL_ROUNDS_MAX = 3_000;
    private static final int IDLE_ROUNDS = 4;
    private static final int DEAF_CYCLES_MAX = 150;
    private static final long HEAL_PAUSE_MS_MAX = 400L * 86_400_000;
    private static final int STOPPED_TICKS_MIN = 80;
    private static final int STOPPED_TICKS_MORE = 150;
    private static final long LATE_MS = 10;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What came of it. */
    record Outcome(
            long hash,
            long records,
            long answers,
            long deliveries,
            int crashes,
            int epochs,
            int voidBatches,
            long lostEntries,
            int compared,
            int hashed,
            int snapshots,
            int deletedFiles,
            List<String> lines) {}

    private final long seed;
    private final int steps;
    private final ClusterMix mix;
    private final Trace trace;
    private final Dice dice = new Dice(0);
    private final Checker checker = new Checker();
    private final History history;
    private final Load load;
    private final AgreedOrder order = new AgreedOrder();
    private final SimulatedRaft raft;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final SimulatedSession[] sessions = new SimulatedSession[SESSIONS];
    private final SimulatedNode[] at = new SimulatedNode[SESSIONS];
    private final LeftLeases left = new LeftLeases();
    private final BitSet heldUp = new BitSet();
    private final int[] heldUpTicks;
    private long followed;
    private int crashes;
    private int snapshots;
    private boolean isPeace;

    private ClusterSimulation(long seed, int steps, boolean keepsLines) throws IOException {
        this.seed = seed;
        this.steps = steps;
        this.mix = new ClusterMix(seed);
        this.trace = new Trace(keepsLines);
        this.history = new History(trace, checker);
        history.withoutTimes();
        this.load = new Load(history, dice);
        dice.throwFor(seed, 0);
        this.raft = new SimulatedRaft(mix.nodes, dice, order);
        this.heldUpTicks = new int[mix.nodes];
        trace.say(mix::toString);
        for (int i = 0; i < mix.nodes; i++) {
            SimulatedNode node = new SimulatedNode(new World(), raft.member(i), order, trace, i, mix);
            nodes.add(node);
            node.start(checker.reference());
        }
        links();
    }

    /** @throws Simulation.Failed naming the rule */
    static Outcome run(long seed, int steps, boolean keepsLines) {
        try {
            ClusterSimulation simulation = new ClusterSimulation(seed, steps, keepsLines);
            try {
                simulation.live();
            } catch (RuntimeException | AssertionError e) {
                simulation.trace.say(() -> "" + e);
                throw new Simulation.Failed(simulation.trace, e);
            }
            return simulation.outcome();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Outcome outcome() {
        return new Outcome(
                trace.hash(),
                order.sequence(),
                history.answers,
                history.deliveries,
                crashes,
                order.epochs(),
                order.voidBatches(),
                raft.lost(),
                order.compared(),
                order.hashed(),
                snapshots,
                nodes.stream().mapToInt(SimulatedNode::deletedFiles).sum(),
                trace.lines());
    }

    private final class World implements SimulatedNode.World {
        @Override
        public long trueNanos() {
            return history.clocks().nanoTime();
        }

        @Override
        public Dice dice() {
            return dice;
        }

        @Override
        public void applied(SimulatedNode node, Record record) {
            ClusterSimulation.this.applied(node, record);
        }

        @Override
        public void snapshotTaken() {
            snapshots++;
        }

        @Override
        public void begins(SimulatedNode node) {
            if (mix.cutsAtBeginOneIn > 0 && dice.oneIn(mix.cutsAtBeginOneIn)) {
                trace.say(() -> node.name() + " is cut off as it begins");
                isolate(nodes.indexOf(node));
                node.deaf(dice.below(DEAF_CYCLES_MAX));
            }
        }

        @Override
        public void turnedAway(SimulatedNode node, List<SimulatedSession> away) {
            for (int i = 0; i < SESSIONS; i++) {
                if (sessions[i] != null && away.contains(sessions[i])) {
                    forget(i);
                }
            }
        }
    }

    private void forget(int which) {
        history.lost(sessions[which]);
        sessions[which] = null;
        at[which] = null;
    }

    /** The model goes on with whichever node is first; the others are held against the first by the hashes of their states. */
    private void applied(SimulatedNode node, Record record) {
        order.has(node.name(), record);
        long sequence = record.sequence();
        if (sequence == followed + 1) {
            followed = sequence;
            left.before(record, checker.model());
            checker.reference().apply(record.stampMs(), record.session(), record.buffer(), record.frameOffset());
            node.comparison().touched();
        }
        order.reached(node.name(), sequence, node.partition());
    }

    // ---- war

    private void live() throws IOException, InterruptedException {
        for (int step = 1; step <= steps; step++) {
            dice.throwFor(seed, step);
            trace.step(step);
            history.clocks().pass(pauseNanos());
            if (dice.oneIn(mix.faultOneIn)) {
                fault();
            } else {
                client();
            }
            round(85);
            if (step % CHECK_EVERY == 0) {
                check();
            }
            if (step % PEACE_EVERY == 0) {
                peace();
                isPeace = false;
                mix.peace(false);
                links();
            }
        }
        peace();
        finish();
    }

    private long pauseNanos() {
        if (dice.oneIn(80)) {
            return dice.below(dice.oneIn(4) ? 30_000 : 1500) * Machine.MILLI_NANOS;
        }
        return dice.below(3000) * Machine.MICRO_NANOS;
    }

    private void client() {
        int which = dice.below(SESSIONS);
        SimulatedNode node = at[which];
        if (node == null) {
            connect(which);
        } else if (dice.oneIn(60) || which != READER && isBehind(which) && dice.oneIn(2)) {
            node.close(sessions[which]);
            forget(which);
        } else {
            FrameWriter out = new FrameWriter();
            int requests = dice.oneIn(5) ? 1 + dice.below(8) : 1;
            for (int i = 0; i < requests; i++) {
                Submission again = dice.oneIn(10) ? history.takeUnknown() : null;
                MessageType type = which == READER
                        ? load.read(sessions[which], out, history.lastConfirmed(dice))
                        : again != null
                                ? load.submit(sessions[which], out, again)
                                : load.request(
                                        sessions[which], out, history.clocks().wallMs());
                trace.say(
                        () -> "session " + Long.toHexString(sessions[which].id()) + " at " + node.name() + " " + type);
            }
            trace.add(out.size());
            node.send(sessions[which], out);
        }
    }

    /** Another node leads: some clients find out, and others go on asking this one. */
    private boolean isBehind(int which) {
        SimulatedRaft.Member leader = raft.leader();
        return leader != null && leader != raft.member(nodes.indexOf(at[which]));
    }

    private void connect(int which) {
        SimulatedNode node = nodes.get(dice.below(mix.nodes));
        if (node.isServing()) {
            sessions[which] = node.connect(which == SESSIONS - 1, history.inbox());
            at[which] = node;
        }
    }

    private void fault() throws IOException {
        int which = dice.below(mix.nodes);
        SimulatedNode node = nodes.get(which);
        int kind = dice.below(14);
        trace.say(() -> "fault " + kind + " of " + node.name());
        trace.add(kind);
        switch (kind) {
            case 0, 1 -> crash(node, null);
            case 2, 3 -> crash(node, tear());
            case 4 -> {
                Tear tear = tear();
                for (SimulatedNode each : nodes) {
                    crash(each, dice.oneIn(3) ? null : tear);
                }
            }
            case 5 -> isolate(which);
            case 6 -> raft.cut(which, dice.below(mix.nodes));
            case 7, 8 -> raft.healLinks();
            case 9 -> {
                heldUp.set(which);
                heldUpTicks[which] = dice.below(120);
            }
            case 10 -> raft.member(which).stepDown();
            case 11 -> node.deaf(dice.below(DEAF_CYCLES_MAX));
            case 12 -> stopLeader();
            default -> {
                if (mix.hasSkew()) {
                    node.setWall(ClusterMix.wallErrorMs(dice));
                }
            }
        }
    }

    /** For so long that another one leads meanwhile, and confirms something. */
    private void stopLeader() {
        for (int i = 0; i < mix.nodes; i++) {
            if (raft.leader() == raft.member(i) && nodes.get(i).isServing()) {
                heldUp.set(i);
                heldUpTicks[i] = STOPPED_TICKS_MIN + dice.below(STOPPED_TICKS_MORE);
            }
        }
    }

    private Tear tear() {
        Tear.Kind[] kinds = Tear.Kind.values();
        return new Tear(kinds[dice.below(kinds.length)], dice.below(100));
    }

    private void isolate(int which) {
        for (int i = 0; i < mix.nodes; i++) {
            if (i != which) {
                raft.cut(which, i);
                raft.cut(i, which);
            }
        }
    }

    private void crash(SimulatedNode node, @Nullable Tear tear) {
        if (node.isUp()) {
            crashes++;
            node.stop(tear, dice.below(dice.oneIn(3) ? 300 : 40));
        }
    }

    private void links() {
        raft.quality(isPeace ? 0 : mix.lossPercent, mix.delayTicks);
    }

    /** A tick of Raft, and of every node's threads, more or less. */
    private int round(int percent) throws IOException, InterruptedException {
        int work = 0;
        for (int i = 0; i < mix.nodes; i++) {
            if (heldUp.get(i) && --heldUpTicks[i] <= 0) {
                heldUp.clear(i);
            }
        }
        raft.tick(heldUp);
        for (int i = 0; i < mix.nodes; i++) {
            SimulatedNode node = nodes.get(i);
            if (node.isDue()) {
                node.start(checker.reference());
                work++;
            }
            if (node.isUp() && !heldUp.get(i) && dice.percent(percent)) {
                work += node.cycle();
                SimulatedRaft.Member leader = raft.leader();
                history.judgesReads(leader == raft.member(i) && node.isServing());
                history.read();
            }
        }
        trace.add(order.sequence());
        return work;
    }

    // ---- what must hold at any time

    private void check() {
        for (SimulatedNode node : nodes) {
            if (node.isUp() && node.sequence() == followed) {
                node.comparison().full();
                order.compare(node.name(), followed, node.partition());
            }
        }
        history.check(checker.model());
        trace.add(order.epoch());
    }

    // ---- peace

    /** No more faults: all run, one leads, everything comes to rest, and all are in one state. */
    private void peace() throws IOException, InterruptedException {
        trace.say(() -> "peace");
        isPeace = true;
        mix.peace(true);
        links();
        raft.healLinks();
        heldUp.clear();
        nodes.forEach(SimulatedNode::hurry);
        settle();
        check();
        for (SimulatedNode node : nodes) {
            Rule.HEALED_CLUSTER_FINISHES.holds(
                    node.sequence() == order.sequence(),
                    () -> node.name() + " is at " + node.sequence() + " of " + order.sequence());
            order.compare(node.name(), order.sequence(), node.partition());
        }
        checkLeases(leader());
        leader().checkShares();
        for (SimulatedSession session : sessions) {
            if (session != null) {
                History.checkAnswered(session);
            }
        }
        trace.add(leader().partition().stateHash());
    }

    private SimulatedNode leader() {
        for (SimulatedNode node : nodes) {
            if (node.isServing() && node.isLeader()) {
                return node;
            }
        }
        throw Rule.HEALED_CLUSTER_FINISHES.broken("nobody leads");
    }

    private boolean hasLeader() {
        return nodes.stream().anyMatch(node -> node.isServing() && node.isLeader());
    }

    private void settle() throws IOException, InterruptedException {
        int idle = 0;
        for (int round = 0; idle < IDLE_ROUNDS; round++) {
            boolean isEndless = round == ROUNDS_MAX;
            Rule.HEALED_CLUSTER_FINISHES.holds(
                    !isEndless,
                    () -> (hasLeader() ? "it does not come to rest at " : "nobody leads at ") + order.sequence());
            int work = round(100);
            boolean isAtRest = nodes.stream().allMatch(node -> node.isUp() && node.isAtRest());
            idle = work == 0 && isAtRest && hasLeader() ? idle + 1 : 0;
        }
    }

    /** Everything due has happened, and what ended with its leader's connections is over in time. */
    private void checkLeases(SimulatedNode leader) {
        long now = leader.nowMs();
        long due = leader.partition().nextDeadlineMs();
        Rule.LOST_LEASE_COMES_BACK_AT_ONCE.holds(
                due > now - LATE_MS, () -> "something was due at " + due + ", it is " + now);
        left.check(checker.model(), now);
    }

    /** Every queue is resumed, one worker takes everything, and in the end nothing is left to do. */
    private void finish() throws IOException, InterruptedException {
        SimulatedSession worker = null;
        SimulatedNode node = null;
        for (int round = 0; leader().partition().counts().live() > 0; round++) {
            boolean isOver = round == HEAL_ROUNDS_MAX;
            Rule.HEALED_CLUSTER_FINISHES.holds(
                    !isOver, () -> "still to be done: " + leader().partition().counts());
            if (worker == null || node == null || !node.isServing()) {
                node = leader();
                worker = node.connect(false, history.inbox());
                resume(node, worker);
            }
            work(node, worker);
        }
        peace();
    }

    private void resume(SimulatedNode node, SimulatedSession worker) {
        FrameWriter out = new FrameWriter();
        for (String queue : Load.ALL_QUEUES) {
            ResumeQueue.write(out, worker.ask(Asked.about(MessageType.RESUME_QUEUE, 0, 0)), queue);
        }
        node.send(worker, out);
    }

    private void work(SimulatedNode node, SimulatedSession worker) throws IOException, InterruptedException {
        FrameWriter out = new FrameWriter();
        Reserve.Wants wants = new Reserve.Wants(100, 0, 0, "healer");
        Reserve.write(out, worker.ask(Asked.about(MessageType.RESERVE, 0, 0)), wants, Load.ALL_QUEUES);
        node.send(worker, out);
        settle();
        List<History.Held> held = history.takeHeldBy(worker.id());
        for (History.Held each : held) {
            int request = worker.ask(Asked.about(MessageType.ACK, each.taskId(), each.leaseId()));
            Ack.write(out.clear(), request, each.taskId(), each.leaseId(), Load.result(each.leaseId()), NOTHING);
            node.send(worker, out);
        }
        settle();
        if (held.isEmpty()) {
            long untilMs = Math.min(node.partition().nextDeadlineMs() - node.nowMs(), HEAL_PAUSE_MS_MAX);
            history.clocks().pass(Math.max(1, untilMs + 1) * Machine.MILLI_NANOS);
        }
    }
}
