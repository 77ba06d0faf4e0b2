package io.telpher.broker.config;

import static io.telpher.broker.config.ConfigKey.fixed;
import static io.telpher.broker.config.ConfigKey.live;

import io.telpher.broker.config.ConfigKey.Kind;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.protocol.queue.PolicyField;
import java.util.List;
import java.util.stream.Stream;

/** Every key there is. A key that is missing here is refused as unknown. */
public final class ConfigKeys {
    private static final int PORT_MAX = 65_535;
    private static final int CONNECTIONS_MAX = 1_000_000;
    private static final int PARKED_MAX = 10_000_000;
    private static final int PERCENT_MAX = 100;
    private static final double THOUSAND = 1_000;

    /** A broker's key among those of queues. */
    static final String IDLE_TTL = "queues.idle_ttl";

    /** Of the broker. */
    public static final List<ConfigKey> BROKER = List.of(
            fixed("cluster.name", Kind.TEXT, "", "Name of the cluster that this broker is a node of; empty = of none."),
            fixed("cluster.node", Kind.TEXT, "", "Id of this node, one of cluster.nodes."),
            fixed(
                    "cluster.nodes",
                    Kind.TEXT,
                    "",
                    "All nodes and where their node links listen: n1=host1:8359,n2=host2:8359,n3=host3:8359."),
            fixed(
                    "cluster.bind",
                    Kind.TEXT,
                    "",
                    "host:port where the node link listens; empty = as cluster.nodes says."),
            fixed("cluster.advertise", Kind.TEXT, "", "host:port that clients connect to while this node leads."),
            fixed(
                    "cluster.election_timeout",
                    Kind.DURATION,
                    "500ms",
                    "So long without a leader's word, or up to half as long again, and another is elected; 300ms to 60s."),
            fixed(
                    "cluster.lease_resume",
                    Kind.DURATION,
                    "5s",
                    "How long tasks wait for their workers after a change of leaders; 0s to 10m."),
            fixed(
                    "cluster.clock_skew_max",
                    Kind.DURATION,
                    "500ms",
                    "Nodes whose wall clocks differ by more are told of; 1ms to 10m."),
            fixed("cluster.tls.certificate", Kind.TEXT, "", "What this node shows the others, PEM."),
            fixed("cluster.tls.key", Kind.TEXT, "", "Its key, PKCS#8."),
            fixed("cluster.tls.ca", Kind.TEXT, "", "Whose certificates are believed on the node link."),
            live("retention", Kind.DURATION, "24h", "How long final tasks keep their status and result."),
            live("retention_bytes", Kind.SIZE, "1GiB", "Room for them, 128 bytes each and their results; 0 = any."),
            fixed(
                            "broker.partitions",
                            Kind.NUMBER,
                            "0",
                            "Parts that queues are spread over, each with its own thread and journal; 0 = as the data has it.")
                    .within(0, PartitionLayout.PARTITIONS_MAX),
            live("log.format", Kind.WORD, "auto", "auto is text on a terminal, JSON otherwise.")
                    .oneOf("auto", "text", "json"),
            live("log.level", Kind.WORD, "info", "What is worth a line.").oneOf("error", "warn", "info", "debug"),
            fixed("listen.bind", Kind.TEXT, "127.0.0.1", "Address of the binary protocol."),
            fixed("listen.port", Kind.NUMBER, "8357", "Port of the binary protocol; 0 takes a free one.")
                    .within(0, PORT_MAX),
            fixed("http.bind", Kind.TEXT, "127.0.0.1", "Address of the HTTP API."),
            fixed("http.port", Kind.NUMBER, "8358", "Port of the HTTP API; 0 takes a free one.")
                    .within(0, PORT_MAX),
            fixed("journal.dir", Kind.TEXT, "data", "Everything durable lies here."),
            fixed("journal.sync", Kind.WORD, "batch", "When a confirmation waits for the disk.")
                    .oneOf("batch", "interval", "none"),
            fixed("journal.sync_interval", Kind.DURATION, "1s", "Between syncs, with journal.sync = \"interval\"."),
            fixed("limits.max_payload", Kind.SIZE, "1MiB", "Largest payload and result; at most 16MiB."),
            fixed("limits.max_connections", Kind.NUMBER, "20000", "Connections on each port.")
                    .within(1, CONNECTIONS_MAX),
            fixed("limits.pending_per_address", Kind.NUMBER, "256", "Connections of one address without a login yet.")
                    .within(1, CONNECTIONS_MAX),
            live("limits.max_queues", Kind.NUMBER, "200000", "Queues in each partition.")
                    .within(1, QueueLimits.QUEUES_MAX),
            live(
                            "limits.max_queues_per_client",
                            Kind.NUMBER,
                            "100000",
                            "How many of them one token, or one address, may make.")
                    .within(1, QueueLimits.QUEUES_MAX),
            live(
                    IDLE_TTL,
                    Kind.DURATION,
                    "24h",
                    "How long an empty queue stays that nothing was set for; 0s = for ever."),
            fixed(
                            "limits.connections_per_client",
                            Kind.NUMBER,
                            "0",
                            "Connections of one client, on each port; 0 = half of max_connections.")
                    .within(0, CONNECTIONS_MAX),
            fixed("limits.client_share", Kind.PERCENT, "25%", "Of waiting requests, what one client may have.")
                    .within(1, PERCENT_MAX),
            fixed("limits.max_parked", Kind.NUMBER, "200000", "Requests that wait to be answered, reserves aside.")
                    .within(1, PARKED_MAX),
            fixed("security.tokens", Kind.TEXT, "", "File of tokens; with it every client must authenticate."),
            fixed("security.insecure", Kind.FLAG, "false", "Other machines may connect without authentication."),
            fixed("tls.certificate", Kind.TEXT, "", "PEM file; with it both ports speak TLS only."),
            fixed("tls.key", Kind.TEXT, "", "PEM file (PKCS#8) of the certificate's key."),
            fixed("tls.client_ca", Kind.TEXT, "", "PEM file: whose client certificates are believed."),
            fixed("tls.client_certificates", Kind.WORD, "optional", "Whether a client must show one.")
                    .oneOf("optional", "required"),
            fixed("http.hosts", Kind.TEXT, "", "Further names of the broker in HTTP requests, with commas between."),
            fixed("http.open_metrics", Kind.FLAG, "false", "/metrics needs no token."));

