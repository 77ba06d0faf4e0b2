package io.telpher.broker.http.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.MetricsPage;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.partition.replica.AttemptObserver;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.partition.storage.Shortage;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.broker.security.PendingConnections;
import io.telpher.broker.thread.Chore;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.BrokerStats.Field;
import io.telpher.protocol.admin.Stats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The broker's figures in Prometheus' text format. Each scrape asks queues and broker by the queries of
 * the protocol, so nothing is counted twice. Thread-safe.
 */
public final class Metrics implements MetricsPage, AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private static final double MS = 1e3;

    /** The page cache answers in some microseconds, the quickest disks in about a hundred. */
    private static final Duration COLD_READ = Duration.ofNanos(200_000);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final QueueMetrics queues = new QueueMetrics(registry);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    /** The registry itself keeps none of what it asks. */
    private final List<Object> watched = new CopyOnWriteArrayList<>();

    private volatile @Nullable NodeMetrics nodes;

    /** Whether the partitions answered the last scrape. */
    private volatile boolean isAsked;

    private final long[] stats = new long[Field.values().length];
    private final Timer syncs = Timer.builder("telpher.journal.sync")
            .description("Time that making records durable took")
            .serviceLevelObjectives(
                    Duration.ofNanos(100_000),
                    Duration.ofNanos(250_000),
                    Duration.ofMillis(1),
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofMillis(100),
                    Duration.ofMillis(500),
                    Duration.ofSeconds(2))
            .register(registry);
    private final Timer reads = Timer.builder("telpher.journal.read")
            .description("Time that reading a payload, result or error back from the journal took")
            .serviceLevelObjectives(
                    Duration.ofNanos(50_000),
                    COLD_READ,
                    Duration.ofMillis(1),
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofMillis(100))
            .register(registry);
    private final Counter coldReads = Counter.builder("telpher.journal.cold.reads")
            .description("Reads of at least 0.2 ms: these were not in the page cache")
            .register(registry);
    private final Counter unreadable = Counter.builder("telpher.journal.unreadable")
            .description("Reads of a frame that the disk did not give back, or not as it was appended")
            .register(registry);
    private final DistributionSummary batches = DistributionSummary.builder("telpher.journal.sync.records")
            .description("Records that one sync made durable")
            .serviceLevelObjectives(1, 4, 16, 64, 256, 1024, 4096)
            .register(registry);

    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider buffers) {
            new NettyAllocatorMetrics(buffers).bindTo(registry);
        }
        gauge("telpher.connections", "Connections that sent something", Field.CONNECTIONS);
        gauge("telpher.waiting.reserves", "Reserves that wait for a task", Field.WAITERS);
        gauge("telpher.queues", "Queues", Field.QUEUES);
        Gauge.builder("telpher.queues.others", this, each -> each.queues.others(each.stats[Field.QUEUES.ordinal()]))
                .description("Queues without series of their own: they are shown together, as queue others")
                .register(registry);
        gauge("telpher.queues.max", "Queues that there may be, see limits.max_queues", Field.QUEUES_MAX);
        gauge("telpher.live.tasks", "Tasks that are still to be done: waiting or running", Field.LIVE_TASKS);
        bytes("telpher.journal.size", "Space that the journal takes, about", Field.JOURNAL_BYTES);
        bytes("telpher.disk.free", "Free space on the journal's disk", Field.DISK_FREE_BYTES);
        FunctionCounter.builder("telpher.journal.records", stats, all -> all[Field.JOURNAL_SEQUENCE.ordinal()])
                .description("Records appended, ever")
                .register(registry);
    }

    private void gauge(String name, String description, Field field) {
        Gauge.builder(name, this, each -> each.figure(field))
                .description(description)
                .register(registry);
    }

    /** Not a number while this node does not lead: it knows nothing of it then, and 0 would be something. */
    private double figure(Field field) {
        return isAsked ? stats[field.ordinal()] : Double.NaN;
    }

    private void bytes(String name, String description, Field field) {
        Gauge.builder(name, this, each -> each.figure(field))
                .description(description)
                .baseUnit("bytes")
                .register(registry);
    }

    /** @param router asked at each scrape what waits for space on the disk, and what was copied to give it back */
    public void watch(PartitionRouter router) {
        FunctionCounter.builder("telpher.journal.copied", router, PartitionRouter::copiedBytes)
                .description("What compaction appended again, since the start")
                .baseUnit("bytes")
                .register(registry);
        for (Shortage each : Shortage.values()) {
            Gauge.builder("telpher.disk.short", () -> router.shortages().contains(each) ? 1 : 0)
                    .description("1 while this waits because too little space is left on the disk")
                    .tags("what", each.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
    }

    /**
     * What goes on beside the partitions, whatever fails.
     *
     * @param unwantedFiles of the journal that are still to be deleted
     */
    public void watch(List<Chore> chores, IntSupplier unwantedFiles) {
        for (String name : chores.stream().map(Chore::name).distinct().toList()) {
            List<Chore> same =
                    chores.stream().filter(chore -> chore.name().equals(name)).toList();
            watched.add(same);
            Gauge.builder("telpher.background.failing", same, Metrics::failing)
                    .description("How many of these can't be done at present; they are tried again")
                    .tags("what", name)
                    .register(registry);
            FunctionCounter.builder("telpher.background.failures", same, each -> each.stream()
                            .mapToLong(Chore::failures)
                            .sum())
                    .description("How often this failed and was tried again")
                    .tags("what", name)
                    .register(registry);
        }
        watched.add(unwantedFiles);
        Gauge.builder("telpher.journal.files.unwanted", unwantedFiles, IntSupplier::getAsInt)
                .description("Journal files that nothing needs and that are still to be deleted")
                .register(registry);
    }

    /** Registers the heap's budget for tasks and its use. */
    public void watch(HeapBudget heap) {
        watched.add(heap);
        Gauge.builder("telpher.heap.budget", heap, HeapBudget::budgetBytes)
                .description("What tasks may take of the heap")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("telpher.heap.tasks", heap, HeapBudget::takenBytes)
                .description("What tasks take of the heap, about")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("telpher.heap.full", heap, each -> each.isFull() ? 1 : 0)
                .description("1 while new tasks are refused because too little of the heap is left")
                .register(registry);
    }

    /** @param longestSeconds the longest duty cycle of the last minute */
    public void watchCycles(DoubleSupplier longestSeconds) {
        watched.add(longestSeconds);
        TimeGauge.builder("telpher.duty.cycle.longest", longestSeconds, TimeUnit.SECONDS, DoubleSupplier::getAsDouble)
                .description("The longest that a partition's thread took to come round within the last minute")
                .register(registry);
    }

    private static double failing(List<Chore> chores) {
        return chores.stream().filter(chore -> chore.trouble() != null).count();
    }

    /** Registers what a node of a cluster knows of it. */
    public void watchCluster(ClusterControl cluster) {
        watched.add(cluster);
        cluster(
                "telpher.raft.leader",
                "1 while this node leads the cluster",
                cluster,
                status -> status.leader().equals(status.node()) ? 1 : 0);
        cluster(
                "telpher.raft.leader.known",
                "1 while this node knows who leads",
                cluster,
                status -> status.leader().isEmpty() ? 0 : 1);
        cluster("telpher.raft.term", "Count of elections", cluster, ClusterStatus::term);
        cluster(
                "telpher.raft.applied",
                "Entries of the shared log that this node has taken",
                cluster,
                ClusterStatus::appliedIndex);
        cluster(
                "telpher.raft.leader.changes",
                "Changes of leaders that this node has seen",
                cluster,
                ClusterStatus::leaderChanges);
        cluster("telpher.raft.void", "Batches agreed on and without effect", cluster, ClusterStatus::voidBatches);
        cluster("telpher.raft.log.bytes", "The shared log on this node's disk", cluster, ClusterStatus::logBytes);
        nodes = new NodeMetrics(registry, cluster);
        cluster("telpher.raft.lag", "Entries that the slowest node is behind the quickest", cluster, status -> {
            long most = status.nodes().stream()
                    .mapToLong(ClusterStatus.Node::commitIndex)
                    .max()
                    .orElse(0);
            long least = status.nodes().stream()
                    .mapToLong(ClusterStatus.Node::commitIndex)
                    .min()
                    .orElse(0);
            return most - least;
        });
    }

    private void cluster(
            String name, String description, ClusterControl cluster, ToDoubleFunction<ClusterStatus> figure) {
        Gauge.builder(name, cluster, each -> {
                    try {
                        return figure.applyAsDouble(each.status());
                    } catch (IOException e) {
                        return Double.NaN; // it is closing
                    }
                })
                .description(description)
                .register(registry);
    }

    public void watch(BrokerClock clock) {
        Gauge.builder("telpher.wall.clock.offset", clock, each -> each.wallOffsetMs() / MS)
                .description("How far the wall clock is ahead of the broker's; negative when it is behind")
                .baseUnit("seconds")
                .register(registry);
    }

    /** @param strangers who has not logged in, from too many connections at once */
    public void watch(PendingConnections strangers) {
        FunctionCounter.builder("telpher.connections.refused", strangers, PendingConnections::refusedCount)
                .description("Connections closed because too many of their address had not logged in yet")
                .register(registry);
    }

    /** @param shares of which clients hold, and were refused, what there is a limit of */
    public void watch(ClientShares shares) {
        for (Shares each : shares.all()) {
            String what = each.what().replace(' ', '_').toLowerCase(Locale.ROOT);
            Gauge.builder("telpher.held", each, Shares::count)
                    .description("What clients hold of the things that there is a limit of")
                    .tags("what", what)
                    .register(registry);
            FunctionCounter.builder("telpher.shares.refused", each, Shares::refusedCount)
                    .description("Refused because the limit of all, of the client or of its connection was reached")
                    .tags("what", what)
                    .register(registry);
        }
    }

    /** One sync was done. Any thread. */
    public void synced(long nanos, long records) {
        syncs.record(nanos, TimeUnit.NANOSECONDS);
        batches.record((double) records);
    }

    /** One frame was read back from the journal. Any thread. */
    public void read(long nanos) {
        reads.record(nanos, TimeUnit.NANOSECONDS);
        if (nanos >= COLD_READ.toNanos()) {
            coldReads.increment();
        }
    }

    /** A frame of the journal could not be read. Any thread. */
    public void unreadable() {
        unreadable.increment();
    }

    public double coldReads() {
        return coldReads.count();
    }

    /** The JVM tells nothing more. */
    @Override
    public void close() {
        collections.close();
    }

    /** To be told of attempts. */
    public AttemptObserver attempts() {
        return queues.attempts();
    }

    /** Asks for the queues, then for the broker's numbers. */
    @Override
    public BrokerCall scrape() {
        return queues.scrape(() -> new BrokerCall((out, id) -> Stats.write(out, id), this::scraped));
    }

    /** Of a node that does not lead, so that no partition can be asked. */
    @Override
    public BrokerCall scrapeOwn() {
        return BrokerCall.local(options -> {
            isAsked = false;
            queues.forget();
            return text();
        });
    }

    private Answer text() {
        NodeMetrics present = nodes;
        if (present != null) {
            present.update();
        }
        return new Answer(200, TEXT, registry.scrape().getBytes(StandardCharsets.UTF_8), 0);
    }

    private synchronized Answer scraped(ByteBuffer frame) {
        BrokerStats now = new BrokerStats().wrap(frame, 0);
        for (Field field : Field.values()) {
            stats[field.ordinal()] = now.get(field);
        }
        isAsked = true;
        return text();
    }
}
