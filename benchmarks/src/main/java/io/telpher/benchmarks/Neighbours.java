package io.telpher.benchmarks;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.WaitFor;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What one client's excess costs another: one asks for a task every few milliseconds, on a connection of its own, and the others do what they may:
 * park requests by the ten thousand and leave, search through hostile dead letters, make and delete queues, read events and never take them off the
 * socket. Printed is how long the first one waited, and at what time, to find what the broker's log of collections says of it. A GET counts from
 * when it was sent: one at a time, so a stall is one long GET, not many.
 */
@Command(
        name = "neighbours",
        mixinStandardHelpOptions = true,
        description = "The longest GET of one client beside what others may do.")
public final class Neighbours implements Callable<Integer> {
    private static final String BESIDE = "beside";
    private static final String DEAD = "dead";
    private static final int WAIT_MS = 60_000;
    private static final long DAY_MS = TimeUnit.DAYS.toMillis(1);
    private static final int CHUNK = 1_000;
    /** Below what one connection may have waiting. */
    private static final int PER_CONNECTION = 10_000;

    private static final int PAGES = 20;
    private static final int HOSTILE_BYTES = 511;
    private static final int HTTP_OK = 200;
    private static final int SEARCHES = 8;
    private static final int TIMES = 10;
    private static final Pattern NEXT = Pattern.compile("\"next\":\"([^\"]+)\"");
    private static final ByteBuffer NO_FRAMES = ByteBuffer.allocate(0);
    private static final double NANOS_A_MS = 1e6;

    @Option(names = "--dir", description = "where the broker's data goes (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--parked", description = "requests that wait (default: ${DEFAULT-VALUE})")
    private int parked = 100_000;

    @Option(names = "--dead", description = "dead letters (default: ${DEFAULT-VALUE})")
    private int dead = 500_000;

    @Option(names = "--error", description = "bytes of each one's error (default: ${DEFAULT-VALUE})")
    private int errorBytes = Limits.ERROR_BYTES_MAX;

    @Option(names = "--queues", description = "(default: ${DEFAULT-VALUE})")
    private int queues = 10_000;

    @Option(names = "--readers", description = "of events, that read nothing (default: ${DEFAULT-VALUE})")
    private int readers = 256;

    @Option(names = "--warm", description = "seconds at first, for the JIT compilers (default: ${DEFAULT-VALUE})")
    private int warm = 20;