    /** Of a queue: {@code queues.NAME.max_retries}; {@code queues.default} holds for those that say nothing. */
    public static final List<ConfigKey> QUEUE =
            Stream.of(PolicyField.values()).map(ConfigKeys::keyOf).toList();

    static final String QUEUES = "queues";

    private ConfigKeys() {}

    private static ConfigKey keyOf(PolicyField field) {
        String byDefault = PolicyText.bare(field, field.byDefault());
        ConfigKey key = live(field.word(), kindOf(field), byDefault, field.about());
        return switch (field.kind()) {
            case WORD ->
                key.oneOf(field.words().subList(1, field.words().size()).toArray(new String[0]));
            case FACTOR -> key.within(field.min() / THOUSAND, field.max() / THOUSAND);
            case COUNT, PERCENT ->
                field.max() == Long.MAX_VALUE ? key : key.within((double) field.min(), (double) field.max());
            case DURATION, FLAG -> key;
        };
    }

    private static Kind kindOf(PolicyField field) {
        return switch (field.kind()) {
            case DURATION -> Kind.DURATION;
            case COUNT -> Kind.NUMBER;
            case FACTOR -> Kind.DECIMAL;
            case PERCENT -> Kind.PERCENT;
            case WORD -> Kind.WORD;
            case FLAG -> Kind.FLAG;
        };
    }

    /** A number for one of the broker's keys, within its bounds. */
    static int number(String name, String text) {
        ConfigKey key = BROKER.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        int value = key.kind() == Kind.PERCENT ? Units.percent(text) : Integer.parseInt(text);
        if (value < key.min() || value > key.max()) {
            throw new IllegalArgumentException(value + " must be " + (long) key.min() + " to " + (long) key.max());
        }
        return value;
    }

    static List<String> names(List<ConfigKey> keys) {
        return keys.stream().map(ConfigKey::name).toList();
    }
}
