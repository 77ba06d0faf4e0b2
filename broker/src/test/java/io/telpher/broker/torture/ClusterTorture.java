package io.telpher.broker.torture;

import io.telpher.client.Telpher;
import io.telpher.testing.faults.FaultyNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code bin/torture --cluster}: three real processes under faults of network and machines, and afterwards an account of every task, as {@link Torture} does it
 * for one. Where this process is in a network namespace of its own the nodes are on machines of their own; otherwise on loopback, without the faults of the
 * network.
 */
final class ClusterTorture implements AutoCloseable {
    /**
     * @param seconds until the faults stop
     * @param faults these in this order, once, instead of what the seed draws; empty = by the seed
     * @param work an empty directory
     */
    record Options(long seconds, long seed, List<ClusterFault> faults, Path work) {}

    /** @param text figures for people */
    record Outcome(Verdict verdict, int faults, String text) {
        boolean isGood() {
            return verdict.isGood();
        }
    }

    private static final int REST_SECONDS_MAX = 300;
    private static final int TRAFFIC_BETWEEN_FAULTS = 60;
    private static final long TRAFFIC_SECONDS_MAX = 60;
    private static final int SAME_LOOKS = 600;
    private static final int LOOK_MS = 100;
    /** Held, since the level would go with it; below it each client tells of each address that it tried. */
    private static final Logger CLIENTS = Logger.getLogger("io.telpher.client");

    private final Options options;
    private final Random random;
    private final History history;
    private final Traffic traffic = new Traffic();
    private final TorturedCluster cluster;
    private final ClusterNemesis nemesis;
    private final Clients clients;
    private final Leaderships leaderships;
    private final List<Long> recoveriesMs = new ArrayList<>();
    /** By the fault that ended other than by itself, the longest time without a confirmed task. */
    private final Map<ClusterFault, Long> gapsMs = new EnumMap<>(ClusterFault.class);

    private ClusterTorture(Options options) throws Exception {
        this.options = options;
        random = new Random(options.seed());
        history = new History(options.work().resolve("history"));
        cluster = new TorturedCluster(options.work(), true, network(options.work(), options.seed()));
        nemesis = new ClusterNemesis(cluster, history, traffic, split());
        clients = new Clients(cluster.url(), cluster.httpAddresses(), history, traffic, split());
        leaderships = new Leaderships(cluster, history);
    }

    private static @Nullable FaultyNetwork network(Path work, long seed) throws IOException {
        return FaultyNetwork.isAlone() ? FaultyNetwork.of(TorturedCluster.COUNT, work, seed) : null;
    }

    private Random split() {
        return new Random(random.nextLong());
    }

    static Outcome run(Options options) throws Exception {
        try (ClusterTorture torture = new ClusterTorture(options)) {
            // When the machine ends this process, nothing stays mounted or running.
            Thread onEnd = new Thread(torture::end);
            Runtime.getRuntime().addShutdownHook(onEnd);
            try {
                return torture.run();
            } finally {
                Runtime.getRuntime().removeShutdownHook(onEnd);
            }
        }
    }

