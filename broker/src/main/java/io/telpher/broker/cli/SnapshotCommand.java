package io.telpher.broker.cli;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.client.Telpher;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Takes a snapshot now. */
@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        description = "Has the broker write a snapshot now, so that its next start has less to replay.")
final class SnapshotCommand implements Callable<Integer> {
    @Mixin
    private Connect broker = new Connect();

    @Mixin
    private Output output = new Output();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (Telpher telpher = broker.connect()) {
            long records = telpher.operations().snapshot();
            output.fields(spec.commandLine().getOut(), Map.of("records", records));
        }
        return 0;
    }
}
