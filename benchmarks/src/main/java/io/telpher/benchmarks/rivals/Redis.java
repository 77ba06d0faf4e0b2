package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntryBinary;

/** Redis streams with a consumer group: XADD, XREADGROUP, then XACK and XDEL in one pipeline. */
final class Redis implements Rival {
    private static final byte[] STREAM = bytes("tasks");
    private static final byte[] GROUP = bytes("workers");
    private static final byte[] FIELD = bytes("payload");
    private static final int ANSWER_MS = 60_000;

    private final Syncs syncs;

    Redis(Syncs syncs) {
        this.syncs = syncs;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String name() {
        return "redis" + syncs.suffix();
    }

    @Override
    public String durability() {
        return "appendfsync " + mode();
    }

    private String mode() {
        return syncs == Syncs.FIRST ? "always" : "everysec";
    }

    @Override
    public boolean syncs() {
        return syncs == Syncs.FIRST;
    }

    @Override
    public List<String> programs() {
        return List.of("redis-server");
    }

    @Override
    public String debianPackage() {
        return "redis-server";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Shell.firstMatch("v=(\\S+)", "redis-server", "--version");
    }

    @Override
    public Server start(Path directory) throws IOException {
        int port = Server.freePort();
        return Server.spawn(
                        port,
                        directory.resolve("server.log"),
                        Map.of(),
                        List.of(
                                "redis-server",
                                "--port",
                                String.valueOf(port),
                                "--bind",
                                Server.LOOPBACK,
                                "--dir",
                                directory.toString(),
                                "--appendonly",
                                "yes",
                                "--appendfsync",
                                mode(),
                                "--save",
                                "",
                                "--maxclients",
                                "4096",
                                "--daemonize",
                                "no"))
                .awaitPort();
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.port());
    }

    private static final class Client extends PullDriver {
        private final int port;
        private final AtomicInteger consumers = new AtomicInteger();

        Client(int port) {
            this.port = port;
        }

        private Jedis open() {
            // Jedis warns of it otherwise at each connection: the streams' answers are those of the old protocol.
            return new Jedis(
                    new HostAndPort(Server.LOOPBACK, port),
                    DefaultJedisClientConfig.builder()
                            .timeoutMillis(ANSWER_MS)
                            .autoNegotiateProtocol(false)
                            .build());
        }

        @Override
        public void prepare() {
            try (Jedis redis = open()) {
                redis.xgroupCreate(STREAM, GROUP, bytes("0"), true);
            } catch (JedisDataException e) {
                // The group is there already: after a restart.
                if (!String.valueOf(e.getMessage()).startsWith("BUSYGROUP")) {
                    throw e;
                }
            }
        }

        @Override
        public Talk.Language talks() {
            return new RedisTalks(port, STREAM, GROUP);
        }

        @Override
        public Submitter submitter() {
            Jedis redis = open();
            return new BatchingSubmitter(
                    payloads -> {
                        Pipeline pipeline = redis.pipelined();
                        List<Response<byte[]>> answers = new ArrayList<>(payloads.size());
                        for (byte[] payload : payloads) {
                            answers.add(pipeline.xadd(STREAM, XAddParams.xAddParams(), Map.of(FIELD, payload)));
                        }
                        pipeline.sync();
                        answers.forEach(Response::get);
                    },
                    redis);
        }

        @Override
        Puller puller() {
            Jedis redis = open();
            byte[] consumer = bytes("worker-" + consumers.incrementAndGet());
            return new Puller() {
                @Override
                public List<Task> reserve(int max, long waitMs) {
                    XReadGroupParams wants = XReadGroupParams.xReadGroupParams().count(max);
                    if (waitMs > 0) {
                        wants.block((int) waitMs);
                    }
                    var streams = redis.xreadGroupBinary(
                            GROUP, consumer, wants, Map.of(STREAM, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
                    if (streams == null || streams.isEmpty()) {
                        return List.of();
                    }
                    List<Task> tasks = new ArrayList<>();
                    for (StreamEntryBinary entry : streams.get(0).getValue()) {
                        byte[] payload = entry.getFields().values().iterator().next();
                        tasks.add(new Task(bytes(entry.getID().toString()), payload));
                    }
                    return tasks;
                }

                @Override
                public void ack(List<Task> tasks) {
                    byte[][] ids =
                            tasks.stream().map(task -> (byte[]) task.handle()).toArray(byte[][]::new);
                    Pipeline pipeline = redis.pipelined();
                    Response<Long> acked = pipeline.xack(STREAM, GROUP, ids);
                    pipeline.xdel(STREAM, ids);
                    pipeline.sync();
                    if (acked.get() != ids.length) {
                        throw new IllegalStateException(
                                "of " + ids.length + " tasks " + acked.get() + " were acknowledged");
                    }
                }

                @Override
                public void close() {
                    redis.close();
                }
            };
        }

        /** Those that are leased are still in the stream, so they are taken off. */
        @Override
        public long waiting() {
            try (Jedis redis = open()) {
                return redis.xlen(STREAM) - redis.xpending("tasks", "workers").getTotal();
            }
        }

        @Override
        public void close() {}
    }
}
