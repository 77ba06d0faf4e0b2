package io.telpher.broker.cli.dlq;

import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.client.Operations;
import io.telpher.protocol.deadletter.DlqRun;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Shows how far a replay is. */
final class ReplayProgress {
    private static final int LOOK_MS = 250;

    private final PrintWriter err;
    private final ProgressBar progress;

    ReplayProgress(PrintWriter err) {
        this.err = err;
        this.progress = new ProgressBar(err, "replayed");
    }

    /** Until it is over; returns the exit code: 1 when it did not replay all it meant. */
    int follow(Operations operations, long runId) {
        DlqRun run = find(operations, runId);
        while (!run.state().isOver()) {
            String canary = run.state() == DlqRun.State.CANARY
                    ? ", canary: " + run.canaryCompleted() + " of " + run.canary() + " completed"
                    : "";
            progress.of(run.replayed(), run.matched(), () -> canary);
            pause();
            run = find(operations, runId);
        }
        progress.end(run.replayed());
        err.println(run.state().word() + (run.note().isEmpty() ? "" : ": " + run.note()));
        err.flush();
        return run.state() == DlqRun.State.DONE ? 0 : Exit.REFUSED;
    }

    private static DlqRun find(Operations operations, long runId) {
        return operations.replayRuns("").stream()
                .filter(run -> run.runId() == runId)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no replay " + DlqRun.format(runId) + " any more"));
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; the replay goes on, see tq dlq replays", e);
        }
    }

    static Map<String, Object> row(DlqRun run) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("replay", DlqRun.format(run.runId()));
        row.put("queue", run.queue());
        row.put("state", run.state().word());
        row.put("replayed", run.replayed());
        row.put("matched", run.matched());
        row.put("skipped", run.skipped());
        row.put("rate", run.ratePerSecond());
        row.put("canary", run.canary() == 0 ? "" : run.canaryCompleted() + " of " + run.canary());
        row.put("started_at", Output.time(run.startedAtMs()));
        row.put("ended_at", Output.time(run.endedAtMs()));
        row.put("note", run.note());
        return row;
    }
}
