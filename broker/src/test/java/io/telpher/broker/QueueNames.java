package io.telpher.broker;

import io.telpher.broker.core.state.Placement;
import java.util.List;
import java.util.stream.IntStream;

/** Queues by the partition that they live in. */
public final class QueueNames {
    private QueueNames() {}

    /** The nth queue, from 0, that lives in this one of so many partitions. */
    public static String in(int partition, int n, int partitions) {
        return IntStream.range(0, Integer.MAX_VALUE)
                .mapToObj(i -> "q" + i)
                .filter(name -> Placement.of(name, partitions) == partition)
                .skip(n)
                .findFirst()
                .orElseThrow();
    }

    /** One for each partition, in their order. */
    public static List<String> ofEach(int partitions) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> in(partition, 0, partitions))
                .toList();
    }
}
