package io.telpher.broker.http.call;

import io.telpher.broker.http.live.LiveFeed;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.security.Security;
import io.telpher.protocol.Limits;
import java.net.InetSocketAddress;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP port serves with, and the limits of a connection.
 *
 * @param sessionIds gives a new one at each call
 * @param clock ms since 1970
 * @param health what /livez and /readyz say
 * @param metrics what /metrics shows
 * @param feed what is told to those who watch
 * @param facts about this broker, for operators
 * @param security who is let in
 * @param shares of connections, by those that they bring requests of
 * @param gate whether the partitions may be asked
 * @param forwarder takes requests to the node that leads; null = they are refused while this one does not
 * @param cluster of which this is a node; null = of none
 */
public record HttpOptions(
        InetSocketAddress bind,
        Limits limits,
        PartitionRouter router,
        LongSupplier sessionIds,
        LongSupplier clock,
        HealthAnswers health,
        MetricsPage metrics,
        LiveFeed feed,
        BrokerFacts facts,
        Security security,
        Shares shares,
        LeaderGate gate,
        @Nullable Forwarder forwarder,
        @Nullable ClusterControl cluster) {
    public HttpOptions {
        LongSupplier plain = sessionIds;
        sessionIds = () -> plain.getAsLong() | Session.HTTP_BIT;
    }
}
