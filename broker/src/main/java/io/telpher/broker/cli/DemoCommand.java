package io.telpher.broker.cli;

import io.telpher.broker.cli.output.Exit;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Backoff;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Shows what Telpher does on real work: every source file below a folder is a task that worker processes hash, the broker being
 * killed in the middle; the results are compared with the same work done without a queue.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Starts a broker, submits real work, kills the broker in the middle, and checks every result.")
final class DemoCommand implements Callable<Integer> {
    /** What it says about lost connections and failed attempts, the demo tells itself. Held, since the JDK forgets loggers and their levels. */
    private static final Logger CLIENTS_LOG = Logger.getLogger("io.telpher.client");

    static final int FILES_MAX = 500;
    private static final int WORKERS = 3;
    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String QUEUE = "hash";

    @Option(
            names = "--files",
            paramLabel = "DIR",
            description = "Folder whose files are the work. Default: where Telpher lies.")
    private Path files = Path.of(System.getProperty("telpher.home", "."));

    @Option(names = "--dir", description = "Data directory to keep. Default: a temporary one, removed at the end.")
    private @Nullable Path directory;

    @Option(names = "--keep", description = "Leave the broker running, to look around.")
    private boolean keep;

    @Option(
            names = "--cluster",
            description = "Three nodes of a cluster instead of one broker; the one that leads is killed.")
    private boolean cluster;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<Long, String> expected = new LinkedHashMap<>();
    private final AtomicInteger done = new AtomicInteger();

    @Override
    public Integer call() throws IOException, InterruptedException {
        CLIENTS_LOG.setLevel(Level.WARNING);
        if (cluster) {
            return inCluster();
        }
        Path data = directory != null ? directory : Files.createTempDirectory("telpher-demo");
        DemoBroker broker = DemoBroker.start(data, 0, 0);
        try {
            say("1. A broker runs as process " + broker.pid() + ", its data in " + data + ".");
            boolean right = run(broker);
            say(right ? "Everything came out as it should." : "Something is WRONG, see above.");
            say("Web page of this broker: http://127.0.0.1:" + broker.httpPort() + "/"
                    + (keep ? "" : " (with --keep it stays up)"));
            if (keep) {
                say("It stays up for you. Stop it with: kill " + broker.pid());
                say("Try: bin/tq -h, bin/tq queue list -u " + broker.url());
            }
            return right ? 0 : Exit.INTERNAL;
        } finally {
            if (!keep) {
                broker.terminate();
                if (directory == null) {
                    delete(data);
                    Files.deleteIfExists(broker.log());
                }
            }
        }
    }

    private int inCluster() throws IOException, InterruptedException {
        Path data = directory != null ? directory : Files.createTempDirectory("telpher-demo");
        try (DemoCluster nodes = new DemoCluster(data, this::say)) {
            boolean right = nodes.run();
            say(right ? "Everything came out as it should." : "Something is WRONG, see above.");
            return right ? 0 : Exit.INTERNAL;
        } finally {
            if (directory == null) {
                delete(data);
            }
        }
    }

    private boolean run(DemoBroker broker) throws IOException, InterruptedException {
        try (Telpher telpher = Telpher.connect(broker.url(), "demo")) {
            submitFiles(telpher);
            Submission flaky = telpher.submit(special("flaky").maxRetries(3).backoff(Backoff.FIXED, 200, 200, 1000, 0));
            Submission poison =
                    telpher.submit(special("poison").maxRetries(1).backoff(Backoff.FIXED, 100, 100, 1000, 0));
            Submission delayed = telpher.submit(special("delayed").delayMs(2_000));
            Submission cancelled = telpher.submit(special("cancelled").delayMs(3_600_000));
            telpher.cancel(cancelled.taskId());
            say("2. " + expected.size()
                    + " source files were submitted as tasks (path and content), each confirmed only after it"
                    + " was safe on the disk;");
            say("   and one that fails twice, one poison, one delayed by 2 s, one cancelled at once.");

            CompletableFuture<Void> half = new CompletableFuture<>();
            List<Worker> workers = startWorkers(telpher, half);
            half.join();
            broker.kill();
            say("3. " + done.get()
                    + " handler runs later the broker was killed with SIGKILL, in the middle of its work.");
            DemoBroker again = DemoBroker.start(broker.directory(), broker.port(), broker.httpPort());
            broker.replaceBy(again);
            say("4. It was started again as process " + again.pid() + "; the workers came back by themselves.");

            boolean right = checkFiles(telpher);
            right &= check(telpher, flaky, "failed twice, then worked", TaskState.COMPLETED, 3);
            right &= check(telpher, poison, "used up its attempts: in the dead-letter queue", TaskState.DEAD, 2);
            right &= check(telpher, delayed, "ran after its delay", TaskState.COMPLETED, 1);
            right &= check(telpher, cancelled, "was cancelled and never ran", TaskState.CANCELLED, 0);
            workers.forEach(Worker::close);
            return right;
        }
    }

