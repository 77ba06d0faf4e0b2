package io.telpher.benchmarks.rivals;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmCallback;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.telpher.benchmarks.machine.Shell;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** RabbitMQ with a quorum queue, which syncs before it confirms: publisher confirms, consumers with a prefetch, an ack for each task. */
final class RabbitMq implements Rival {
    private static final String QUEUE = "tasks";
    private static final int PREFETCH = 512;
    private static final int CLOSE_MS = 5_000;
    private static final int TRIP_SECONDS = 30;
    private static final int EPMD_SECONDS = 10;
    private static final int FORM_SECONDS = 60;

    private final int nodes;

    /** @param nodes 1, or of a cluster on all of which the queue is */
    RabbitMq(int nodes) {
        this.nodes = nodes;
    }

    @Override
    public String name() {
        return nodes == 1 ? "rabbitmq" : "rabbitmq-cluster";
    }

    @Override
    public String durability() {
        return nodes == 1 ? "quorum queue" : nodes + " nodes, quorum queue";
    }

    @Override
    public boolean syncs() {
        return true;
    }

    @Override
    public List<String> programs() {
        return List.of("rabbitmq-server", "epmd");
    }

    @Override
    public String debianPackage() {
        return "rabbitmq-server";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Shell.firstMatch("(\\d[\\d.]*)", "dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server");
    }

    /** Debian's wrapper would change to a user of its own, so the script below it is called. */
    private static Path script(String name) throws IOException {
        try (var versions = Files.newDirectoryStream(Path.of("/usr/lib/rabbitmq/lib"), "rabbitmq_server-*")) {
            for (Path version : versions) {
                return version.resolve("sbin").resolve(name);
            }
        }
        throw new IOException("expected a server under /usr/lib/rabbitmq/lib, got none");
    }

    @Override
    public Server start(Path directory) throws IOException, InterruptedException {
        int epmdPort = Server.freePort();
        Path log = directory.resolve("server.log");
        Files.writeString(directory.resolve("plugins"), "[].\n");
        // Without one of ours the server would start a daemon that outlives it.
        Process epmd = Server.process(
                log, Map.of(), List.of("epmd", "-port", String.valueOf(epmdPort), "-address", Server.LOOPBACK));
        awaitEpmd(epmdPort);
        // The first one makes the secret that they share.
        Server first = spawn(directory, 1, epmdPort).with(epmd).awaitPort();
        return first.formedBy(() -> {
            for (int node = 2; node <= nodes; node++) {
                first.and(spawn(directory, node, epmdPort).awaitPort());
            }
            if (nodes > 1) {
                awaitFormed(directory, epmdPort);
            }
        });
    }

    private Server spawn(Path directory, int node, int epmdPort) throws IOException {
        int port = Server.freePort();
        Path config = directory.resolve("rabbitmq-" + node + ".conf");
        StringBuilder text = new StringBuilder("listeners.tcp.1 = " + Server.LOOPBACK + ":" + port + "\n")
                .append("log.file.level = warning\n");
        if (nodes > 1) {
            text.append("cluster_formation.peer_discovery_backend = classic_config\n");
            for (int each = 1; each <= nodes; each++) {
                text.append("cluster_formation.classic_config.nodes." + each + " = " + nodeName(each) + "\n");
            }
        }
        Files.writeString(config, text);
        Map<String, String> environment = environment(directory, node, epmdPort);
        environment.putAll(Map.of(
                "RABBITMQ_DIST_PORT",
                String.valueOf(Server.freePort()),
                "RABBITMQ_MNESIA_BASE",
                directory.resolve("data").toString(),
                "RABBITMQ_LOG_BASE",
                directory.resolve("log").toString(),
                "RABBITMQ_CONFIG_FILE",
                config.toString(),
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                directory.resolve("plugins").toString()));
        return Server.spawn(
                port,
                directory.resolve("server.log"),
                environment,
                List.of(script("rabbitmq-server").toString()));
    }

    private static String nodeName(int node) {
        return "rival" + node + "@localhost";
    }

    /** Of a server and of the command that asks it. */
    private static Map<String, String> environment(Path directory, int node, int epmdPort) {
        return new HashMap<>(Map.of(
                "HOME",
                directory.toString(),
                "RABBITMQ_NODENAME",
                nodeName(node),
                "RABBITMQ_CONF_ENV_FILE",
                "/dev/null",
                "ERL_EPMD_PORT",
                String.valueOf(epmdPort),
                "ERL_EPMD_ADDRESS",
                Server.LOOPBACK));
    }

    /** Until all nodes are one cluster: a queue made before would be on fewer. */
    private void awaitFormed(Path directory, int epmdPort) throws IOException, InterruptedException {
        Path said = directory.resolve("formed.log");
        Process asked = Server.process(
                said,
                environment(directory, 1, epmdPort),
                List.of(
                        script("rabbitmqctl").toString(),
                        "await_online_nodes",
                        String.valueOf(nodes),
                        "--timeout",
                        String.valueOf(FORM_SECONDS)));
        if (asked.waitFor() != 0) {
            throw new IOException("the nodes of RabbitMQ form no cluster: " + Files.readString(said));
        }
    }

