package io.telpher.broker;

import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a broker runs with. Immutable; the defaults are those of conf/broker.toml.
 *
 * @param listen the binary protocol; port 0 = any free one
 * @param http the HTTP API; port 0 = any free one
 * @param directory where everything durable lies
 * @param retention of final tasks
 * @param queueLimits of each partition
 * @param partitions 0 = as many as the data has; for new data by the machine's cores
 * @param queues policies by queue name; {@code default} holds for every queue without its own
 * @param security who is let in, and how
 * @param cluster of which this is a node; null = this broker is one by itself
 */
public record BrokerConfig(
        InetSocketAddress listen,
        InetSocketAddress http,
        Path directory,
        SyncPolicy sync,
        Limits limits,
        int connectionsMax,
        Retention retention,
        QueueLimits queueLimits,
        int partitions,
        Map<String, QueuePolicyFields> queues,
        SecurityConfig security,
        @Nullable ClusterSettings cluster) {

    public static final int LISTEN_PORT = 8357;
    public static final int HTTP_PORT = 8358;
    private static final String LOOPBACK = "127.0.0.1";

    public BrokerConfig {
        queues = Map.copyOf(queues);
    }

    /** In the clear, without authentication. */
    public BrokerConfig(
            InetSocketAddress listen,
            InetSocketAddress http,
            Path directory,
            SyncPolicy sync,
            Limits limits,
            int connectionsMax,
            Retention retention,
            int partitions,
            Map<String, QueuePolicyFields> queues) {
        this(
                listen,
                http,
                directory,
                sync,
                limits,
                connectionsMax,
                retention,
                QueueLimits.DEFAULT,
                partitions,
                queues,
                SecurityConfig.NONE,
                null);
    }

    /** The defaults, with data in this directory. */
    public static BrokerConfig of(Path directory) {
        return new BrokerConfig(
                new InetSocketAddress(LOOPBACK, LISTEN_PORT),
                new InetSocketAddress(LOOPBACK, HTTP_PORT),
                directory,
                SyncPolicy.BATCH,
                Limits.DEFAULT,
                20_000,
                Retention.DEFAULT,
                0,
                Map.of());
    }

    /** The same on free ports. */
    public BrokerConfig onFreePorts() {
        return with(draft -> {
            draft.listen = new InetSocketAddress(listen.getAddress(), 0);
            draft.http = new InetSocketAddress(http.getAddress(), 0);
        });
    }

    public BrokerConfig withSync(SyncPolicy policy) {
        return with(draft -> draft.sync = policy);
    }

    public BrokerConfig withLimits(Limits wanted) {
        return with(draft -> draft.limits = wanted);
    }

    public BrokerConfig withPartitions(int count) {
        return with(draft -> draft.partitions = count);
    }

    public BrokerConfig withRetention(Retention wanted) {
        return with(draft -> draft.retention = wanted);
    }

    public BrokerConfig withQueueLimits(QueueLimits wanted) {
        return with(draft -> draft.queueLimits = wanted);
    }

    public BrokerConfig withSecurity(SecurityConfig wanted) {
        return with(draft -> draft.security = wanted);
    }

    public BrokerConfig withCluster(ClusterSettings wanted) {
        return with(draft -> draft.cluster = wanted);
    }

    private BrokerConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** A copy that can be changed. */
    private static final class Draft {
        final Path directory;
        final int connectionsMax;
        final Map<String, QueuePolicyFields> queues;
        InetSocketAddress listen;
        InetSocketAddress http;
        SyncPolicy sync;
        Limits limits;
        Retention retention;
        QueueLimits queueLimits;
        int partitions;
        SecurityConfig security;

        @Nullable
        ClusterSettings cluster;

        Draft(BrokerConfig of) {
            directory = of.directory;
            connectionsMax = of.connectionsMax;
            queues = of.queues;
            listen = of.listen;
            http = of.http;
            sync = of.sync;
            limits = of.limits;
            retention = of.retention;
            queueLimits = of.queueLimits;
            partitions = of.partitions;
            security = of.security;
            cluster = of.cluster;
        }

        BrokerConfig build() {
            return new BrokerConfig(
                    listen,
                    http,
                    directory,
                    sync,
                    limits,
                    connectionsMax,
                    retention,
                    queueLimits,
                    partitions,
                    queues,
                    security,
                    cluster);
        }
    }
}
