package io.telpher.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One run of one workload against one broker.
 *
 * @param at when it began, ISO 8601 in UTC
 * @param durability how the broker was told to sync
 * @param syncs whether it makes a task durable before it confirms it
 * @param round rows of one round were measured one after the other
 * @param figures by {@link Figure#key}
 * @param disturbed what disturbed it and the limit, null when nothing did
 * @param skipped why it was not run
 * @param error what the broker or its client refused first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Row(
        String at,
        String rival,
        String version,
        String durability,
        boolean syncs,
        String workload,
        int round,
        Map<String, Double> figures,
        @Nullable String disturbed,
        @Nullable String skipped,
        @Nullable String error) {

    public OptionalDouble figure(Figure figure) {
        Double value = figures.get(figure.key());
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** Whether its figures may be compared. */
    @JsonIgnore
    public boolean isSound() {
        return disturbed == null && skipped == null && error == null;
    }

    public Row disturbedBy(@Nullable String what) {
        return new Row(at, rival, version, durability, syncs, workload, round, figures, what, skipped, error);
    }
}
