package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.frame.FrameWriter;
import java.util.ArrayList;
import java.util.List;

/** Queues as a worker names them: {@code mail, sms} in order of preference, {@code mail:3, sms:1} by weight. */
final class QueueWeights {
    static final char SEPARATOR = ':';

    private final List<String> names = new ArrayList<>();
    private final List<Integer> weights = new ArrayList<>();
    private boolean weighted;

    private QueueWeights() {}

    /** @throws IllegalArgumentException when a weight is none, or there are too many */
    static QueueWeights of(Iterable<String> queues) {
        QueueWeights all = new QueueWeights();
        for (String queue : queues) {
            int colon = queue.indexOf(SEPARATOR);
            all.weighted |= colon >= 0;
            all.names.add(colon < 0 ? queue : queue.substring(0, colon));
            all.weights.add(colon < 0 ? 1 : weight(queue, queue.substring(colon + 1)));
        }
        if (all.weighted && all.names.size() > Limits.RESERVE_QUEUES_MAX) {
            throw new IllegalArgumentException(
                    all.names.size() + " queues; at most " + Limits.RESERVE_QUEUES_MAX + " can be reserved from");
        }
        return all;
    }

    private static int weight(String queue, String text) {
        boolean isShort = !text.isEmpty() && text.length() <= 3;
        int weight = isShort && text.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(text) : 0;
        if (weight < 1 || weight > Limits.WEIGHT_MAX) {
            throw new IllegalArgumentException(
                    "\"" + queue + "\" is not like mail:3, with a weight of 1 to " + Limits.WEIGHT_MAX);
        }
        return weight;
    }

    boolean isWeighted() {
        return weighted;
    }

    List<String> names() {
        return names;
    }

    /** A byte each; nothing when they are not weighted. */
    void write(FrameWriter out) {
        if (weighted) {
            weights.forEach(out::u8);
        }
    }
}
