package io.telpher.broker.cli.task;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.TimeSpan;
import io.telpher.client.Operations;
import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.client.Telpher;
import io.telpher.protocol.admin.WorkerView;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Who works. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Lists workers, and has single ones finish and leave.")
public final class WorkerCommand {
    private static final long LOOK_SECONDS = 1;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Connections that reserved something.")
    int list(@Mixin Connect broker, @Mixin Output output) {
        try (Telpher telpher = broker.connect()) {
            show(output, telpher.operations().workers());
        }
        return 0;
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            description = {
                "Has a worker take no more tasks, finish what it runs, and leave.",
                "It is a worker's connection that is drained: a process that comes back under the same name works again."
            })
    int drain(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "WORKER", description = "Its session or its name, as tq worker list shows them.")
                    String which,
            @Option(names = "--all", description = "All workers of this name, when there are several.") boolean all,
            @Option(
                            names = "--wait",
                            paramLabel = "TIME",
                            defaultValue = "",
                            description =
                                    "Wait until they have left, at most so long (90s, 5m); exit 1 when they have not.")
                    String wait)
            throws InterruptedException {
        Duration patience = wait.isEmpty() ? Duration.ZERO : TimeSpan.parse("--wait", wait);
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            List<ConnectedWorker> drained = each(operations, which, all, operations::drainWorker);
            show(output, drained);
            return wait.isEmpty() || haveLeft(operations, drained, patience) ? 0 : Exit.REFUSED;
        }
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Undoes drain, as long as the worker has not left.")
    int resume(
            @Mixin Connect broker,
            @Mixin Output output,
            @Parameters(paramLabel = "WORKER", description = "Its session or its name, as tq worker list shows them.")
                    String which,
            @Option(names = "--all", description = "All workers of this name, when there are several.") boolean all) {
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            show(output, each(operations, which, all, operations::resumeWorker));
        }
        return 0;
    }

    private void show(Output output, List<ConnectedWorker> workers) {
        output.rows(
                spec.commandLine().getOut(),
                workers.stream().map(WorkerCommand::row).toList());
    }

    private static List<ConnectedWorker> each(
            Operations operations, String which, boolean all, LongFunction<ConnectedWorker> change) {
        List<ConnectedWorker> meant = operations.workers().stream()
                .filter(worker ->
                        worker.worker().equals(which) || session(worker).equals(which))
                .toList();
        if (meant.isEmpty()) {
            throw new IllegalArgumentException(
                    "no worker of this session or name is connected: \"" + which + "\"; see tq worker list");
        }
        if (meant.size() > 1 && !all) {
            String sessions =
                    meant.stream().map(WorkerCommand::session).sorted().collect(Collectors.joining(", "));
            throw new IllegalArgumentException(meant.size() + " workers are called \"" + which
                    + "\": name one by its session, of " + sessions + ", or add --all");
        }
        return meant.stream().map(worker -> change.apply(worker.sessionId())).toList();
    }

    private static boolean haveLeft(Operations operations, List<ConnectedWorker> drained, Duration wait)
            throws InterruptedException {
        Set<Long> left = drained.stream().map(ConnectedWorker::sessionId).collect(Collectors.toSet());
        long untilNanos = System.nanoTime() + wait.toNanos();
        while (true) {
            Set<Long> there = operations.workers().stream()
                    .map(ConnectedWorker::sessionId)
                    .collect(Collectors.toSet());
            there.retainAll(left);
            if (there.isEmpty() || System.nanoTime() - untilNanos >= 0) {
                return there.isEmpty();
            }
            TimeUnit.SECONDS.sleep(LOOK_SECONDS);
        }
    }

    private static String session(ConnectedWorker worker) {
        return WorkerView.formatSession(worker.sessionId());
    }

    public static Map<String, Object> row(ConnectedWorker worker) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("session", session(worker));
        row.put("worker", worker.worker());
        row.put("client", worker.clientName());
        row.put("version", worker.version());
        row.put("host", worker.host());
        row.put("queues", String.join(",", worker.queues()));
        row.put("address", worker.address());
        row.put("connected_at", Output.time(worker.connectedAtMs()));
        row.put("running", worker.leases());
        row.put("waiting", worker.waiting());
        row.put("draining", worker.draining());
        return row;
    }
}
