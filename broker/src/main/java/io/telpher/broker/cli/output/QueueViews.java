package io.telpher.broker.cli.output;

import io.telpher.client.Operations;
import io.telpher.protocol.queue.QueueView;
import java.util.ArrayList;
import java.util.List;

/** All queues, however many pages they take. */
public final class QueueViews {
    private static final int PAGE = 1_000;

    private QueueViews() {}

    public static List<QueueView> all(Operations operations) {
        List<QueueView> queues = new ArrayList<>(operations.queues(PAGE, ""));
        int page = queues.size();
        while (page == PAGE) {
            List<QueueView> more = operations.queues(PAGE, queues.get(queues.size() - 1).name);
            queues.addAll(more);
            page = more.size();
        }
        return queues;
    }
}
