package io.telpher.broker.torture;

import io.telpher.client.Telpher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code bin/torture}: the real process under faults from outside, and afterwards an account of every task. A seed decides which faults come in which
 * order; when they hit, the machine decides.
 */
public final class Torture implements AutoCloseable {
    /**
     * @param seconds until the faults stop; then comes the time to get everything done
     * @param partitions of the broker; 0 leaves it to the seed
     * @param work an empty directory
     */
    record Options(long seconds, long seed, int partitions, boolean withFaults, Path work) {
        int partitionsDrawn() {
            return partitions > 0 ? partitions : new SplittableRandom(seed).nextInt(1, PARTITIONS_MAX + 1);
        }
    }

    /** @param text figures for people */
    record Outcome(Verdict verdict, int faults, String text) {}

    private static final int PARTITIONS_MAX = 3;
    private static final int REST_SECONDS_MAX = 300;
    private static final int TRAFFIC_BETWEEN_FAULTS = 60;
    private static final long TRAFFIC_SECONDS_MAX = 60;

    private final Options options;
    private final Random random;
    private final History history;
    private final Traffic traffic = new Traffic();
    private final FaultProxy binaryProxy = new FaultProxy();
    private final FaultProxy httpProxy = new FaultProxy();
    private final Disk disk;
    private final RealBroker broker;
    private final Nemesis nemesis;
    private final Clients clients;

    private Torture(Options options) throws IOException {
        this.options = options;
        random = new Random(options.seed());
        history = new History(options.work().resolve("history"));
        disk = Disk.open(options.work(), options.withFaults());
        broker = new RealBroker(disk.directory(), options.partitionsDrawn(), options.work());
        int stopMsMax = options.seconds() <= 600 ? 10_000 : 30_000;
        nemesis = new Nemesis(broker, disk, List.of(binaryProxy, httpProxy), history, traffic, split(), stopMsMax);
        String http = "127.0.0.1:" + httpProxy.port();
        clients = new Clients("tq://127.0.0.1:" + binaryProxy.port(), List.of(http), history, traffic, split());
    }

    private Random split() {
        return new Random(random.nextLong());
    }

    static Outcome run(Options options) throws IOException, InterruptedException {
        try (Torture torture = new Torture(options)) {
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
        if (options.withFaults() && !disk.isFaulty()) {
            print("SKIPPED: power cuts, sync errors and full disks, because " + disk.missing());
        }
        if (options.withFaults() && broker.clock() == null) {
            print("SKIPPED: clock jumps, because gcc is missing");
        }
        nemesis.start();
        clients.makeQueues();
        clients.start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
        long nextReport = System.nanoTime();
        while (System.nanoTime() < deadline) {
            awaitTraffic();
            if (options.withFaults()) {
                nemesis.strike();
            }
            if (System.nanoTime() - nextReport >= 0) {
                report();
                nextReport += TimeUnit.SECONDS.toNanos(60);
            }
        }
        awaitTraffic();
        return settle();
    }

    /** Each fault should meet a broker at work. */
    private void awaitTraffic() throws IOException {
        long accepted = traffic.acceptedCount() + TRAFFIC_BETWEEN_FAULTS;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TRAFFIC_SECONDS_MAX);
        while (traffic.acceptedCount() < accepted) {
            checkAlive();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "no task was accepted for " + TRAFFIC_SECONDS_MAX + " s without faults");
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void checkAlive() throws IOException {
        Throwable failure = clients.failure();
        if (failure != null) {
            throw new IllegalStateException("a client met what must not happen: " + causes(failure), failure);
        }
        if (!broker.isAlive() && !nemesis.startsAfterFullDisk()) {
            throw new IllegalStateException("the broker ended without a fault, with exit code " + broker.exitCode()
                    + ": " + broker.lastOutput());
        }
    }

    /** In one line: of a failed test that is often all there is to see. */
    static String causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(Throwable::toString)
                .collect(Collectors.joining(", because of "));
    }

    /** No more faults: everything has to be done, and is then looked at. */
    private Outcome settle() throws IOException, InterruptedException {
        traffic.stopSubmitting();
        clients.joinProducers();
        nemesis.endWaiting();
        int tasks;
        try (Telpher telpher = Telpher.connect("tq://127.0.0.1:" + binaryProxy.port())) {
            Accounts accounts = new Accounts(telpher, history);
            accounts.awaitRest(REST_SECONDS_MAX);
            // The last acknowledgements may still owe their follow-ups to other partitions.
            clients.settleHandOvers();
            accounts.awaitRest(REST_SECONDS_MAX);
            traffic.stopWorking();
            clients.joinWorkers();
            tasks = accounts.close();
        }
        checkAlive();
        broker.terminate();
        history.close();
        Verdict verdict = check(options.work().resolve("history"));
        return new Outcome(verdict, nemesis.counts().total(), figures(tasks, verdict));
    }

    static Verdict check(Path history) throws IOException {
        Checker checker = new Checker();
        History.read(history, checker::accept);
        return checker.verdict();
    }

    private String figures(int tasks, Verdict verdict) {
        return String.format(
                "torture: %d s, seed %d, %d partitions, %d faults (%s), %d tasks in the end; %s",
                options.seconds(),
                options.seed(),
                options.partitionsDrawn(),
                nemesis.counts().total(),
                nemesis.counts(),
                tasks,
                verdict);
    }

    private void report() {
        print(String.format(
                "torture: %d faults, %d accepted, %d acknowledged",
                nemesis.counts().total(), traffic.acceptedCount(), traffic.acknowledgedCount()));
    }

    private static void print(String text) {
        System.out.println(text);
    }

    private void end() {
        try {
            if (broker.isAlive()) {
                broker.kill();
            }
            disk.close();
        } catch (IOException | InterruptedException e) {
            print("can't clean up: " + e);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        clients.close();
        if (broker.isAlive()) {
            broker.kill();
        }
        binaryProxy.close();
        httpProxy.close();
        disk.close();
        history.close();
    }

    /** Exit code 1 when something is wrong; then the directory stays. */
    public static void main(String[] arguments) throws Exception {
        String written = option(arguments, "--check", "");
        if (!written.isEmpty()) {
            print(check(Path.of(written)).toString());
            return;
        }
        String minutes = option(arguments, "--minutes", "5");
        String seed = option(arguments, "--seed", String.valueOf(System.nanoTime() & 0xffffff));
        String partitions = option(arguments, "--partitions", "0");
        String work = option(arguments, "--work", "");
        boolean withFaults = !List.of(arguments).contains("--no-faults");
        Path directory =
                work.isEmpty() ? Files.createTempDirectory("telpher-torture") : Files.createDirectories(Path.of(work));
        print("torture: seed " + seed + ", everything in " + directory);
        long seconds = Math.round(Double.parseDouble(minutes) * 60);
        if (List.of(arguments).contains("--cluster")) {
            ClusterTorture.main(arguments, seconds, Long.parseLong(seed), directory);
            return;
        }
        Outcome outcome =
                run(new Options(seconds, Long.parseLong(seed), Integer.parseInt(partitions), withFaults, directory));
        print(outcome.text());
        System.exit(outcome.verdict().isGood() ? 0 : 1);
    }

    static String option(String[] arguments, String name, String otherwise) {
        for (int i = 0; i + 1 < arguments.length; i++) {
            if (arguments[i].equals(name)) {
                return arguments[i + 1];
            }
        }
        return otherwise;
    }
}