    private @Nullable AskingProcess asker;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private volatile @Nullable Throwable failure;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Neighbours()).execute(args));
    }

    /** What others do. */
    private interface Excess {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public Integer call() throws Exception {
        Path log = Files.createTempFile(directory, "telpher-neighbours-", ".log");
        // One address does here what several clients could.
        try (BrokerUnderTest broker = BrokerUnderTest.spawn(directory, log, "", "limits.client_share=100%");
                FrameSocket other = new FrameSocket(broker.url(), "other")) {
            long task = submit(other, TaskSpec.type("work").queue(BESIDE).delayMs(DAY_MS));
            try (AskingProcess started = AskingProcess.start(broker.url(), task)) {
                asker = started;
                measure("warming up, with " + CHUNK + " submits at a time", () -> warmUp(other));
                measure("nothing else", () -> TimeUnit.SECONDS.sleep(2));
                parkedRequests(broker, task);
                deadLetters(broker, other);
                manyQueues(broker, other);
            }
        }
        if (failure != null) {
            throw new IllegalStateException("a search failed; the broker's log is " + log, failure);
        }
        Files.delete(log);
        return 0;
    }

    private void measure(String what, Excess excess) throws IOException, InterruptedException {
        AskingProcess asks = Objects.requireNonNull(asker);
        asks.interval();
        long start = System.nanoTime();
        excess.run();
        double tookMs = (System.nanoTime() - start) / NANOS_A_MS;
        System.out.printf("neighbours  %-58s %,9.0f ms; %s%n", what, tookMs, asks.interval());
    }

    private void warmUp(FrameSocket other) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(warm);
        while (System.nanoTime() < end) {
            submitMany(other, TaskSpec.type("work").queue("warm"), CHUNK);
            for (Delivery each = reserve(other, "warm"); each.next(); ) {
                other.writer().clear();
                Ack.write(other.writer(), 1, each.taskId(), each.leaseId(), Result.NONE, NO_FRAMES);
                requireType(other.call(other.writer()), MessageType.TASK_STATE);
            }
        }
    }

    private void parkedRequests(BrokerUnderTest broker, long task) throws IOException, InterruptedException {
        List<FrameSocket> waiting = new ArrayList<>();
        measure(parked + " WAITs", () -> park(broker, waiting, (out, id) -> WaitFor.write(out, id, task, WAIT_MS)));
        measure("their connections close", () -> close(waiting));
        Reserve.Wants wants = new Reserve.Wants(1, WAIT_MS, 0, "waits");
        List<String> queue = List.of(BESIDE);
        measure(parked + " reserves", () -> park(broker, waiting, (out, id) -> Reserve.write(out, id, wants, queue)));
        measure("their connections close", () -> close(waiting));
        measure(parked + " reserves of workers that leave", () -> {
            FrameWriter leaves = GoAway.write(new FrameWriter(), GoAway.Drain.BEGINS, "leaving");
            open(broker, waiting);
            for (FrameSocket each : waiting) {
                each.send(leaves);
            }
            park(waiting, (out, id) -> Reserve.write(out, id, wants, queue));
        });
        measure("their connections close", () -> close(waiting));
    }

    /** Writes the request of this number. */
    private interface Request {
        FrameWriter write(FrameWriter out, int requestId);
    }

    private void park(BrokerUnderTest broker, List<FrameSocket> waiting, Request request)
            throws IOException, InterruptedException {
        open(broker, waiting);
        park(waiting, request);
    }

    private void open(BrokerUnderTest broker, List<FrameSocket> waiting) throws IOException {
        for (int i = 0; i < parked; i += PER_CONNECTION) {
            waiting.add(new FrameSocket(broker.url(), "waits"));
        }
    }

    /** None of them is answered for a minute, so what comes within the two seconds is a refusal. */
    private void park(List<FrameSocket> waiting, Request request) throws IOException, InterruptedException {
        int left = parked;
        for (FrameSocket each : waiting) {
            for (int sent = 0; sent < PER_CONNECTION && left > 0; sent += CHUNK) {
                each.writer().clear();
                for (int i = 0; i < CHUNK; i++) {
                    request.write(each.writer(), sent + i + 1);
                }
                each.send(each.writer());
                left -= CHUNK;
            }
        }
        TimeUnit.SECONDS.sleep(2);
        for (FrameSocket each : waiting) {
            if (each.hasReceived()) {
                throw new IllegalStateException("a request that should wait was answered: " + text(each.receive()));
            }
        }
    }

    private static void close(List<FrameSocket> all) throws IOException, InterruptedException {
        for (FrameSocket each : all) {
            each.close();
        }
        all.clear();
        TimeUnit.SECONDS.sleep(2);
    }

    private void deadLetters(BrokerUnderTest broker, FrameSocket other) throws IOException, InterruptedException {
        String error = "a".repeat(errorBytes);
        measure(dead + " tasks die, each with an error of " + errorBytes + " bytes", () -> die(other, error));
        String path = broker.httpUrl() + "/api/v1/queues/" + DEAD + "/dlq";
        // What a search that begins anew at each place would look at longest.
        String hostile = "a".repeat(HOSTILE_BYTES) + "b";
        measure("the first page of dead letters with a hostile text", () -> get(path + "?limit=10&error=" + hostile));
        measure(SEARCHES + " such searches at once", () -> {
            List<Thread> searches = new ArrayList<>();
            for (int i = 0; i < SEARCHES; i++) {
                Thread search = new Thread(() -> getOrFail(path + "?limit=10&error=" + hostile), "searches");
                search.start();
                searches.add(search);
            }
            for (Thread search : searches) {
                search.join();
            }
        });
        measure("groups of dead letters", () -> get(path + "/groups"));
        measure(PAGES + " pages of dead letters", () -> {
            for (int i = 0; i < PAGES; i++) {
                get(path + "?limit=100");
            }
        });
    }

    private void die(FrameSocket other, String error) throws IOException {
        for (int left = dead; left > 0; left -= CHUNK) {
            submitMany(other, TaskSpec.type("work").queue(DEAD), CHUNK);
            int count = 0;
            other.writer().clear();
            Delivery each = reserve(other, DEAD);
            while (each.next()) {
                Nack.write(other.writer(), ++count, each.taskId(), each.leaseId(), 0, true, error);
            }
            other.send(other.writer());
            for (int i = 0; i < count; i++) {
                requireType(other.receive(), MessageType.TASK_STATE);
            }
        }
    }

    private void manyQueues(BrokerUnderTest broker, FrameSocket other) throws IOException, InterruptedException {
        measure("a task in each of " + queues + " queues", () -> {
            for (int i = 0; i < queues; i += CHUNK) {
                FrameWriter tasks = new FrameWriter(1 << 16);
                for (int at = i; at < i + CHUNK; at++) {
                    Submit.write(tasks, 0, TaskSpec.type("work").queue("many-" + at));
                }
                send(other, tasks, CHUNK);
            }
        });
        String path = broker.httpUrl() + "/api/v1/queues";
        measure("all of them listed, " + TIMES + " times", () -> {
            for (int i = 0; i < TIMES; i++) {
                getAll(path + "?limit=" + Limits.LIST_MAX);
            }
        });
        List<Socket> silent = new ArrayList<>();
        measure(readers + " readers of events that read nothing, and submits to all queues", () -> {
            URI address = URI.create(broker.httpUrl());
            for (int i = 0; i < readers; i++) {
                Socket reader = new Socket(address.getHost(), address.getPort());
                reader.getOutputStream()
                        .write(("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                silent.add(reader);
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            int at = 0;
            while (System.nanoTime() < end) {
                FrameWriter tasks = new FrameWriter(1 << 16);
                for (int i = 0; i < CHUNK; i++) {
                    Submit.write(tasks, 0, TaskSpec.type("work").queue("many-" + at++ % queues));
                }
                send(other, tasks, CHUNK);
            }
        });
        for (Socket each : silent) {
            each.close();
        }
        measure("all queues deleted with what they hold", () -> {
            for (int i = 0; i < queues; i++) {
                request(HttpRequest.newBuilder(URI.create(path + "/many-" + i + "?purge=true"))
                        .header("Content-Type", "application/json")
                        .DELETE());
            }
        });
    }

    private long submit(FrameSocket other, TaskSpec task) throws IOException {
        ByteBuffer answer = other.call(Submit.write(other.writer().clear(), 1, task));
        requireType(answer, MessageType.SUBMITTED);
        return new Submitted().wrap(answer, 0).taskId();
    }

    private void submitMany(FrameSocket other, TaskSpec task, int count) throws IOException {
        FrameWriter tasks = new FrameWriter(1 << 16);
        for (int i = 0; i < count; i++) {
            Submit.write(tasks, 0, task);
        }
        send(other, tasks, count);
    }

    private void send(FrameSocket other, FrameWriter tasks, int count) throws IOException {
        requireType(
                other.call(SubmitBatch.write(other.writer().clear(), 1, count, tasks.written())),
                MessageType.BATCH_SUBMITTED);
    }

    private static Delivery reserve(FrameSocket other, String queue) throws IOException {
        Reserve.Wants wants = new Reserve.Wants(CHUNK, WAIT_MS, 0, "works");
        ByteBuffer answer = other.call(Reserve.write(other.writer().clear(), 1, wants, List.of(queue)));
        requireType(answer, MessageType.DELIVERIES);
        return new Deliveries().wrap(answer, 0).first();
    }

    private void getOrFail(String url) {
        try {
            get(url);
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure = e;
        }
    }

    /** Page after page. */
    private void getAll(String first) throws IOException, InterruptedException {
        @Nullable String url = first;
        while (url != null) {
            Matcher next = NEXT.matcher(get(url));
            url = next.find() ? first + "&after=" + next.group(1) : null;
        }
    }

    private String get(String url) throws IOException, InterruptedException {
        return request(HttpRequest.newBuilder(URI.create(url)).GET());
    }

    private String request(HttpRequest.Builder request) throws IOException, InterruptedException {
        var answer = http.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() != HTTP_OK) {
            throw new IOException(answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    private static void requireType(ByteBuffer answer, MessageType wanted) throws IOException {
        if (MessageType.known(Frame.typeCode(answer, 0)) != wanted) {
            throw new IOException("no " + wanted + ", but " + text(answer));
        }
    }

    private static String text(ByteBuffer answer) {
        MessageType type = MessageType.known(Frame.typeCode(answer, 0));
        return type == MessageType.ERROR ? new ErrorReply().wrap(answer, 0).message() : type.toString();
    }
}
