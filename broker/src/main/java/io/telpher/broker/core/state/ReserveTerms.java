package io.telpher.broker.core.state;

import java.util.ArrayList;
import java.util.List;

/** What a reserve asks for. Reused. */
public final class ReserveTerms {
    public int requestId;
    public int max;
    /** Lease length, 0 = each task's own. */
    public int leaseMs;

    public long deadlineMs;
    public String worker = "";
    /** In order of preference. */
    public final List<TaskQueue> queues = new ArrayList<>();
}
