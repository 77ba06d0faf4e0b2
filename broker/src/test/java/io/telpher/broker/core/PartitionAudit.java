package io.telpher.broker.core;

import io.telpher.broker.core.state.Audit;

/** Opens a partition's inside to audits from other packages. */
public final class PartitionAudit {
    private PartitionAudit() {}

    /** @throws AssertionError naming the task and the rule */
    public static void check(Partition partition) {
        new Audit(partition.state()).check();
    }
}
