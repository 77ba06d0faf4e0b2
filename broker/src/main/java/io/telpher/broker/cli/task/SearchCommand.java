package io.telpher.broker.cli.task;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.task.Reschedule;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds tasks by what is in them, and does something to those that were found. */
@Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description = "Finds tasks of all states and queues, the oldest first.",
        footer = {
            "",
            "Words are parts of payload or error. Also payload:PART error:PART header:NAME=PART key:KEY type:TYPE queue:QUEUE worker:WORKER",
            "priority:low state:ready,active status:failed; \"quotes\" hold spaces together, * behind a name means any that begins so.",
            "  tq search 'ann@example.org status:failed'",
            "  tq search 'type:mail error:timeout' --then replay --yes"
        })
public final class SearchCommand implements Callable<Integer> {
    private static final int PAGE = 1_000;

    /** The action on the tasks found. */
    enum Then {
        cancel,
        replay,
        discard,
        run_now,
        high,
        normal,
        low
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final Connect broker = new Connect();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "QUERY", arity = "1..*", description = "What to look for; all of it has to match.")
    private List<String> words = List.of();

    @Option(names = "--limit", defaultValue = "100", description = "Find no more. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Option(names = "--after", defaultValue = "t-0", description = "Look on behind this id.")
    private String after = "t-0";

    @Option(
            names = "--then",
            paramLabel = "ACTION",
            description = "Do this to those found: ${COMPLETION-CANDIDATES}; the last three are another priority.")
    private @Nullable Then then;

    @Option(names = "--yes", description = "With --then: do it; without, it is only said to how many.")
    private boolean yes;

    @Override
    public Integer call() {
        SearchQuery query = SearchQuery.parse(String.join(" ", words));
        PrintWriter out = spec.commandLine().getOut();
        try (Telpher telpher = broker.connect()) {
            List<TaskView> found = find(telpher.operations(), query);
            if (then == null) {
                output.rows(out, found.stream().map(Output::row).toList());
            } else {
                act(telpher, then, found, out);
            }
        }
        return 0;
    }

    private List<TaskView> find(Operations operations, SearchQuery query) {
        PrintWriter err = spec.commandLine().getErr();
        List<TaskView> found = new ArrayList<>();
        long from = TaskId.parse(after);
        long looked = 0;
        do {
            Operations.Found page = operations.search(query, from, Math.min(limit - found.size(), PAGE));
            found.addAll(page.tasks());
            looked += page.looked();
            from = page.nextAfter();
            if (from != 0) {
                err.printf(Locale.ROOT, "looked at %,d tasks, found %,d%n", looked, found.size());
                err.flush();
            }
        } while (from != 0 && found.size() < limit);
        if (from != 0) {
            err.println("there may be more: --limit, or --after " + TaskId.format(from));
            err.flush();
        }
        return found;
    }

    private void act(Telpher telpher, Then what, List<TaskView> found, PrintWriter out) {
        List<TaskView> meant =
                found.stream().filter(task -> concerns(what, task.state)).toList();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("found", found.size());
        fields.put("meant", meant.size());
        fields.put("done", yes ? apply(telpher, what, meant) : 0);
        String sentence = String.format(
                Locale.ROOT,
                yes ? "%s: %s of %s found" : "%s would take %s of %s found; with --yes it does",
                what,
                yes ? fields.get("done") : meant.size(),
                found.size());
        output.says(out, sentence, fields);
    }

    private static boolean concerns(Then what, TaskState state) {
        return switch (what) {
            case cancel -> !state.isFinal();
            case replay, discard -> state == TaskState.DEAD;
            case run_now -> state == TaskState.SCHEDULED || state == TaskState.RETRY_WAIT;
            case high, normal, low -> state.isPending();
        };
    }

    private static long apply(Telpher telpher, Then what, List<TaskView> tasks) {
        long done = 0;
        for (int from = 0; from < tasks.size(); from += Limits.BATCH_TASKS_MAX) {
            long[] ids = tasks.subList(from, Math.min(tasks.size(), from + Limits.BATCH_TASKS_MAX)).stream()
                    .mapToLong(task -> task.taskId)
                    .toArray();
            done += switch (what) {
                case replay -> telpher.operations().replay(ids);
                case discard -> telpher.operations().discard(ids);
                case cancel -> cancel(telpher, ids);
                case run_now -> telpher.operations().reschedule(Reschedule.Change.RUN_NOW, ids);
                case high, normal, low ->
                    telpher.operations()
                            .reschedule(
                                    Reschedule.Change.of(
                                            Priority.valueOf(what.name().toUpperCase(Locale.ROOT))),
                                    ids);
            };
        }
        return done;
    }

    private static long cancel(Telpher telpher, long[] ids) {
        for (long id : ids) {
            telpher.cancel(id);
        }
        return ids.length;
    }
}
