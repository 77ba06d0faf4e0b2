package io.telpher.broker.torture;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.testing.faults.FaultyNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Does the faults to a cluster, one at a time or beside one that lasts; afterwards all nodes run and reach each other. One thread. */
final class ClusterNemesis {
    private static final int CUT_MS_MIN = 500;
    private static final int CUT_MS_MAX = 12_000;
    private static final int STOP_MS_MIN = 1_000;
    private static final int STOP_MS_MAX = 15_000;
    private static final int CLOCK_SECONDS_MAX = 3_600;
    private static final int REPLACE_TRIES_MAX = 5;
    private static final int SIGTERM = 128 + 15;
    private static final int BESIDE_ONE_IN = 3;
    /** Connections that a fault has broken may be noticed at any time while it goes on, so the history says it again. */
    private static final int REMINDER_MS = 2_000;

    private static final long ABOVE_WATERMARK = 230L << 20;

    private final TorturedCluster cluster;
    private final History history;
    private final Traffic traffic;
    private final Random random;
    private final List<ClusterFault> sudden = new ArrayList<>();
    private final List<ClusterFault> lasting = new ArrayList<>();
    private final FaultCounts<ClusterFault> counts = new FaultCounts<>(ClusterFault.class);
    /** The node that may end of its full disk, a moment after there is space again; 0 = none. */
    private int wasFull;

    ClusterNemesis(TorturedCluster cluster, History history, Traffic traffic, Random random) {
        this.cluster = cluster;
        this.history = history;
        this.traffic = traffic;
        this.random = random;
        for (ClusterFault fault : ClusterFault.values()) {
            if (missing(fault) == null) {
                (fault.lasts() ? lasting : sudden).add(fault);
            }
        }
    }

    /** Why this can't be done here; null when it can. */
    @org.jspecify.annotations.Nullable
    String missing(ClusterFault fault) {
        if (fault.needsNetwork() && cluster.network() == null) {
            return "all nodes are on loopback";
        }
        if (fault.needsFaultyDisk() && !cluster.disk(1).isFaulty()) {
            return cluster.disk(1).missing();
        }
        return fault.needsClock() && cluster.broker(1).clock() == null ? "gcc is missing" : null;
    }

    FaultCounts<ClusterFault> counts() {
        return counts;
    }

    private void note(ClusterFault fault, String how) {
        counts.count(fault);
        say(fault + how);
    }

    private void say(String what) {
        history.add(Event.of(Event.Kind.FAULT).text(what));
    }

    void start() throws IOException {
        noteClock(0);
        cluster.start();
    }

    /**
     * One fault, or two; the rarest kinds first. Afterwards everything is as it should be.
     *
     * @return the one that did not go on beside the other
     */
    ClusterFault strike() throws IOException, InterruptedException {
        int leader = cluster.awaitLeader();
        if (!lasting.isEmpty() && random.nextInt(BESIDE_ONE_IN) == 0) {
            begin(counts.rarest(lasting, random), leader);
        }
        ClusterFault fault = counts.rarest(sudden, random);
        suddenly(fault, leader);
        heal();
        return fault;
    }

    /** This one, alone. */
    void strike(ClusterFault fault) throws IOException, InterruptedException {
        int leader = cluster.awaitLeader();
        if (fault.lasts()) {
            begin(fault, leader);
            pause(CUT_MS_MAX / 2);
        } else {
            suddenly(fault, leader);
        }
        heal();
    }

    private void heal() throws IOException {
        FaultyNetwork network = cluster.network();
        if (network != null) {
            network.heal();
        }
        for (int node = 1; node <= TorturedCluster.COUNT; node++) {
            if (cluster.disk(node).isFaulty()) {
                cluster.disk(node).faults().delaySyncs(0);
            }
        }
        cluster.start();
        say("healed");
    }

    private int anyNode() {
        return 1 + random.nextInt(TorturedCluster.COUNT);
    }

    /** In any order. */
    private List<Integer> others(int node) {
        List<Integer> others = new ArrayList<>(
                TorturedCluster.numbers().filter(each -> each != node).boxed().toList());
        Collections.shuffle(others, random);
        return others;
    }

    /** Short times are as likely as long ones. */
    private int drawnMs(int least, int most) {
        return (int) (least * Math.pow((double) most / least, random.nextDouble()));
    }

    private void begin(ClusterFault fault, int leader) throws IOException {
        switch (fault) {
            case DELAY -> {
                int ms = 2 + random.nextInt(150);
                note(fault, " " + ms + " ms");
                for (int from = 1; from <= TorturedCluster.COUNT; from++) {
                    for (int to : others(from)) {
                        network().delay(from, to, ms);
                    }
                }
            }
            case LOSS -> {
                int perMille = 5 + random.nextInt(100);
                note(fault, " " + perMille + " of 1000");
                for (int from = 0; from <= TorturedCluster.COUNT; from++) {
                    for (int to : others(from)) {
                        network().lose(from, to, perMille);
                    }
                }
            }
            case SLOW_SYNC -> {
                int node = random.nextBoolean() ? leader : anyNode();
                int ms = 20 + random.nextInt(random.nextInt(4) == 0 ? 1_500 : 200);
                note(fault, " node " + node + " " + ms + " ms");
                cluster.disk(node).faults().delaySyncs(ms);
            }
            case CLOCK -> jump(leader);
            default -> throw new IllegalStateException(fault + " does not last");
        }
    }

