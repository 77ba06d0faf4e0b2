package io.telpher.broker;

import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.cluster.InstallGrant;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.broker.cluster.NodeReport;
import io.telpher.broker.cluster.RaftNode;
import io.telpher.broker.cluster.RefusedException;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.http.HttpServer;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.net.BinaryServer;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A broker as a node of a cluster: the agreement, and what this machine does by it. */
final class Cluster implements ClusterControl, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
    private static final long TRANSFER_MS_MAX = 5_000;

    private final RaftNode node;
    private final LeaderGate gate;
    private final Leading leading;
    private final AtomicBoolean transfers = new AtomicBoolean();

    private Cluster(RaftNode node, LeaderGate gate, Leading leading) {
        this.node = node;
        this.gate = gate;
        this.leading = leading;
    }

    /** Before anything is made in the directory: an empty one stays so. */
    static void requireNode(BrokerConfig config) throws IOException {
        if (config.cluster() != null) {
            NodeFile.read(config.directory(), config.cluster());
        }
    }

    /** Null when the configuration names no cluster. */
    static @Nullable Cluster open(
            BrokerConfig config, List<RunningPartition> partitions, AtomicLong sessions, Consumer<Throwable> failed)
            throws IOException {
        ClusterSettings settings = config.cluster();
        if (settings == null) {
            return null;
        }
        if (partitions.size() > 1) {
            throw new JournalException("TQ-5006 the data in " + config.directory() + " is spread over "
                    + partitions.size() + " partitions; a node of a cluster has one. Set broker.partitions = 1, with a"
                    + " new journal.dir");
        }
        RaftNode node =
                new RaftNode(settings, config.directory(), partitions.get(0).lastSequence(), failed);
        LeaderGate gate = LeaderGate.shut(node::leaderAddress);
        Leading leading = new Leading(node, gate, epoch -> sessions.set(epoch << Broker.EPOCH_BITS), failed);
        return new Cluster(node, gate, leading);
    }

    RaftNode node() {
        return node;
    }

    LeaderGate gate() {
        return gate;
    }

    Leading leading() {
        return leading;
    }

    /** Takes part from here on. */
    void start(BinaryServer binary, HttpServer http, AgreedLog log, NodeReport.Local broker) throws IOException {
        node.isPartOf(broker);
        leading.doors(binary, http);
        node.advertises(binary.port());
        node.forwardsTo(http);
        node.start(log);
    }

    @Override
    public ClusterStatus status() throws IOException {
        return node.status();
    }

    @Override
    public long ageNanos() {
        return node.ageNanos();
    }

    @Override
    public ForwardedCall forward(byte[] request, ForwardedCall.Ending ending) {
        return node.forward(request, ending);
    }

    @Override
    public boolean transfer(String to) {
        if (!transfers.compareAndSet(false, true)) {
            return false;
        }
        Threads.daemon(
                        "telpher-transfer",
                        () -> {
                            String problem = node.transfer(to, TRANSFER_MS_MAX);
                            transfers.set(false);
                            if (!problem.isEmpty()) {
                                LOG.warn("TQ-5015 the leadership was not handed over: {}", problem);
                            }
                        },
                        Threads::ended)
                .start();
        return true;
    }

    @Override
    public InstallGrant admit(String newNode, String link, boolean replaces) throws IOException, RefusedException {
        return node.admit(newNode, link, replaces);
    }

    @Override
    public long verify() throws IOException, RefusedException {
        return node.verify();
    }

    @Override
    public int finishUpgrade() throws IOException, RefusedException {
        return node.finishUpgrade();
    }

    @Override
    public void remove(String oldNode) throws IOException, RefusedException {
        node.remove(oldNode);
    }

    /** Another node leads from here on, when there is one; then this one takes no further part. */
    @Override
    public void close() {
        try {
            if (gate.isOpen()) {
                String problem = node.transfer("", TRANSFER_MS_MAX);
                if (!problem.isEmpty()) {
                    LOG.info("TQ-5015 the leadership was not handed over: {}", problem);
                }
            }
            node.close();
        } catch (IOException e) {
            LOG.warn("TQ-5015 the node did not leave the cluster in order", e);
        }
        leading.close();
    }
}
