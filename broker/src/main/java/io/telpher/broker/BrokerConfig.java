package io.telpher.broker;

import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.core.state.QueueLimits;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.protocol.Limits;
import io.telpher.protocol.QueuePolicyFields;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
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
        return new BrokerConfig(
                new InetSocketAddress(listen.getAddress(), 0),
                new InetSocketAddress(http.getAddress(), 0),
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

    public BrokerConfig withSync(SyncPolicy policy) {
        return new BrokerConfig(
                listen,
                http,
                directory,
                policy,
                limits,
                connectionsMax,
                retention,
                queueLimits,
                partitions,
                queues,
                security,
                cluster);
    }

    public BrokerConfig withPartitions(int count) {
        return new BrokerConfig(
                listen,
                http,
                directory,
                sync,
                limits,
                connectionsMax,
                retention,
                queueLimits,
                count,
                queues,
                security,
                cluster);
    }

    public BrokerConfig withRetention(Retention wanted) {
        return new BrokerConfig(
                listen,
                http,
                directory,
                sync,
                limits,
                connectionsMax,
                wanted,
                queueLimits,
                partitions,
                queues,
                security,
                cluster);
    }

    public BrokerConfig withQueueLimits(QueueLimits wanted) {
        return new BrokerConfig(
                listen,
                http,
                directory,
                sync,
                limits,
                connectionsMax,
                retention,
                wanted,
                partitions,
                queues,
                security,
                cluster);
    }

    public BrokerConfig withSecurity(SecurityConfig wanted) {
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
                wanted,
                cluster);
    }

    public BrokerConfig withCluster(ClusterSettings wanted) {
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
                wanted);
    }
}
