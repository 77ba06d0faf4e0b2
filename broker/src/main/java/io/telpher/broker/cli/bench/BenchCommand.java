package io.telpher.broker.cli.bench;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Amounts;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.Printable;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.broker.cli.output.QueueViews;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.queue.QueueView;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Load at a rate, and what it came to. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Submits tasks at a steady rate, has workers take them, and tells how long both took: from the moment when a submit was due, so that"
                    + " a stall of the broker counts in full. Ends with 1 when a submit failed or a confirmed task did not reach a worker."
        })
public final class BenchCommand implements Callable<Integer> {
    private static final String OWN_QUEUE = "tq-bench";
    private static final Pattern TIME = Pattern.compile("(\\d{1,6})(s|m|h)");
    private static final long TASKS_MAX = 50_000_000;
    private static final int PAYLOAD_BYTES_MAX = 16 << 20;
    private static final long SILENT_MS_MAX = 30_000;

    @Mixin
    private Connect broker = new Connect();

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Tasks a second. Default: ${DEFAULT-VALUE}",
            defaultValue = "1000")
    private double rate;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "30s, 5m, 1h. Default: ${DEFAULT-VALUE}",
            defaultValue = "10s")
    private String duration = "10s";

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            description = "Before that, at the same rate, not measured. Default: ${DEFAULT-VALUE}",
            defaultValue = "2s")
    private String warmUp = "2s";

    @Option(
            names = "--payload-bytes",
            paramLabel = "N",
            description = "24 or more. Default: ${DEFAULT-VALUE}",
            defaultValue = "2048")
    private int payloadBytes;

    @Option(
            names = "--producers",
            paramLabel = "N",
            description = "Connections that submit. Default: ${DEFAULT-VALUE}",
            defaultValue = "1")
    private int producers;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Connections that work; 0 = only submit. Default: ${DEFAULT-VALUE}",
            defaultValue = "1")
    private int workers;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "Tasks at once of a worker. Default: ${DEFAULT-VALUE}",
            defaultValue = "64")
    private int concurrency;

    @Option(
            names = {"-q", "--queue"},
            description = "Default: ${DEFAULT-VALUE}, which is purged afterwards",
            defaultValue = OWN_QUEUE)
    private String queue = OWN_QUEUE;

    @Option(
            names = "--yes",
            description =
                    "Also in a queue that has tasks: the workers take and acknowledge these, too. Nothing is purged.")
    private boolean yes;

    @Mixin
    private Output output = new Output();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        BenchRun.Shape shape = shape();
        PrintWriter err = spec.commandLine().getErr();
        try (Telpher telpher = broker.connect()) {
            long before = tasks(telpher.operations());
            if (before > 0 && !yes) {
                throw new IllegalArgumentException("queue " + queue + " has " + Amounts.count(before)
                        + (before == 1 ? " task" : " tasks") + ", which the workers would take and acknowledge;"
                        + " name another one with --queue, or add --yes if you mean it");
            }
            boolean isSound;
            try (BenchRun run = new BenchRun(shape, broker::connect);
                    BenchCleanUp cleanUp = new BenchCleanUp(run, broker::connect, queue, before == 0, err)) {
                run.run(new ProgressBar(err, "submitted"), SILENT_MS_MAX);
                cleanUp.awaitEndIfInterrupted();
                output.fields(spec.commandLine().getOut(), run.fields());
                Throwable refusal = run.firstRefusal();
                if (refusal != null) {
                    err.println("the first refusal: " + Printable.line(String.valueOf(refusal.getMessage())));
                }
                isSound = run.errors() == 0 && run.lost() == 0;
            }
            if (before == 0) {
                telpher.operations().purge(queue, 0);
            }
            err.flush();
            return isSound ? 0 : Exit.REFUSED;
        }
    }

    private BenchRun.Shape shape() {
        require(rate >= 0.1 && rate <= 1e6, "--rate is 0.1 to 1,000,000 tasks a second");
        require(
                payloadBytes >= BenchRun.HEAD_BYTES && payloadBytes <= PAYLOAD_BYTES_MAX,
                "--payload-bytes is 24 to 16 MiB");
        require(producers >= 1 && producers <= 1_000, "--producers is 1 to 1,000");
        require(workers >= 0 && workers <= 1_000, "--workers is 0 to 1,000");
        require(concurrency >= 1 && concurrency <= 1_000, "--concurrency is 1 to 1,000");
        long warm = Math.round(seconds("--warm-up", warmUp) * rate);
        long count = warm + Math.round(seconds("--duration", duration) * rate);
        require(count > warm && count <= TASKS_MAX, "rate times duration is 1 to 50,000,000 tasks");
        return new BenchRun.Shape(queue, rate, (int) count, (int) warm, payloadBytes, producers, workers, concurrency);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    private static long seconds(String option, String text) {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            throw new IllegalArgumentException(option + " is a time like 30s, 5m or 1h, not \"" + text + "\"");
        }
        TimeUnit unit =
                switch (time.group(2)) {
                    case "m" -> TimeUnit.MINUTES;
                    case "h" -> TimeUnit.HOURS;
                    default -> TimeUnit.SECONDS;
                };
        return unit.toSeconds(Long.parseLong(time.group(1)));
    }

    /** That wait or run in the queue; 0 when it is not there. */
    private long tasks(Operations operations) {
        QueueView view = QueueViews.all(operations).stream()
                .filter(each -> each.name.equals(queue))
                .findFirst()
                .orElse(null);
        return pending(view);
    }

    private static long pending(@Nullable QueueView view) {
        return view == null
                ? 0
                : view.ready[0] + view.ready[1] + view.ready[2] + view.scheduled + view.retryWait + view.active;
    }
}
