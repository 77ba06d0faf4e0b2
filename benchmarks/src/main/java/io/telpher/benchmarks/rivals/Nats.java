package io.telpher.benchmarks.rivals;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.MessageConsumer;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
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

    @Override
    public String name() {
        return "nats";
    }

    @Override
    public String durability() {
        return "JetStream file, synced every 2 min";
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
    public Server start(Path directory) throws IOException {
        int port = Server.freePort();
        Path config = directory.resolve("nats.conf");
        Files.writeString(
                config,
                "host: " + Server.LOOPBACK + "\nport: " + port + "\njetstream { store_dir: \"" + directory
                        + "\", max_file_store: 60GB }\n");
        return Server.spawn(
                        port,
                        directory.resolve("server.log"),
                        Map.of(),
                        List.of("nats-server", "-c", config.toString()))
                .awaitPort();
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.port());
    }

    private static final class Client implements Driver {
        private static final Duration ANSWER = Duration.ofSeconds(30);

        private final String url;

        Client(int port) {
            url = "nats://" + Server.LOOPBACK + ":" + port;
        }

        private Connection open() throws IOException, InterruptedException {
            return io.nats.client.Nats.connect(
                    new Options.Builder().server(url).noReconnect().build());
        }

        @Override
        public void prepare() throws Exception {
            try (Connection connection = open()) {
                JetStreamManagement streams = connection.jetStreamManagement();
                if (!streams.getStreamNames().contains(STREAM)) {
                    streams.addStream(StreamConfiguration.builder()
                            .name(STREAM)
                            .subjects(SUBJECT)
                            .retentionPolicy(RetentionPolicy.WorkQueue)
                            .storageType(StorageType.File)
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
