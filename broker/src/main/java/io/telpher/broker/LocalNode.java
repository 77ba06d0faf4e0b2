package io.telpher.broker;

import io.telpher.broker.cluster.NodeReport;
import io.telpher.broker.core.Partition;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.storage.Shortage;
import java.nio.file.Path;

/**
 * What this broker tells other nodes of itself, and is told of theirs. Any thread.
 *
 * @param directory of its data
 */
record LocalNode(Path directory, PartitionRouter router) implements NodeReport.Local {
    @Override
    public String version() {
        return Broker.VERSION;
    }

    @Override
    public NodeReport.Semantics semantics() {
        return new NodeReport.Semantics(Partition.OLDEST_SEMANTICS_VERSION, Partition.SEMANTICS_VERSION);
    }

    @Override
    public long freeBytes() {
        return directory.toFile().getUsableSpace();
    }

    @Override
    public boolean hasRoom() {
        return !router.shortages().contains(Shortage.TASKS);
    }

    @Override
    public void lowElsewhere(String nodes) {
        router.lowElsewhere(nodes);
    }
}