    private FaultyNetwork network() {
        return Objects.requireNonNull(cluster.network(), "all nodes are on loopback");
    }

    private void suddenly(ClusterFault fault, int leader) throws IOException, InterruptedException {
        switch (fault) {
            case KILL_LEADER -> kill(fault, List.of(leader));
            case KILL_FOLLOWER -> kill(fault, others(leader).subList(0, 1));
            case KILL_TWO -> kill(fault, others(anyNode()));
            case KILL_ALL -> kill(fault, others(0));
            case TERMINATE -> {
                note(fault, " node " + leader);
                terminate(leader);
            }
            case ROLLING_RESTART -> rollingRestart();
            case STOP -> stop(random.nextBoolean() ? leader : anyNode());
            case STEP_DOWN -> {
                note(fault, " node " + leader);
                handOver(leader, "{}");
            }
            case TRANSFER -> {
                int to = others(leader).get(0);
                note(fault, " from node " + leader + " to node " + to);
                handOver(leader, "{\"to\":\"n" + to + "\"}");
            }
            case REPLACE -> replace(anyNode());
            case STRANGER -> stranger(others(leader).get(0));
            case POWER_CUT -> cutPower(leader);
            case DISK_FULL -> fill(random.nextBoolean() ? leader : anyNode());
            default -> cutNetwork(fault, leader);
        }
    }

    private void kill(ClusterFault fault, List<Integer> nodes) throws IOException, InterruptedException {
        note(fault, " nodes " + nodes);
        for (int node : nodes) {
            cluster.broker(node).kill();
        }
        pause(random.nextBoolean() ? 0 : random.nextInt(4_000));
    }

    /** It must come to its end by itself, not by the watch over its stop. */
    private void terminate(int node) throws IOException, InterruptedException {
        int exitCode = cluster.broker(node).terminate();
        if (exitCode != SIGTERM) {
            throw new IllegalStateException("node " + node + " was to stop, and ended with exit code " + exitCode + ": "
                    + cluster.broker(node).lastOutput());
        }
    }

    private void rollingRestart() throws IOException, InterruptedException {
        note(ClusterFault.ROLLING_RESTART, "");
        List<Integer> order = others(cluster.awaitLeader());
        order.add(6 - order.get(0) - order.get(1));
        for (int node : order) {
            say("node " + node + " is stopped");
            terminate(node);
            cluster.start();
            cluster.awaitCaughtUp(node, cluster.awaitLeader());
        }
    }

    private void stop(int node) throws IOException, InterruptedException {
        int ms = drawnMs(STOP_MS_MIN, STOP_MS_MAX);
        note(ClusterFault.STOP, " node " + node + " " + ms + " ms");
        cluster.broker(node).signal("STOP");
        pause(ms);
        cluster.broker(node).signal("CONT");
        say("CONT");
    }

    /** A refusal is for a leader that is none any more, or can't be spared. */
    private void handOver(int leader, String to) throws IOException, InterruptedException {
        var answer = cluster.post(leader, "/api/v1/cluster/transfer", to);
        if (answer.statusCode() != 202 && answer.statusCode() != 503) {
            throw new IllegalStateException("node " + leader + " does not hand over: " + answer.body());
        }
        say("answered " + answer.statusCode());
        pause(random.nextInt(2_000));
    }

    private void cutPower(int leader) throws IOException, InterruptedException {
        List<Integer> nodes = others(0).subList(0, 1 + random.nextInt(TorturedCluster.COUNT));
        if (random.nextBoolean() && !nodes.contains(leader)) {
            nodes = List.of(leader);
        }
        note(ClusterFault.POWER_CUT, " nodes " + nodes);
        for (int node : nodes) {
            cluster.broker(node).kill();
        }
        for (int node : nodes) {
            say("node " + node + " with " + cluster.disk(node).cut(random) + " changes not synced");
        }
    }

    private void fill(int node) throws IOException {
        boolean seen = random.nextBoolean();
        note(ClusterFault.DISK_FULL, " node " + node + (seen ? " slowly" : " at once"));
        cluster.disk(node).faults().space(seen ? random.nextLong(ABOVE_WATERMARK) : random.nextInt(200_000));
        pause(500 + random.nextInt(4_000));
        say("node " + node + (cluster.isAlive(node) ? " goes on" : " stopped") + ", there is space again");
        cluster.disk(node).faults().space(-1);
        wasFull = node;
    }

    /**
     * Starts a node when its full disk ended it late: what it tried to write had failed before.
     *
     * @return whether that was so
     */
    boolean startsAfterFullDisk() throws IOException {
        if (wasFull == 0 || cluster.isAlive(wasFull)) {
            return false;
        }
        say("node " + wasFull + " stopped on the full disk, late");
        wasFull = 0;
        cluster.start();
        return true;
    }