    private static TaskSpec special(String kind) {
        return TaskSpec.type(kind).queue(QUEUE).payload(kind.getBytes(StandardCharsets.UTF_8));
    }

    private void submitFiles(Telpher telpher) throws IOException {
        List<Path> sources = sources();
        List<CompletableFuture<Submission>> underWay = new ArrayList<>();
        for (Path source : sources) {
            underWay.add(telpher.submitAsync(TaskSpec.type("sha256")
                    .queue(QUEUE)
                    .visibilityTimeoutMs(2_000)
                    .idempotencyKey(source.toString())
                    .header("path", source.toString())
                    .payload(Files.readAllBytes(source))));
        }
        for (int i = 0; i < sources.size(); i++) {
            expected.put(underWay.get(i).join().taskId(), Sha256.of(Files.readAllBytes(sources.get(i))));
        }
    }

    private List<Path> sources() throws IOException {
        try (Stream<Path> tree = Files.walk(files)) {
            List<Path> sources =
                    tree.filter(DemoCommand::isSource).sorted().limit(FILES_MAX).toList();
            if (sources.isEmpty()) {
                throw new IllegalArgumentException(
                        "there are no source files below " + files + "; name a folder with --files");
            }
            return sources;
        }
    }

    private static boolean isSource(Path path) {
        String name = path.toString();
        boolean isText =
                name.endsWith(".java") || name.endsWith(".md") || name.endsWith(".xml") || name.endsWith(".toml");
        return isText && !name.contains("/target/") && path.toFile().length() <= FILE_BYTES_MAX;
    }

    private List<Worker> startWorkers(Telpher telpher, CompletableFuture<Void> half) {
        List<Worker> workers = new ArrayList<>();
        for (int i = 1; i <= WORKERS; i++) {
            workers.add(telpher.worker(QUEUE)
                    .name("demo-" + i)
                    .concurrency(2)
                    .visibilityTimeout(Duration.ofSeconds(2))
                    .start(task -> {
                        if (done.incrementAndGet() >= expected.size() / 2) {
                            half.complete(null);
                        }
                        return handle(task.type(), task.attempt(), task.payload());
                    }));
        }
        return workers;
    }

    private static Result handle(String type, int attempt, byte[] payload) throws IOException, InterruptedException {
        return switch (type) {
            case "sha256" -> Result.of("text/plain", Sha256.byProcess(payload).getBytes(StandardCharsets.UTF_8));
            case "flaky" -> {
                if (attempt < 3) {
                    throw new IllegalStateException("this task fails twice");
                }
                yield Result.NONE;
            }
            case "poison" -> throw new IllegalStateException("this task never works");
            default -> Result.NONE;
        };
    }

    private boolean checkFiles(Telpher telpher) {
        int right = 0;
        int again = 0;
        for (Map.Entry<Long, String> file : expected.entrySet()) {
            TaskView task = telpher.waitFor(file.getKey(), PATIENCE);
            String result = StandardCharsets.UTF_8.decode(task.result.bytes()).toString();
            right += task.state == TaskState.COMPLETED && result.equals(file.getValue()) ? 1 : 0;
            again += task.attempts > 1 ? 1 : 0;
        }
        say("5. " + right + " of " + expected.size() + " results equal the same hashes computed without a queue; "
                + again + " tasks were delivered more than once"
                + (right == expected.size() ? ", none was lost." : ". They should ALL be equal."));
        return right == expected.size();
    }

    private boolean check(Telpher telpher, Submission submission, String what, TaskState state, int attemptsMin) {
        TaskView task = telpher.waitFor(submission.taskId(), PATIENCE);
        boolean right = task.state == state && task.attempts >= attemptsMin;
        say("   " + submission.id() + " " + task.type + ": " + task.state.word() + " after " + task.attempts
                + (task.attempts == 1 ? " attempt: " : " attempts: ") + (right ? what : "NOT as expected: " + what));
        return right;
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }

    private static void delete(Path data) throws IOException {
        try (Stream<Path> tree = Files.walk(data)) {
            for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