    private Outcome run() throws IOException, InterruptedException {
        CLIENTS.setLevel(Level.WARNING);
        saySkipped();
        nemesis.start();
        cluster.awaitLeader();
        clients.makeQueues();
        clients.start();
        leaderships.start();
        awaitTraffic();
        traffic.longestGapMs(); // from here on
        if (options.faults().isEmpty()) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
            while (System.nanoTime() < deadline) {
                awaitRecovery(nemesis.strike());
            }
        } else {
            for (ClusterFault fault : options.faults()) {
                if (nemesis.missing(fault) == null) {
                    nemesis.strike(fault);
                    awaitRecovery(fault);
                }
            }
        }
        return settle();
    }

    private void saySkipped() {
        Stream<ClusterFault> wanted =
                options.faults().isEmpty() ? Stream.of(ClusterFault.values()) : options.faults().stream();
        wanted.filter(fault -> nemesis.missing(fault) != null)
                .collect(Collectors.groupingBy(nemesis::missing))
                .forEach((why, faults) -> print("SKIPPED: " + faults + ", because " + why));
    }

    /** From when all is as it should be until something is confirmed; then each fault should meet a cluster at work. */
    private void awaitRecovery(ClusterFault fault) throws IOException {
        long healed = System.nanoTime();
        awaitAccepted(1);
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
        recoveriesMs.add(ms);
        long gapMs = traffic.longestGapMs();
        gapsMs.merge(fault, gapMs, Math::max);
        history.add(Event.of(Event.Kind.FAULT)
                .text("nothing was confirmed for " + gapMs + " ms, and something " + ms + " ms after all was healed"));
        awaitTraffic();
    }

    private void awaitTraffic() throws IOException {
        awaitAccepted(TRAFFIC_BETWEEN_FAULTS);
    }

    private void awaitAccepted(int count) throws IOException {
        long accepted = traffic.acceptedCount() + count;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TRAFFIC_SECONDS_MAX);
        while (traffic.acceptedCount() < accepted) {
            checkAlive();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "not " + count + " tasks were accepted for " + TRAFFIC_SECONDS_MAX + " s without faults");
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void checkAlive() throws IOException {
        Throwable failure = clients.failure();
        if (failure != null) {
            throw new IllegalStateException("a client met what must not happen: " + Torture.causes(failure), failure);
        }
        for (int node = 1; node <= TorturedCluster.COUNT; node++) {
            if (!cluster.isAlive(node) && !nemesis.startsAfterFullDisk()) {
                RealBroker ended = cluster.broker(node);
                throw new IllegalStateException("node " + node + " ended without a fault, with exit code "
                        + ended.exitCode() + ": " + ended.lastOutput());
            }
        }
    }

    /** No more faults: everything has to be done, is then looked at, and all nodes have to have the same. */
    private Outcome settle() throws IOException, InterruptedException {
        traffic.stopSubmitting();
        clients.joinProducers();
        nemesis.endWaiting();
        int tasks;
        try (Telpher telpher = Telpher.connect(cluster.url())) {
            Accounts accounts = new Accounts(telpher, history);
            accounts.awaitRest(REST_SECONDS_MAX);
            traffic.stopWorking();
            clients.joinWorkers();
            tasks = accounts.close();
        }
        checkAlive();
        leaderships.close();
        String same = requireSame();
        history.close();
        Verdict verdict = Torture.check(options.work().resolve("history"));
        return new Outcome(verdict, nemesis.counts().total(), figures(tasks, same, verdict));
    }

    /** What each disk holds is the same, byte by byte of the state at the same record. */
    private String requireSame() throws IOException, InterruptedException {
        awaitSameIndex();
        for (int node = 1; node <= TorturedCluster.COUNT; node++) {
            cluster.broker(node).kill();
        }
        List<TorturedCluster.State> states = new ArrayList<>();
        for (int node = 1; node <= TorturedCluster.COUNT; node++) {
            states.add(cluster.state(node));
        }
        if (states.stream().distinct().count() > 1) {
            throw new IllegalStateException("the nodes' states are not the same: " + states);
        }
        return String.format(
                "all nodes have the state %016x at record %d",
                states.get(0).hash(), states.get(0).sequence());
    }

    /** Nothing is done any more, so all come to the same end. */
    private void awaitSameIndex() throws IOException, InterruptedException {
        List<Long> indexes = List.of();
        for (int look = 0; look < SAME_LOOKS; look++) {
            List<Long> now = new ArrayList<>();
            for (int node = 1; node <= TorturedCluster.COUNT; node++) {
                now.add(cluster.status(node).path("applied_index").asLong());
            }
            if (now.stream().distinct().count() == 1 && now.equals(indexes)) {
                return;
            }
            indexes = now;
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
        }
        throw new IllegalStateException("the nodes don't come to rest at the same place: " + indexes);
    }

    private String figures(int tasks, String same, Verdict verdict) {
        recoveriesMs.sort(null);
        return String.format(
                "torture: cluster%s, seed %d, %d faults (%s), %d changes of leaders, a task was confirmed %d ms after"
                        + " all was healed (median; at most %d), the longest time without one in ms: %s; %d tasks in the end; %s; %s",
                cluster.network() == null ? " on loopback" : "",
                options.seed(),
                nemesis.counts().total(),
                nemesis.counts(),
                leaderships.changes(),
                recoveriesMs.isEmpty() ? 0 : recoveriesMs.get(recoveriesMs.size() / 2),
                recoveriesMs.isEmpty() ? 0 : recoveriesMs.get(recoveriesMs.size() - 1),
                gapsMs,
                tasks,
                same,
                verdict);
    }

    private static void print(String text) {
        System.out.println(text);
    }

    private void end() {
        try {
            cluster.end();
        } catch (IOException | InterruptedException e) {
            print("can't clean up: " + e);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        leaderships.close();
        clients.close();
        cluster.close();
        history.close();
    }

    /** See {@link Torture#main}, which comes here for {@code --cluster}. */
    static void main(String[] arguments, long seconds, long seed, Path work) throws Exception {
        int failovers = Integer.parseInt(Torture.option(arguments, "--failovers", "0"));
        int transfers = Integer.parseInt(Torture.option(arguments, "--transfers", "0"));
        if (failovers + transfers > 0) {
            CLIENTS.setLevel(Level.WARNING);
            try (TorturedCluster cluster = new TorturedCluster(work, false, network(work, seed))) {
                print(Failovers.measure(cluster, failovers, transfers));
            }
            return;
        }
        List<ClusterFault> faults = Stream.of(
                        Torture.option(arguments, "--faults", "").split(","))
                .filter(name -> !name.isEmpty())
                .map(ClusterFault::valueOf)
                .toList();
        Outcome outcome = run(new Options(seconds, seed, faults, work));
        print(outcome.text());
        System.exit(outcome.isGood() ? 0 : 1);
    }
}
