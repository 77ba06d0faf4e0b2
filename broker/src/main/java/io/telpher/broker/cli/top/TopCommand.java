package io.telpher.broker.cli.top;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.Terminal;
import io.telpher.client.Telpher;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jline.utils.AttributedString;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** QueueViews, workers and what is wrong, live. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Queues, workers and what is wrong, live. Keys: q quit, left and right choose the column to sort by, r reverses, / filters,"
                    + " p pauses, up and down scroll.",
            "Where no terminal is, or with --once or -o json: once. -o jsonl: an object each interval, until stopped."
        })
public final class TopCommand implements Callable<Integer> {
    private static final int WIDTH = 132;
    private static final double SECONDS_MAX = 3600;

    @Mixin
    private Connect broker = new Connect();

    @Mixin
    private Output output = new Output();

    @Option(names = "--once", description = "Show it once, with the rates of one interval, and end.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Between two looks, 0.1 or more. Default: ${DEFAULT-VALUE}")
    private double seconds = 1;

    @Option(
            names = "--sort",
            paramLabel = "COLUMN",
            defaultValue = "ready",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private TopColumn sort = TopColumn.ready;

    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Only queues whose name has this.")
    private String filter = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(seconds >= 0.1 && seconds <= SECONDS_MAX)) {
            throw new IllegalArgumentException("--interval is 0.1 to 3600 seconds, not " + seconds);
        }
        long intervalMs = Math.round(seconds * 1e3);
        try (Telpher telpher = broker.connect()) {
            if (output.format() == Output.Format.jsonl && !once) {
                stream(telpher, intervalMs);
            } else if (once || output.format() != Output.Format.table || !Terminal.isInteractive()) {
                once(telpher, intervalMs);
            } else {
                try (TopLive live = new TopLive(telpher.operations(), intervalMs)) {
                    new TopScreen().run(view(), live::newest);
                }
            }
        }
        return 0;
    }

    private TopView view() {
        return new TopView(broker.address(), sort, filter);
    }

    private void once(Telpher telpher, long intervalMs) throws InterruptedException {
        TopReading first = TopReading.take(telpher.operations(), null);
        // Rates are what changed between two looks.
        TimeUnit.MILLISECONDS.sleep(intervalMs);
        TopReading reading = TopReading.take(telpher.operations(), first);
        PrintWriter out = spec.commandLine().getOut();
        if (output.format() != Output.Format.table) {
            output.fields(out, reading.fields(TopProblem.of(reading)));
            return;
        }
        int lines = reading.queues().size() + reading.workers().size() + TopView.LINES_BESIDE;
        for (AttributedString line : view().once(reading, WIDTH, lines)) {
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    private void stream(Telpher telpher, long intervalMs) throws InterruptedException {
        TopReading reading = TopReading.take(telpher.operations(), null);
        while (!spec.commandLine().getOut().checkError()) {
            TimeUnit.MILLISECONDS.sleep(intervalMs);
            reading = TopReading.take(telpher.operations(), reading);
            output.fields(spec.commandLine().getOut(), reading.fields(TopProblem.of(reading)));
        }
    }
}
