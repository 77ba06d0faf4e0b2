package io.telpher.broker.cli;

import io.telpher.broker.cli.connect.Connect;
import io.telpher.broker.cli.output.Output;
import io.telpher.client.Telpher;
import io.telpher.protocol.admin.BrokerStats;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The broker in numbers. */
@Command(name = "stats", mixinStandardHelpOptions = true, description = "The broker in numbers.")
final class StatsCommand implements Callable<Integer> {
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
            BrokerStats stats = telpher.operations().stats();
            Map<String, Object> fields = new LinkedHashMap<>();
            for (BrokerStats.Field field : BrokerStats.Field.values()) {
                fields.put(field.name().toLowerCase(Locale.ROOT), stats.get(field));
            }
            output.fields(spec.commandLine().getOut(), fields);
        }
        return 0;
    }
}