    private static void awaitEpmd(int port) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(EPMD_SECONDS);
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(Server.LOOPBACK, port));
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw new IOException("epmd did not listen within " + EPMD_SECONDS + " s", e);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.port(), nodes);
    }

    private static final class Client implements Driver {
        private final ConnectionFactory factory = new ConnectionFactory();
        private final int nodes;

        /** @param port of the node that leads the queue, since it is made through that one */
        Client(int port, int nodes) {
            this.nodes = nodes;
            factory.setHost(Server.LOOPBACK);
            factory.setPort(port);
            factory.setAutomaticRecoveryEnabled(false);
        }

        @Override
        public void prepare() throws IOException, TimeoutException {
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare(
                        QUEUE,
                        true,
                        false,
                        false,
                        Map.of("x-queue-type", "quorum", "x-quorum-initial-group-size", nodes));
            }
        }

        @Override
        public Submitter submitter() throws IOException, TimeoutException {
            return new Publisher(factory.newConnection());
        }

        @Override
        public AutoCloseable work(Work work) throws IOException, TimeoutException {
            Handling handling = new Handling(work);
            List<AutoCloseable> open = new ArrayList<>(List.of(handling));
            for (int i = 0; i < work.connections(); i++) {
                Connection connection = factory.newConnection();
                Channel channel = connection.createChannel();
                // A connection with one slot takes one; else deliveries flow ahead of the acks, as they do in Telpher's
                // client.
                channel.basicQos(work.holdMs() > 0 || work.slots() == 1 ? work.slots() : PREFETCH);
                channel.basicConsume(
                        QUEUE,
                        false,
                        (tag, delivery) -> handling.came(
                                delivery.getBody(),
                                () -> channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false)),
                        tag -> {});
                open.add(() -> connection.close(CLOSE_MS));
            }
            return () -> open.forEach(Closing::quietly);
        }

        /** The ack has no answer in this protocol: a trip ends when it was sent. */
        @Override
        public OneByOne oneByOne() throws Exception {
            Submitter submitter = submitter();
            Semaphore acked = new Semaphore(0);
            AutoCloseable worker = work(new Work(1, 1, 0, new Sink() {
                @Override
                public void started(byte[] payload) {}

                @Override
                public void done(int tasks) {
                    acked.release(tasks);
                }

                @Override
                public void failed(Throwable cause) {}
            }));
            return new OneByOne() {
                @Override
                public void trip(byte[] payload) throws Exception {
                    submitter.submit(payload).get(TRIP_SECONDS, TimeUnit.SECONDS);
                    if (!acked.tryAcquire(TRIP_SECONDS, TimeUnit.SECONDS)) {
                        throw new TimeoutException("a confirmed task was not delivered within " + TRIP_SECONDS + " s");
                    }
                }

                @Override
                public void close() throws Exception {
                    worker.close();
                    submitter.close();
                }
            };
        }

        @Override
        public long waiting() throws IOException, TimeoutException {
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                return channel.messageCount(QUEUE);
            }
        }

        @Override
        public void close() {}
    }

    private static final class Publisher implements Driver.Submitter {
        private static final BasicProperties DURABLE = MessageProperties.PERSISTENT_BASIC;

        private final Connection connection;
        private final Channel channel;
        private final NavigableMap<Long, CompletableFuture<Void>> unconfirmed = new ConcurrentSkipListMap<>();

        Publisher(Connection connection) throws IOException {
            this.connection = connection;
            channel = connection.createChannel();
            channel.confirmSelect();
            ConfirmCallback refused =
                    (tag, multiple) -> end(tag, multiple, new IOException("RabbitMQ refused a message"));
            channel.addConfirmListener((tag, multiple) -> end(tag, multiple, null), refused);
        }

        private void end(long tag, boolean multiple, @Nullable Throwable refused) {
            Map<Long, CompletableFuture<Void>> ended =
                    multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, true, tag, true);
            for (Long each : List.copyOf(ended.keySet())) {
                CompletableFuture<Void> confirm = unconfirmed.remove(each);
                if (confirm != null && refused == null) {
                    confirm.complete(null);
                } else if (confirm != null) {
                    confirm.completeExceptionally(refused);
                }
            }
        }

        @Override
        public CompletableFuture<?> submit(byte[] payload) throws IOException {
            CompletableFuture<Void> confirm = new CompletableFuture<>();
            unconfirmed.put(channel.getNextPublishSeqNo(), confirm);
            channel.basicPublish("", QUEUE, DURABLE, payload);
            return confirm;
        }

        @Override
        public void close() throws IOException {
            connection.close(CLOSE_MS);
        }
    }
}
