package io.telpher.broker.cli.launch;

import io.telpher.broker.Broker;
import io.telpher.broker.cluster.NodeFile;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Two starts in a directory of its own, with a little work in between: Java then knows what a start needs, and bin/broker keeps it in an archive. */
final class Rehearsal {
    private static final String QUEUE = "rehearsal";
    private static final String SCHEME = "tq://";
    private static final int NODES = 3;
    private static final int DONE_SECONDS = 60;

    private Rehearsal() {}

    /**
     * Starts them, has them work, and starts one again on what it left.
     *
     * @param asNodes three of a cluster instead of a broker by itself, which starts without their classes
     * @param load how long they have much to do, for an archive that keeps what Java learns of it; zero: none
     */
    static void run(boolean asNodes, Duration load) throws Exception {
        Path directory = Files.createTempDirectory("telpher-rehearsal-");
        try {
            run(
                    asNodes
                            ? nodes(directory)
                            : List.of(List.of("journal.dir=" + directory, "listen.port=0", "http.port=0")),
                    load);
        } finally {
            delete(directory);
        }
    }

    /** Settings of each; all of them run in this process. */
    private static List<List<String>> nodes(Path directory) throws IOException {
        UUID id = UUID.randomUUID();
        List<List<String>> settings = new ArrayList<>();
        String addresses = addresses();
        for (int i = 1; i <= NODES; i++) {
            Path own = Files.createDirectory(directory.resolve("n" + i));
            new NodeFile(id, QUEUE, "n" + i, false).write(own);
            settings.add(List.of(
                    "journal.dir=" + own,
                    "listen.port=0",
                    "http.port=0",
                    "cluster.name=" + QUEUE,
                    "cluster.node=n" + i,
                    "cluster.nodes=" + addresses));
        }
        return settings;
    }

    private static String addresses() throws IOException {
        List<ServerSocket> free = new ArrayList<>();
        StringJoiner addresses = new StringJoiner(",");
        for (int i = 1; i <= NODES; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            free.add(socket);
            addresses.add("n" + i + "=127.0.0.1:" + socket.getLocalPort());
        }
        for (ServerSocket each : free) {
            each.close();
        }
        return addresses.toString();
    }

    /** @param all settings of each broker; one, or the nodes of a cluster */
    private static void run(List<List<String>> all, Duration load) throws Exception {
        List<Broker> brokers = new ArrayList<>();
        try {
            for (List<String> settings : all) {
                LiveConfig config = new LiveConfig(null, Map.of(), settings);
                Broker broker = Broker.start(config.loaded().config());
                brokers.add(broker);
                config.write(broker, LiveConfig.Outcome.NONE);
            }
            String url = brokers.stream()
                    .map(broker -> broker.url().substring(SCHEME.length()))
                    .collect(Collectors.joining(",", SCHEME, ""));
            try (Telpher telpher = Telpher.connect(url)) {
                work(telpher);
            }
            if (!load.isZero()) {
                new RehearsalLoad(url, brokers.get(0).httpAddress(), load).run();
            }
        } finally {
            for (Broker each : brokers) {
                each.close();
            }
        }
        Broker.start(new LiveConfig(null, Map.of(), all.get(0)).loaded().config())
                .close();
    }

    private static void work(Telpher telpher) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        try (Worker worker = telpher.worker(QUEUE).start(task -> {
            done.countDown();
            return null;
        })) {
            telpher.submit(TaskSpec.type(QUEUE).queue(QUEUE).payload(QUEUE));
            if (!done.await(DONE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("no task came; in hand: " + worker.inHand());
            }
        }
        telpher.submit(TaskSpec.type(QUEUE).queue(QUEUE).payload(QUEUE));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