    private void replace(int node) throws IOException, InterruptedException {
        cluster.awaitAllCaughtUp();
        note(ClusterFault.REPLACE, " node " + node);
        cluster.broker(node).kill();
        cluster.wipe(node);
        cluster.begin(node);
        if (cluster.broker(node).awaitReady() != null
                || !cluster.broker(node).lastOutput().contains("TQ-5001")) {
            throw new IllegalStateException("node " + node + " takes an empty disk for its own: "
                    + cluster.broker(node).lastOutput());
        }
        boolean isMade = false;
        for (int i = 0; i < REPLACE_TRIES_MAX && !isMade; i++) {
            isMade = cluster.replace(node, cluster.awaitLeader());
            say("node " + node + (isMade ? " has another disk" : " has no other disk yet"));
        }
        if (!isMade) {
            throw new IllegalStateException(
                    "no disk for node " + node + ": " + cluster.broker(node).lastOutput());
        }
        cluster.start();
        cluster.awaitMember(cluster.awaitLeader(), node, member -> member.startsWith("n" + node + "."));
        cluster.awaitCaughtUp(node, cluster.awaitLeader());
    }

    private void stranger(int node) throws IOException, InterruptedException {
        note(ClusterFault.STRANGER, " node " + node);
        cluster.broker(node).kill();
        long agreed =
                cluster.status(cluster.awaitLeader()).path("applied_index").asLong();
        cluster.beStranger(node, true);
        cluster.start();
        pause(3_000);
        JsonNode status = cluster.status(node);
        if (!status.path("leader").asText().isEmpty()
                || status.path("applied_index").asLong() > agreed) {
            throw new IllegalStateException(
                    "a node with a certificate of another authority takes part: " + status + " from " + agreed);
        }
        terminate(node);
        cluster.beStranger(node, false);
        cluster.start();
        cluster.awaitCaughtUp(node, cluster.awaitLeader());
    }

    private void cutNetwork(ClusterFault fault, int leader) throws IOException {
        int ms = drawnMs(CUT_MS_MIN, CUT_MS_MAX);
        List<Integer> others = others(leader);
        switch (fault) {
            case LEADER_ALONE -> partAll(leader, others);
            case LEADER_GONE -> {
                partAll(leader, others);
                network().part(leader, FaultyNetwork.HERE);
            }
            case LEADER_UNHEARD -> {
                network().cut(leader, others.get(0));
                network().cut(leader, others.get(1));
            }
            case ONE_WAY -> {
                int from = anyNode();
                network().cut(from, others(from).get(0));
            }
            case SPLIT -> {
                partAll(leader, others);
                network().part(others.get(0), others.get(1));
            }
            case BRIDGE -> {
                int one = random.nextBoolean() ? leader : anyNode();
                network().part(one, others(one).get(0));
            }
            case CLIENTS_APART -> network().part(leader, FaultyNetwork.HERE);
            default -> throw new IllegalStateException(fault + " is not one of the network");
        }
        note(fault, " leader " + leader + " " + ms + " ms");
        pause(ms);
    }

    private void partAll(int one, List<Integer> others) throws IOException {
        for (int other : others) {
            network().part(one, other);
        }
    }

    // ---- clocks

    private void jump(int leader) throws IOException {
        List<Integer> seconds = TorturedCluster.numbers()
                .mapToObj(node -> random.nextInt(2 * CLOCK_SECONDS_MAX) - CLOCK_SECONDS_MAX)
                .toList();
        note(
                ClusterFault.CLOCK,
                " " + seconds.stream().map(String::valueOf).collect(Collectors.joining(" s, ")) + " s");
        setClocks(seconds);
        traffic.wallErrorSeconds(seconds.get(leader - 1));
    }

    /**
     * The history knows one clock: what the one that is most ahead shows is what a task may be due by. It may say a moment too long that it shows more, and
     * never too short.
     */
    private void setClocks(List<Integer> seconds) throws IOException {
        int most = Collections.max(seconds);
        boolean isAhead = most > mostAhead;
        if (isAhead) {
            noteClock(most);
        }
        for (int node = 1; node <= TorturedCluster.COUNT; node++) {
            Objects.requireNonNull(cluster.broker(node).clock()).set(seconds.get(node - 1));
        }
        if (!isAhead) {
            noteClock(most);
        }
        mostAhead = most;
    }

    private int mostAhead;

    private void noteClock(long seconds) {
        history.addClock(seconds);
    }

    /** Nothing waits for its time any more: all wall clocks show more than they ever did. */
    void endWaiting() throws IOException {
        if (cluster.broker(1).clock() != null) {
            setClocks(Collections.nCopies(TorturedCluster.COUNT, 3 * CLOCK_SECONDS_MAX));
        }
    }

    private void pause(int ms) {
        for (int left = ms; left > 0; left -= REMINDER_MS) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(Math.min(left, REMINDER_MS)));
            if (left > REMINDER_MS) {
                say("it goes on");
            }
        }
    }
}
