package io.telpher.broker.cli.dlq;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tq dlq replay}. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = {
            "Makes dead tasks ready again.",
            "With --patch their payloads are changed first: see what comes of it with --dry-run --preview 5, then let a --canary go first."
        })
final class ReplayCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private Connect broker = new Connect();

    @Mixin
    private Output output = new Output();

    @Mixin
    private DlqWhich which = new DlqWhich();

    @Option(names = "--limit", defaultValue = "0", description = "At most this many tasks. 0 = all")
    private int limit;

    @Option(names = "--dry-run", description = "Only count.")
    private boolean dryRun;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "At most N a second; the broker goes on by itself.")
    private int rate;

    @Option(
            names = "--canary",
            paramLabel = "N",
            defaultValue = "0",
            description = "N first, and the others only when all of these have completed.")
    private int canary;

    @Option(names = "--wait", description = "With --rate, --canary or --patch: show how far it is, until it is over.")
    private boolean wait;

    @Option(names = "--payload", paramLabel = "FILE", description = "One ID gets this payload instead of its own.")
    private @Nullable Path payload;

    @Option(
            names = "--patch",
            paramLabel = "JSON",
            defaultValue = "",
            description = {
                "A JSON merge patch (RFC 7396) for the payload of each: its fields are set, those with null removed.",
                "A payload that is not a JSON object stays dead, and is reported."
            })
    private String patch = "";

    @Option(names = "--patch-file", paramLabel = "FILE", description = "The same from a file.")
    private @Nullable Path patchFile;

    @Option(
            names = "--preview",
            paramLabel = "N",
            defaultValue = "0",
            description = "With --patch and --dry-run: show the first N payloads before and after.")
    private int preview;

    @Parameters(paramLabel = "ID", arity = "0..*")
    private @Nullable List<String> ids;

    @Override
    public Integer call() throws IOException {
        long[] taskIds = DeadLetterCommand.parsed(ids);
        MergePatch merge = mergePatch();
        if (preview > 0 && (merge == null || !dryRun)) {
            throw new IllegalArgumentException("--preview goes with --patch and --dry-run");
        }
        if (payload != null && merge != null) {
            throw new IllegalArgumentException(
                    "give --payload, another one, or --patch, changes of the present ones; not both");
        }
        try (Telpher telpher = broker.connect()) {
            Operations operations = telpher.operations();
            if (payload != null) {
                return replaced(operations, taskIds, payload);
            }
            DlqFilter filter = which.filter();
            List<Map<String, Object>> seen =
                    merge == null || preview == 0 ? List.of() : rows(merge, tasks(telpher, filter, taskIds));
            DlqReplay.Options options = new DlqReplay.Options(limit, rate, dryRun, canary);
            DlqReplay.Patch sent = merge == null ? DlqReplay.Patch.NONE : DlqReplay.Patch.merge(json());
            return began(operations, operations.startReplay(filter, options, sent, taskIds), seen);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private byte[] json() throws IOException {
        return patchFile == null ? patch.getBytes(StandardCharsets.UTF_8) : Files.readAllBytes(patchFile);
    }

    private @Nullable MergePatch mergePatch() throws IOException {
        if (patch.isEmpty() && patchFile == null) {
            return null;
        }
        if (!patch.isEmpty() && patchFile != null) {
            throw new IllegalArgumentException("give --patch or --patch-file, not both");
        }
        try {
            return MergePatch.parse(json());
        } catch (MergePatch.Unpatchable e) {
            throw new IllegalArgumentException("--patch: " + e.getMessage(), e);
        }
    }

    private int began(Operations operations, Operations.StartedRun started, List<Map<String, Object>> seen) {
        Map<String, Object> said = new LinkedHashMap<>();
        if (preview > 0 && output.format() == Output.Format.table) {
            output.rows(out(), seen);
        } else if (preview > 0) {
            said.put("preview", seen);
        }
        if (started.runId() == 0) {
            said.put("replayed", started.matched());
            said.put("dry_run", dryRun);
            String refused =
                    started.refused() == 0 ? "" : "; " + started.refused() + " can't be patched, and would stay dead";
            if (started.refused() > 0) {
                said.put("refused", started.refused());
            }
            output.says(out(), started.matched() + (dryRun ? " would be replayed" : " replayed") + refused, said);
            return 0;
        }
        said.put("replay", DlqRun.format(started.runId()));
        said.put("matched", started.matched());
        output.says(
                out(), "replay " + DlqRun.format(started.runId()) + " of " + started.matched() + " tasks began", said);
        return wait ? new ReplayProgress(spec.commandLine().getErr()).follow(operations, started.runId()) : 0;
    }

    private int replaced(Operations operations, long[] taskIds, Path file) throws IOException {
        if (taskIds.length != 1 || dryRun || rate > 0 || canary > 0) {
            throw new IllegalArgumentException("--payload goes with exactly one ID, at once");
        }
        TaskSpec content = TaskSpec.type("patch").payload(Files.readAllBytes(file));
        long count = operations.replayWithContent(taskIds[0], content);
        output.says(out(), count + " replayed", Map.of("replayed", count, "dry_run", false));
        return 0;
    }

    // ---- what a patch makes of payloads

    private List<TaskView> tasks(Telpher telpher, DlqFilter filter, long[] taskIds) {
        if (taskIds.length == 0) {
            int count = Math.min(preview, Limits.LIST_MAX);
            return telpher.operations()
                    .deadLetters(filter, new DlqList.Page(count, true))
                    .tasks();
        }
        return Arrays.stream(taskIds)
                .limit(preview)
                .mapToObj(id -> telpher.getAsync(id, true).join())
                .filter(task -> task.state == TaskState.DEAD)
                .toList();
    }

    private static List<Map<String, Object>> rows(MergePatch merge, List<TaskView> tasks) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (TaskView task : tasks) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("task_id", TaskId.format(task.taskId));
            row.put("payload", new String(task.payload, StandardCharsets.UTF_8));
            try {
                byte[] patched = merge.apply(task.payload, Limits.PAYLOAD_BYTES_CEILING);
                row.put("patched", new String(patched, StandardCharsets.UTF_8));
                row.put("refused", "");
            } catch (MergePatch.Unpatchable e) {
                row.put("patched", "");
                row.put("refused", String.valueOf(e.getMessage()));
            }
            rows.add(row);
        }
        return rows;
    }
}
