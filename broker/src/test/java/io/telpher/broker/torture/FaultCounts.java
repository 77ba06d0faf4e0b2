package io.telpher.broker.torture;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** How often each kind of fault was done, and which one is next. */
final class FaultCounts<F extends Enum<F>> {
    private final Map<F, Integer> counts;

    FaultCounts(Class<F> kinds) {
        counts = new EnumMap<>(kinds);
    }

    void count(F fault) {
        counts.merge(fault, 1, Integer::sum);
    }

    int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** One of those that were done least. */
    F rarest(List<F> kinds, Random random) {
        int fewest = kinds.stream()
                .mapToInt(kind -> counts.getOrDefault(kind, 0))
                .min()
                .orElseThrow();
        List<F> candidates = kinds.stream()
                .filter(kind -> counts.getOrDefault(kind, 0) <= fewest + 1)
                .toList();
        return candidates.get(random.nextInt(candidates.size()));
    }

    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .collect(Collectors.joining(", "));
    }
}
