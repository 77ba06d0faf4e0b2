package io.telpher.broker;

import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.core.state.Waiters;
import io.telpher.broker.http.HttpServer;
import io.telpher.broker.http.call.BrokerFacts;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.Forwarder;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.live.LiveFeed;
import io.telpher.broker.http.metrics.Metrics;
import io.telpher.broker.journal.ReadObserver;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.net.BinaryServer;
import io.telpher.broker.net.EventLoops;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.replica.AttemptObserver;
import io.telpher.broker.partition.replica.LatencyRecorder;
import io.telpher.broker.partition.replica.TaskChanges;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.salvage.DataDirectory;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.partition.time.BootClockFile;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.broker.security.ClientLimits;
import io.telpher.broker.security.Security;
import io.telpher.broker.security.UnusableException;
import io.telpher.broker.thread.Chore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: recovers, opens its ports last, and stops in the opposite order. {@link #failure} completes when it can't go on; the process should
 * then end at once, without {@link #close}.
 */
public final class Broker implements AutoCloseable {
    public static final String VERSION =
            java.util.Objects.requireNonNullElse(Broker.class.getPackage().getImplementationVersion(), "development");

    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    static final int EPOCH_BITS = 32;
    private static final int RELOAD_SECONDS_MAX = 5;

    private final BrokerConfig config;
    private final List<RunningPartition> partitions;
    private final PartitionRouter router;
    private final List<EventLoops> loops;
    private final BinaryServer binary;
    private final HttpServer http;
    private final LiveFeed feed;
    private final Security security;
    private final Metrics metrics;
    private final CompletableFuture<Throwable> failure;
    private final ExecutorService lookBacks;
    private final Watchdog watchdog;
    private final @Nullable Cluster cluster;
    private volatile boolean stuck;

    private Broker(
            BrokerConfig config,
            List<RunningPartition> partitions,
            PartitionRouter router,
            Doors doors,
            Security security,
            CompletableFuture<Throwable> failure,
            ExecutorService lookBacks,
            Watchdog watchdog,
            @Nullable Cluster cluster) {
        this.config = config;
        this.partitions = partitions;
        this.router = router;
        this.loops = doors.loops();
        this.binary = doors.binary();
        this.http = doors.http();
        this.feed = doors.feed();
        this.security = security;
        this.metrics = doors.metrics();
        this.failure = failure;
        this.lookBacks = lookBacks;
        this.watchdog = watchdog;
        this.cluster = cluster;
    }

    private record Doors(
            List<EventLoops> loops, BinaryServer binary, HttpServer http, LiveFeed feed, Metrics metrics) {}

    /**
     * Recovers what the directory holds and serves it. The directory is made when it is not there, but not the one that it is in.
     *
     * @throws io.telpher.broker.net.StartException when directory, disk or ports can't be used
     * @throws io.telpher.broker.journal.JournalException when the directory is in use or damaged; nothing was changed
     * @throws UnusableException when a file of tokens or certificates can't be used
     */
    public static Broker start(BrokerConfig config) throws IOException, InterruptedException, UnusableException {
        return start(config, BrokerClock.MACHINE);
    }

    /** For tests, which move the clock: no option and no configuration leads here. */
    public static Broker start(BrokerConfig config, BrokerClock.Source clock)
            throws IOException, InterruptedException, UnusableException {
        StartProblem problem = new StartProblem(config.directory());
        problem.requirePlace();
        try {
            DataDirectory.create(config.directory());
            Cluster.requireNode(config);
            return startSecured(config, clock);
        } catch (IOException e) {
            throw problem.of(e);
        }
    }

    private static Broker startSecured(BrokerConfig config, BrokerClock.Source clock)
            throws IOException, InterruptedException, UnusableException {
        Security security = Security.open(config.security(), config.directory());
        try {
            return start(config, security, clock);
        } catch (IOException | InterruptedException | RuntimeException e) {
            security.close();
            throw e;
        }
    }

    private static Broker start(BrokerConfig config, Security security, BrokerClock.Source clock)
            throws IOException, InterruptedException {
        NativeLibraries.unpackInto(config.directory().resolve("native"));
        PartitionLayout layout = PartitionLayout.open(
                config.directory(), config.partitions(), Runtime.getRuntime().availableProcessors());
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        HealthChecks checks = new HealthChecks(config.directory(), failure);
        StartupHttp door = new StartupHttp(config, security, checks::make, cause -> fail(failure, cause));
        try {
            return start(config, layout, security, new Opening(failure, checks, door, clock));
        } catch (IOException | InterruptedException | RuntimeException e) {
            door.close();
            throw e;
        }
    }

    /** Says so before it is known: who waits for it ends the process at once. Any thread. */
    static void fail(CompletableFuture<Throwable> failure, Throwable cause) {
        LOG.error("TQ-1011 the broker can't go on; nothing is confirmed any more", cause);
        failure.complete(cause);
    }

    private record Opening(
            CompletableFuture<Throwable> failure, HealthChecks checks, StartupHttp door, BrokerClock.Source clock) {}

    private static Broker start(BrokerConfig config, PartitionLayout layout, Security security, Opening opening)
            throws IOException, InterruptedException {
        CompletableFuture<Throwable> failure = opening.failure();
        Metrics metrics = new Metrics();
        LatencyRecorder timings = new LatencyRecorder();
        List<RunningPartition> partitions =
                ParallelRecovery.recover(config, layout, opening.door().progress(), (nanos, records) -> {
                    metrics.synced(nanos, records);
                    timings.synced(nanos, records);
                    opening.checks().synced(nanos, records);
                });
        opening.door().progress().enter(StartProgress.Phase.OPENING);
        partitions.forEach(partition -> partition.onRead(observer(metrics)));
        AtomicLong sessions = new AtomicLong();
        Cluster cluster = Cluster.open(config, partitions, sessions, cause -> fail(failure, cause));
        BrokerClock clock = startClock(config, partitions, opening.clock());
        HeapBudget heap = HeapBudget.ofHeap(layout.count());
        ExecutorService lookBacks = HistoryReplayPlan.newThread(cause -> fail(failure, cause));
        ClientShares shares = shares(config, partitions.size());
        TaskChanges changes = new TaskChanges(clock::wallMs);
        TransitionListener attempts = AttemptObserver.listener(metrics.attempts(), clock);
        TransitionListener watchers = TransitionListener.all(attempts, timings, changes);
        RunningPartition.Shared shared = new RunningPartition.Shared(
                config, clock, heap, lookBacks, shares, watchers, cause -> fail(failure, cause));
        List<PartitionAgent> agents = partitions.stream()
                .map(partition -> cluster == null
                        ? partition.begin(shared)
                        : partition.follow(shared, cluster.node(), cluster.leading()))
                .toList();
        PartitionRouter router = PartitionRouter.over(agents, clock);
        metrics.watch(router);
        metrics.watch(clock);
        opening.checks().watch(clock);
        metrics.watch(security.pending());
        metrics.watch(shares);
        agents.forEach(PartitionAgent::start);
        // Above any of earlier runs: each start raises every partition's epoch.
        long epoch =
                partitions.stream().mapToLong(RunningPartition::epoch).max().orElse(0);
        if (cluster == null) {
            sessions.set(epoch << EPOCH_BITS);
        }
        Watched watched = new Watched(
                opening.door(),
                metrics,
                new LiveFeed.Sources(router, changes, timings, clock::wallMs),
                security,
                shares,
                cause -> fail(failure, cause),
                cluster);
        opening.checks().serving(router);
        Doors doors = open(config, router, sessions::incrementAndGet, clock, watched);
        List<Chore> chores = new ArrayList<>(security.chores());
        if (cluster != null) {
            chores.addAll(cluster.node().chores());
        }
        Watchdog watchdog = watch(partitions, chores, doors, heap, opening.checks());
        if (cluster != null) {
            opening.checks().watch(cluster);
            metrics.watchCluster(cluster);
            cluster.start(
                    doors.binary(),
                    doors.http(),
                    partitions.get(0).agreed(),
                    new LocalNode(config.directory(), router));
        }
        Broker broker = new Broker(config, partitions, router, doors, security, failure, lookBacks, watchdog, cluster);
        broker.writePorts();
        opening.door().progress().enter(StartProgress.Phase.READY);
        return broker;
    }

    /** Goes on where that of the last run was, as far as can be known. */
    private static BrokerClock startClock(
            BrokerConfig config, List<RunningPartition> partitions, BrokerClock.Source source) throws IOException {
        RunningPartition latest = partitions.stream()
                .max(Comparator.comparingLong(RunningPartition::lastStampMs))
                .orElseThrow();
        BootClockFile file = BootClockFile.in(config.directory());
        BrokerClock clock = BrokerClock.start(
                new BrokerClock.Start(latest.lastStampMs(), latest.lastWallOffsetMs(), file.microsAtNanoZero()),
                source);
        file.save(clock);
        return clock;
    }

    /** The cluster that this is a node of; null when it is one by itself. Any thread. */
    public @Nullable ClusterControl cluster() {
        return cluster;
    }

    private static BinaryServer listen(BinaryServer.Options options, PartitionRouter router, EventLoops loops) {
        boolean listens = false;
        try {
            BinaryServer binary = BinaryServer.start(options, router, loops.group());
            listens = true;
            return binary;
        } finally {
            if (!listens) {
                loops.stop(0);
            }
        }
    }

    /** Has what can hang or fail beside requests seen. */
    private static Watchdog watch(
            List<RunningPartition> partitions, List<Chore> chores, Doors doors, HeapBudget heap, HealthChecks checks) {
        partitions.forEach(partition -> chores.addAll(partition.chores()));
        chores.add(doors.feed().telling());
        checks.watch(chores);
        doors.metrics().watch(chores, () -> partitions.stream()
                .mapToInt(RunningPartition::unwantedFiles)
                .sum());
        Watchdog watchdog = new Watchdog(
                partitions.stream().flatMap(each -> each.watched().stream()).toList(), heap::review);
        checks.watch(heap);
        doors.metrics().watch(heap);
        watchdog.start();
        checks.watch(watchdog);
        doors.metrics().watchCycles(watchdog::longestSeconds);
        return watchdog;
    }

    private static ClientShares shares(BrokerConfig config, int partitions) {
        ClientLimits limits = config.security().clients();
        int connections = config.connectionsMax();
        return new ClientShares(new ClientShares.Sizes(
                limits.sharePercent(),
                connections,
                limits.connections(connections),
                limits.parkedMax(),
                Waiters.WAITERS_MAX,
                partitions));
    }

    private record Watched(
            StartupHttp door,
            Metrics metrics,
            LiveFeed.Sources live,
            Security security,
            ClientShares shares,
            Consumer<Throwable> failed,
            @Nullable Cluster cluster) {
        LeaderGate gate() {
            return cluster == null ? LeaderGate.alwaysOpen() : cluster.gate();
        }
    }

    private static Doors open(
            BrokerConfig config, PartitionRouter router, LongSupplier sessionIds, BrokerClock clock, Watched watched)
            throws InterruptedException {
        LeaderGate gate = watched.gate();
        EventLoops loops = new EventLoops("telpher-net", watched.failed());
        BinaryServer binary = listen(
                new BinaryServer.Options(
                        config.listen(),
                        config.limits(),
                        config.connectionsMax(),
                        watched.shares().connections(),
                        sessionIds,
                        clock,
                        clock::wallMs,
                        VERSION,
                        watched.security(),
                        gate),
                router,
                loops);
        LiveFeed feed = LiveFeed.start(watched.live(), LiveFeed.newThread(watched.failed()));
        HttpServer http = watched.door().http();
        http.serve(new HttpOptions(
                config.http(),
                config.limits(),
                router,
                sessionIds,
                clock,
                watched.door().health(),
                watched.metrics(),
                feed,
                new BrokerFacts(VERSION, config.directory(), config.sync().text()),
                watched.security(),
                watched.shares().httpConnections(),
                gate,
                Forwarder.of(watched.cluster(), watched.shares().forwarded()),
                watched.cluster()));
        watched.security().onChange(() -> {
            binary.recheckCredentials();
            http.recheckCredentials();
        });
        return new Doors(List.of(loops, watched.door().loops()), binary, http, feed, watched.metrics());
    }

    /**
     * Brings into effect what of this configuration can change while the broker runs: retention and queue policies, as journaled commands, and
     * what lies in the files of tokens and certificates. A policy that is as it was when it was taken up stays
     * as it is, and so does a field that is no longer given. Waits for the partitions, at most 5 s. Any thread.
     *
     * @throws UnusableException when one of them can't be used; nothing was changed
     */
    public Reloaded reload(BrokerConfig wanted) throws UnusableException {
        List<String> files = security.reload();
        if (cluster != null && !cluster.gate().isOpen()) {
            LOG.info(
                    "TQ-5016 retention and queue policies belong to the cluster: a reload on the node that leads changes them");
            return new Reloaded(files, Map.of(), true);
        }
        List<CompletableFuture<Map<String, String>>> answers =
                partitions.stream().map(partition -> partition.reload(wanted)).toList();
        boolean isAnswered = CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(nothing -> true)
                .completeOnTimeout(false, RELOAD_SECONDS_MAX, TimeUnit.SECONDS)
                .join();
        Map<String, String> refused = new TreeMap<>();
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i).isDone()) {
                Map<String, String> there = answers.get(i).join();
                partitions.get(i).reloaded(wanted, there);
                refused.putAll(there);
            }
        }
        return new Reloaded(files, refused, isAnswered);
    }

    /**
     * What a reload did.
     *
     * @param files those that were read again
     * @param refused by queue why its policy was refused; the queue stays as it was
     * @param isAnswered false when a partition did not answer in time, so that nobody knows whether all the rest holds
     */
    public record Reloaded(List<String> files, Map<String, String> refused, boolean isAnswered) {}

    /** Shows operators what holds and who said so, as JSON. Any thread. */
    public void showConfig(String json) {
        http.showConfig(json);
    }

    /** For tools that start a broker on free ports: appears whole, or not at all. */
    private void writePorts() throws IOException {
        Path file = config.directory().resolve("ports.json");
        Path fresh = config.directory().resolve("ports.json.new");
        Files.writeString(
                fresh,
                String.format(
                        "{\"binary\":%d,\"http\":%d,\"pid\":%d}%n",
                        binary.port(), httpPort(), ProcessHandle.current().pid()));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    public int port() {
        return binary.port();
    }

    public int httpPort() {
        return http.port();
    }

    /** {@code host:port} of the binary protocol. */
    public String address() {
        return config.listen().getHostString() + ":" + port();
    }

    /** {@code host:port} of the HTTP API. */
    public String httpAddress() {
        return config.http().getHostString() + ":" + httpPort();
    }

    /** For the client: {@code tq://host:port}, {@code tqs://} with TLS. */
    public String url() {
        return (security.tls() == null ? "tq://" : "tqs://") + address();
    }

    /** Completes with the reason when the broker can't go on. */
    public CompletableFuture<Throwable> failure() {
        return failure;
    }

    /**
     * Stops without losing anything: refuses new work, lets what is under way be answered, makes all of it durable. What workers hold stays
     * leased to them over the restart. A thread that hangs is not waited for: see {@link #isStuck}.
     */
    @Override
    public void close() {
        boolean isClosed = new BoundedStop(
                        this::closeAll, nanos -> !watchdog.hungFor(nanos).isEmpty())
                .run();
        stuck = !isClosed;
    }

    /** True when {@link #close} gave up: threads still run, and only the end of the process ends them. Any thread. */
    public boolean isStuck() {
        return stuck;
    }

    private void closeAll() {
        try {
            if (cluster != null) {
                // First: it leads to the end of what it has confirmed, and the next one waits for no timeout.
                cluster.close();
            }
            router.drain();
            lookBacks.shutdownNow();
            feed.close();
            metrics.close();
            binary.drain();
            router.stop();
            binary.close();
            http.close();
            for (EventLoops each : loops) {
                each.stop(1).sync();
            }
            partitions.forEach(RunningPartition::close);
            security.close();
            watchdog.close();
            Files.deleteIfExists(config.directory().resolve("ports.json"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while stopping; the journal is complete all the same");
        } catch (IOException e) {
            LOG.warn("TQ-1010 can't remove ports.json", e);
        }
    }

    private static ReadObserver observer(Metrics metrics) {
        return new ReadObserver() {
            @Override
            public void read(long nanos) {
                metrics.read(nanos);
            }

            @Override
            public void unreadable() {
                metrics.unreadable();
            }
        };
    }
}
