package io.telpher.broker;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.http.HttpServer;
import io.telpher.broker.http.Metrics;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.net.BinaryServer;
import io.telpher.broker.net.Transport;
import io.telpher.broker.partition.BrokerClock;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.Recovery;
import io.telpher.broker.partition.SnapshotPlan;
import io.telpher.broker.partition.SnapshotPolicy;
import io.telpher.broker.partition.SnapshotStore;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.NewTerm;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.QueuePolicyFields;
import io.telpher.protocol.SetRetainedBytes;
import io.telpher.protocol.SetRetention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
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
    private static final int PARTITION = 0;
    private static final int TERM_BITS = 32;

    private final BrokerConfig config;
    private final ChronicleJournal journal;
    private final PartitionAgent agent;
    private final EventLoopGroup group;
    private final BinaryServer binary;
    private final HttpServer http;
    private final CompletableFuture<Throwable> failure;

    private Broker(
            BrokerConfig config,
            ChronicleJournal journal,
            PartitionAgent agent,
            EventLoopGroup group,
            BinaryServer binary,
            HttpServer http,
            CompletableFuture<Throwable> failure) {
        this.config = config;
        this.journal = journal;
        this.agent = agent;
        this.group = group;
        this.binary = binary;
        this.http = http;
        this.failure = failure;
    }

    /**
     * Recovers what the directory holds and serves it.
     *
     * @throws io.telpher.broker.journal.JournalException when the directory is in use or damaged; nothing was changed
     */
    public static Broker start(BrokerConfig config) throws IOException, InterruptedException {
        NativeLibraries.unpackInto(config.directory().resolve("native"));
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        failure.thenAccept(cause -> LOG.error("TQ-1011 the broker can't go on; nothing is confirmed any more", cause));
        AtomicReference<PartitionAgent> agentLater = new AtomicReference<>();
        Runnable journalAdvanced = () -> {
            PartitionAgent agent = agentLater.get();
            if (agent != null) {
                agent.journalAdvanced();
            }
        };
        SnapshotStore snapshots = new SnapshotStore(config.directory(), PARTITION);
        Recovery recovery = new Recovery(new Partition(PARTITION, Outbox.DISCARD), snapshots);
        ChronicleJournal journal = ChronicleJournal.open(
                new JournalOptions(
                        config.directory(), config.sync(), JournalOptions.FILE_BYTES_DEFAULT, journalAdvanced),
                recovery);
        Metrics metrics = new Metrics();
        journal.onSync(metrics::synced);
        recovery.logSummary();
        Partition partition = recovery.partition();
        LongSupplier clock = new BrokerClock(recovery.lastStampMs());
        PartitionAgent agent = new PartitionAgent(partition, journal, clock, failure::complete);
        agentLater.set(agent);
        agent.takeSnapshots(new SnapshotPlan(snapshots, SnapshotPolicy.DEFAULT, recovery, journalAdvanced));
        agent.compact(snapshots::oldestFile);
        beginTerm(config, partition, journal, agent);
        agent.start();

        AtomicLong sessions = new AtomicLong(journal.term() << TERM_BITS);
        EventLoopGroup group =
                Transport.newGroup("telpher-net", Runtime.getRuntime().availableProcessors());
        BinaryServer binary = BinaryServer.start(
                new BinaryServer.Options(
                        config.listen(),
                        config.limits(),
                        config.connectionsMax(),
                        sessions::incrementAndGet,
                        clock,
                        VERSION),
                agent,
                group);
        HttpServer http = HttpServer.start(
                new HttpServer.Options(
                        config.http(),
                        config.limits(),
                        agent,
                        sessions::incrementAndGet,
                        clock,
                        () -> !failure.isDone() && !agent.isDraining(),
                        metrics),
                group);
        Broker broker = new Broker(config, journal, agent, group, binary, http, failure);
        broker.writePorts();
        return broker;
    }

    /** What changes outcomes is a journaled command: the new term, then the policies that differ from what holds. */
    private static void beginTerm(
            BrokerConfig config, Partition partition, ChronicleJournal journal, PartitionAgent agent) {
        agent.applyOwn(NewTerm.write(new FrameWriter(), 0, journal.term(), Recovery.SEMANTICS_VERSION));
        Retention retention = config.retention();
        if (partition.retentionMs() != retention.time().toMillis()) {
            agent.applyOwn(
                    SetRetention.write(new FrameWriter(), 0, retention.time().toMillis()));
        }
        if (partition.retainedBytesMax() != retention.bytes()) {
            agent.applyOwn(SetRetainedBytes.write(new FrameWriter(), 0, retention.bytes()));
        }
        new TreeMap<>(config.queues()).forEach((name, policy) -> {
            QueueCursor queue = partition.findQueue(name);
            QueuePolicyFields before = queue == null ? QueuePolicyFields.NOTHING : queue.ownPolicy();
            if (queue == null || !policy.over(before).equals(before)) {
                agent.applyOwn(PutQueue.write(new FrameWriter(), 0, name, policy));
            }
        });
    }

    /**
     * Brings into effect what of this configuration can change while the broker runs: retention and queue policies, as journaled commands.
     * A field that is no longer given stays as it is. Any thread.
     */
    public void reload(BrokerConfig wanted) {
        FrameWriter frames = new FrameWriter();
        SetRetention.write(frames, 0, wanted.retention().time().toMillis());
        SetRetainedBytes.write(frames, 0, wanted.retention().bytes());
        new TreeMap<>(wanted.queues()).forEach((name, policy) -> PutQueue.write(frames, 0, name, policy));
        agent.receive(new OwnSession(), Unpooled.copiedBuffer(frames.written()));
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

    /** For the client: {@code tq://host:port}. */
    public String url() {
        return "tq://" + address();
    }

    /** Completes with the reason when the broker can't go on. */
    public CompletableFuture<Throwable> failure() {
        return failure;
    }

    /**
     * Stops without losing anything: refuses new work, lets what is under way be answered, makes all of it durable. What workers hold stays
     * leased to them over the restart.
     */
    @Override
    public void close() {
        try {
            agent.drain();
            binary.drain();
            agent.stop();
            binary.close();
            http.close();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            journal.close();
            Files.deleteIfExists(config.directory().resolve("ports.json"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while stopping; the journal is complete all the same");
        } catch (IOException e) {
            LOG.warn("TQ-1010 can't remove ports.json", e);
        }
    }
}
