package io.telpher.broker.cli.launch;

import io.telpher.broker.Broker;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.partition.salvage.DataDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a broker until it is asked to stop. */
@Command(name = "broker", mixinStandardHelpOptions = true, description = "Runs a broker.")
public final class BrokerCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerCommand.class);

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration; without it the defaults hold.")
    private @Nullable Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
    private List<String> sets = List.of();

    @Option(names = "--check", description = "Only say whether the configuration is right.")
    private boolean check;

    @Option(names = "--create", description = "Make the directory that journal.dir lies in, too, when it is not there.")
    private boolean create;

    @Option(
            names = "--rehearse",
            hidden = true,
            description = "Starts and stops elsewhere, so that Java can keep the classes.")
    private boolean rehearse;

    @Option(names = "--rehearse-nodes", hidden = true, description = "The same with the nodes of a cluster.")
    private boolean rehearseNodes;

    @Option(
            names = "--rehearse-seconds",
            hidden = true,
            defaultValue = "0",
            description = "With load for as long, so that Java can keep what it learns of it.")
    private int rehearseSeconds;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (rehearse || rehearseNodes) {
            Rehearsal.run(rehearseNodes, Duration.ofSeconds(rehearseSeconds));
            return 0;
        }
        LiveConfig config;
        try {
            config = new LiveConfig(file, System.getenv(), sets);
        } catch (ConfigException e) {
            e.problems().forEach(spec.commandLine().getErr()::println);
            return Exit.USAGE;
        }
        if (check) {
            out.println("the configuration is right");
            return 0;
        }
        Logs.apply(config.loaded().log());
        if (create) {
            DataDirectory.create(config.loaded().config().directory());
        }
        Broker broker = Broker.start(config.loaded().config());
        config.write(broker, LiveConfig.Outcome.NONE);
        ReloadSignal.handle(() -> config.reload(broker));
        // SIGTERM and SIGINT arrive as the hook: new work is refused, what is under way is answered and kept.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker), "telpher-stop"));
        LOG.info(
                "Telpher {} serves {} and {}, data in {}",
                Broker.VERSION,
                broker.address(),
                broker.httpAddress(),
                config.loaded().config().directory().toAbsolutePath());
        out.println("ready binary=" + broker.address() + " http=" + broker.httpAddress());
        out.flush();
        ServiceManager.tellReady(System.getenv());
        broker.failure().join();
        // At once, without the hook: closing would go on confirming.
        Runtime.getRuntime().halt(Exit.INTERNAL);
        return Exit.INTERNAL;
    }

    private static void stop(Broker broker) {
        broker.close();
        if (broker.isStuck()) {
            // Nothing else ends the threads that hang.
            Runtime.getRuntime().halt(Exit.STUCK);
        }
    }
}
