package io.telpher.broker.cli;

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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Two starts in a directory of its own, with a little work in between, and the same as the only node of a cluster: Java then knows what a start needs, and bin/broker keeps it in an
 * archive.
 */
final class Rehearsal {
    private static final String QUEUE = "rehearsal";
    private static final int DONE_SECONDS = 60;

    private Rehearsal() {}

    static void run() throws Exception {
        Path directory = Files.createTempDirectory("telpher-rehearsal-");
        try {
            Path single = Files.createDirectory(directory.resolve("single"));
            run(List.of("journal.dir=" + single, "listen.port=0", "http.port=0"));
            run(node(Files.createDirectory(directory.resolve("node"))));
        } finally {
            delete(directory);
        }
    }

    private static List<String> node(Path directory) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        new NodeFile(UUID.randomUUID(), QUEUE, "n1", false).write(directory);
        return List.of(
                "journal.dir=" + directory,
                "listen.port=0",
                "http.port=0",
                "cluster.name=" + QUEUE,
                "cluster.node=n1",
                "cluster.nodes=n1=127.0.0.1:" + port);
    }

    private static void run(List<String> settings) throws Exception {
        LiveConfig config = new LiveConfig(null, Map.of(), settings);
        try (Broker broker = Broker.start(config.loaded().config());
                Telpher telpher = Telpher.connect(broker.url())) {
            config.write(broker, LiveConfig.Outcome.NONE);
            work(telpher);
        }
        Broker.start(config.loaded().config()).close();
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
