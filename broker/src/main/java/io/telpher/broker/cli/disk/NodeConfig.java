package io.telpher.broker.cli.disk;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.launch.LiveConfig;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The configuration of the node whose directory a command works on. */
final class NodeConfig {
    @Option(names = "--config", paramLabel = "FILE", description = "Configuration of the node.")
    private @Nullable Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting, over file and environment.")
    private @Nullable List<String> sets;

    /** Null when it can't be used, which was said. */
    @Nullable
    NodeDirectory directory(PrintWriter out, PrintWriter err) throws IOException {
        try {
            BrokerConfig config = new LiveConfig(file, System.getenv(), sets == null ? List.of() : sets)
                    .loaded()
                    .config();
            ClusterSettings settings = config.cluster();
            if (settings == null) {
                err.println("cluster.name is not set; a node needs cluster.name, cluster.node and cluster.nodes");
                return null;
            }
            return new NodeDirectory(config.directory(), settings, out, err);
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return null;
        }
    }
}
