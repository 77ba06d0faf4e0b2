package io.telpher.broker.cli.task;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.client.PermanentFailure;
import io.telpher.client.ReservedTask;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a command for each task. */
@Command(
        name = "work",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a shell command for each task: payload on stdin, stdout is kept as the result.",
            "Exit 0 acknowledges; 65 (EX_DATAERR) fails for good; any other code fails this attempt, stderr being the error.",
            "Ends with exit code 0 when an operator drained it (tq worker drain) and its tasks are done.",
            "The command sees TASK_ID, TASK_TYPE, TASK_QUEUE, TASK_ATTEMPT, TASK_KEY and LEASE_ID."
        })
public final class WorkCommand implements Callable<Integer> {
    private static final int PERMANENT = 65;
    private static final int ERROR_CHARS_MAX = 4_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private Connect broker = new Connect();

    @Option(
            names = {"-q", "--queue"},
            defaultValue = QueueName.DEFAULT,
            split = ",",
            description = {
                "In order of preference, as in mail,sms; or by weight, as in mail:3,sms:1: three of mail for one of sms while both have tasks.",
                "May be repeated. Default: ${DEFAULT-VALUE}"
            })
    private List<String> queues = List.of(QueueName.DEFAULT);

    @Option(names = "--exec", required = true, paramLabel = "CMD", description = "Given to sh -c.")
    private String command = "";

    @Option(
            names = {"-c", "--concurrency"},
            defaultValue = "1",
            description = "Tasks at once. Default: ${DEFAULT-VALUE}")
    private int concurrency = 1;

    @Option(names = "--name", description = "What operators see.")
    private String name = "tq-work-" + ProcessHandle.current().pid();

    @Option(names = "--count", description = "Stop after this many attempts; 0 = go on.")
    private long count;

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        AtomicLong attempts = new AtomicLong();
        try (Telpher telpher = broker.connect()) {
            Worker worker = telpher.worker(queues.toArray(String[]::new))
                    .name(name)
                    .concurrency(concurrency)
                    .onDrained(() -> {
                        spec.commandLine().getErr().println("drained by an operator");
                        spec.commandLine().getErr().flush();
                        done.countDown();
                    })
                    .start(task -> {
                        try {
                            return run(task);
                        } finally {
                            if (attempts.incrementAndGet() == count) {
                                done.countDown();
                            }
                        }
                    });
            Thread stop = new Thread(worker::close, "tq-work-stop");
            Runtime.getRuntime().addShutdownHook(stop);
            done.await();
            Runtime.getRuntime().removeShutdownHook(stop);
            worker.close();
        }
        return 0;
    }

    private Result run(ReservedTask task) throws IOException, InterruptedException {
        Path error = Files.createTempFile("tq-work", ".err");
        try {
            Process process = start(task, error);
            task.onCancel().thenRun(process::destroy);
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(task.payload());
            } catch (IOException e) {
                // The command may exit without reading what it does not need; its exit code decides.
                if (process.isAlive() && process.waitFor() == 0) {
                    throw e;
                }
            }
            byte[] output = process.getInputStream().readAllBytes();
            int exit = process.waitFor();
            if (exit == 0) {
                return Result.of("text/plain", output);
            }
            throw failure(exit, Files.readString(error, StandardCharsets.UTF_8));
        } finally {
            Files.delete(error);
        }
    }

    private Process start(ReservedTask task, Path error) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectError(error.toFile());
        builder.environment()
                .putAll(Map.of(
                        "TASK_ID", task.id(),
                        "TASK_TYPE", task.type(),
                        "TASK_QUEUE", task.queue(),
                        "TASK_ATTEMPT", String.valueOf(task.attempt()),
                        "TASK_KEY", task.idempotencyKey(),
                        "LEASE_ID", String.valueOf(task.leaseId())));
        return builder.start();
    }

    private static RuntimeException failure(int exit, String stderr) {
        String tail = stderr.length() <= ERROR_CHARS_MAX ? stderr : stderr.substring(stderr.length() - ERROR_CHARS_MAX);
        String message = "exit code " + exit + (tail.isBlank() ? "" : ": " + tail.strip());
        return exit == PERMANENT ? new PermanentFailure(message) : new IllegalStateException(message);
    }
}
