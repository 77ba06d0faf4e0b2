package io.telpher.broker.partition.salvage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tasks and records that a {@link Salvage} kept or dropped, in the order of reading. */
public final class SalvageReport {
    /** Whether something is there afterwards. */
    public enum Outcome {
        KEPT,
        DROPPED
    }

    /**
     * Number of things of one kind that had one fate.
     *
     * @param why in words for people
     * @param tasks the ids concerned, where they are certain
     */
    public record Line(String what, Outcome outcome, long count, String why, List<Long> tasks) {}

    /**
     * Where something is missing.
     *
     * @param bytes that are damaged; 0 when they are not there at all
     * @param due the number of the first record that is missing there
     */
    public record Damage(Path file, long offset, long bytes, long due) {}

    private record Key(String what, Outcome outcome, String why) {}

    private static final class Tally {
        long count;
        final List<Long> tasks = new ArrayList<>();
    }

    private final Map<Key, Tally> tallies = new LinkedHashMap<>();
    private final List<Damage> damages = new ArrayList<>();
    private final List<String> unmatched = new ArrayList<>();

    void kept(String what, long count, String why) {
        tally(what, Outcome.KEPT, why).count += count;
    }

    void dropped(String what, long count, String why) {
        tally(what, Outcome.DROPPED, why).count += count;
    }

    void keptTask(String what, long taskId, String why) {
        Tally tally = tally(what, Outcome.KEPT, why);
        tally.count++;
        tally.tasks.add(taskId);
    }

    void droppedTask(String what, long taskId, String why) {
        Tally tally = tally(what, Outcome.DROPPED, why);
        tally.count++;
        tally.tasks.add(taskId);
    }

    void damaged(Damage damage) {
        damages.add(damage);
    }

    /** @param what one sentence on two partitions that don't fit */
    void unmatched(String what) {
        unmatched.add(what);
    }

    /** Contradictions between partitions, a sentence each; the tasks concerned are not known. */
    public List<String> unmatched() {
        return List.copyOf(unmatched);
    }

    private Tally tally(String what, Outcome outcome, String why) {
        return tallies.computeIfAbsent(new Key(what, outcome, why), key -> new Tally());
    }

    public List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        tallies.forEach((key, tally) -> {
            if (tally.count > 0) {
                lines.add(new Line(key.what(), key.outcome(), tally.count, key.why(), List.copyOf(tally.tasks)));
            }
        });
        return lines;
    }

    /** In the order of the journal. */
    public List<Damage> damages() {
        return List.copyOf(damages);
    }

    /** How many of this kind had this outcome, for whatever reason. */
    public long count(String what, Outcome outcome) {
        return lines().stream()
                .filter(line -> line.what().equals(what) && line.outcome() == outcome)
                .mapToLong(Line::count)
                .sum();
    }
}
