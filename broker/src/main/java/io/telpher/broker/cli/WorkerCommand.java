package io.telpher.broker.cli;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Who works. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Lists workers.")
final class WorkerCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Connections that reserved something.")
    int list(@Mixin Connect broker, @Mixin Output output) {
        try (Telpher telpher = broker.connect()) {
            List<Map<String, Object>> rows = telpher.operations().workers().stream()
                    .map(WorkerCommand::row)
                    .toList();
            output.rows(spec.commandLine().getOut(), rows);
        }
        return 0;
    }

    static Map<String, Object> row(Operations.ConnectedWorker worker) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("worker", worker.worker());
        row.put("client", worker.clientName());
        row.put("address", worker.address());
        row.put("connected_at", Output.time(worker.connectedAtMs()));
        row.put("running", worker.leases());
        row.put("waiting", worker.waiting());
        return row;
    }
}
