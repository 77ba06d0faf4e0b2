package io.telpher.benchmarks.rivals;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.MessageConsumer;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.telpher.benchmarks.machine.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * NATS JetStream with a work queue in files and one pull consumer that all workers share. Servers before 2.10 sync every two minutes, whatever they have confirmed, so its figures stand beside the
 * others as those of a broker that doesn't.
 */
final class Nats implements Rival {
    private static final String STREAM = "TASKS";
    private static final String SUBJECT = "tasks.work";
    private static final String CONSUMER = "workers";
    private static final int PREFETCH = 512;
    private static final int UNACKED_MAX = 20_000;
    private static final int TRIP_SECONDS = 30;
    private static final int FORM_SECONDS = 30;
    private static final int LOOK_MS = 50;

    private final int nodes;

    /** @param nodes 1, or of a cluster whose streams have that many copies */
    Nats(int nodes) {
        this.nodes = nodes;
    }

    @Override
    public String name() {
        return nodes == 1 ? "nats" : "nats-cluster";
    }

    @Override
    public String durability() {
        return (nodes == 1 ? "JetStream file" : nodes + " nodes, JetStream R" + nodes) + ", synced every 2 min";
    }

    @Override
    public boolean syncs() {
        return false;
    }

    @Override
    public List<String> programs() {
        return List.of("nats-server");
    }

    @Override
    public String debianPackage() {
        return "nats-server";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Shell.firstMatch("v(\\d\\S*)", "nats-server", "--version");
    }

    @Override
    public Server start(Path directory) throws IOException, InterruptedException {
        List<Integer> routes = nodes == 1 ? List.of() : Server.freePorts(nodes);
        Server first = spawn(directory, 1, routes).awaitPort();
        return first.formedBy(() -> {
            for (int node = 2; node <= nodes; node++) {
                first.and(spawn(directory, node, routes).awaitPort());
            }
        });
    }

    private static Server spawn(Path directory, int node, List<Integer> routes) throws IOException {
        int port = Server.freePort();
        Path config = directory.resolve("nats-" + node + ".conf");
        Files.writeString(
                config,
                "host: " + Server.LOOPBACK + "\nport: " + port + "\nserver_name: n" + node
                        + "\njetstream { store_dir: \"" + directory.resolve("n" + node)
                        + "\", max_file_store: 60GB }\n" + cluster(node, routes));
        return Server.spawn(
                port, directory.resolve("server.log"), Map.of(), List.of("nats-server", "-c", config.toString()));
    }

    private static String cluster(int node, List<Integer> routes) {
        if (routes.isEmpty()) {
            return "";
        }
        String others = routes.stream()
                .map(port -> "\"nats://" + Server.LOOPBACK + ":" + port + "\"")
                .collect(Collectors.joining(", "));
        return "cluster { name: rival, listen: \"" + Server.LOOPBACK + ":" + routes.get(node - 1) + "\", routes: ["
                + others + "] }\n";
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.ports());
    }

    private static final class Client implements Driver {
        private static final Duration ANSWER = Duration.ofSeconds(30);

        private final List<Integer> ports;
        /** Of the node that leads the stream: the others would hand all on to it. */
        private int port;

        Client(List<Integer> ports) {
            this.ports = ports;
            this.port = ports.get(0);
        }

        private Connection open() throws IOException, InterruptedException {
            return io.nats.client.Nats.connect(new Options.Builder()
                    .server("nats://" + Server.LOOPBACK + ":" + port)
                    .noReconnect()
                    .build());
        }

        @Override
        public void prepare() throws Exception {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORM_SECONDS);
            while (true) {
                try {
                    make();
                    return;
                } catch (IOException | JetStreamApiException e) {
                    if (ports.size() == 1 || System.nanoTime() - end > 0) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(LOOK_MS); // the nodes of a cluster are still finding each other
                }
            }
        }

        private void make() throws IOException, JetStreamApiException, InterruptedException {
            try (Connection connection = open()) {
                JetStreamManagement streams = connection.jetStreamManagement();
                if (!streams.getStreamNames().contains(STREAM)) {
                    streams.addStream(StreamConfiguration.builder()
                            .name(STREAM)
                            .subjects(SUBJECT)
                            .retentionPolicy(RetentionPolicy.WorkQueue)
                            .storageType(StorageType.File)
                            .replicas(ports.size())
                            .build());
                }
                streams.addOrUpdateConsumer(
                        STREAM,
                        ConsumerConfiguration.builder()
                                .durable(CONSUMER)
                                .ackPolicy(AckPolicy.Explicit)
                                .ackWait(Duration.ofMinutes(1))
                                .maxAckPending(UNACKED_MAX)
                                .build());
                ClusterInfo cluster = streams.getStreamInfo(STREAM).getClusterInfo();
                if (ports.size() > 1 && cluster != null && cluster.getLeader() != null) {
                    port = ports.get(Integer.parseInt(cluster.getLeader().substring(1)) - 1);
                }
            }
        }

        @Override
        public Submitter submitter() throws Exception {
            Connection connection = open();
            JetStream stream = connection.jetStream(
                    JetStreamOptions.builder().requestTimeout(ANSWER).build());
            return new Submitter() {
                @Override
                public CompletableFuture<?> submit(byte[] payload) {
                    return stream.publishAsync(SUBJECT, payload);
                }

                @Override
                public void close() throws InterruptedException {
                    connection.close();
                }
            };
        }

        @Override
        public AutoCloseable work(Work work) throws Exception {
            Handling handling = new Handling(work);
            List<AutoCloseable> open = new ArrayList<>(List.of(handling));
            int prefetch = work.holdMs() > 0 || work.slots() == 1 ? work.slots() : PREFETCH;
            for (int i = 0; i < work.connections(); i++) {
                Connection connection = open();
                MessageConsumer consumer = connection
                        .getStreamContext(STREAM)
                        .getConsumerContext(CONSUMER)
                        .consume(
                                ConsumeOptions.builder().batchSize(prefetch).build(),
                                message -> handling.came(message.getData(), message::ack));
                open.add(() -> {
                    consumer.stop();
                    connection.close();
                });
            }
            return () -> open.forEach(Closing::quietly);
        }

        @Override
        public OneByOne oneByOne() throws Exception {
            Submitter submitter = submitter();
            Connection connection = open();
            LinkedBlockingQueue<io.nats.client.Message> come = new LinkedBlockingQueue<>();
            MessageConsumer consumer = connection
                    .getStreamContext(STREAM)
                    .getConsumerContext(CONSUMER)
                    .consume(ConsumeOptions.builder().batchSize(PREFETCH).build(), come::add);
            return new OneByOne() {
                @Override
                public void trip(byte[] payload) throws Exception {
                    submitter.submit(payload).get(TRIP_SECONDS, TimeUnit.SECONDS);
                    io.nats.client.Message message = come.poll(TRIP_SECONDS, TimeUnit.SECONDS);
                    if (message == null) {
                        throw new TimeoutException("a confirmed task was not delivered within " + TRIP_SECONDS + " s");
                    }
                    message.ackSync(ANSWER);
                }

                @Override
                public void close() throws Exception {
                    consumer.stop();
                    connection.close();
                    submitter.close();
                }
            };
        }

        @Override
        public long waiting() throws Exception {
            try (Connection connection = open()) {
                return connection
                        .jetStreamManagement()
                        .getStreamInfo(STREAM)
                        .getStreamState()
                        .getMsgCount();
            }
        }

        @Override
        public void close() {}
    }
}
