package io.telpher.broker.cluster;

import io.telpher.broker.cluster.ClusterStatus.Verdict;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether all nodes are in one state. A check is an entry of the shared log, so it has the same place among the records everywhere: each node takes the hash of its state of that
 * moment, piece by piece while it works on, and says it with its reports. So each node knows what all of them have, and judges itself: one whose hash is another than that of a
 * majority of the members stops for good, whether it leads or not. When no two have the same, none stops: which of them is right, no node knows.
 *
 * <p>Two hashes are of one state only when they are of the same record. A node that was started reads entries again that its journal holds already, and is further then: it says
 * nothing of that check. One that is less far lacks records that it has said it has.
 */
final class StateChecks {
    private static final Logger LOG = LoggerFactory.getLogger(StateChecks.class);
    /** Some seconds of one core for a hundred million tasks, in pieces of 0.1 ms. */
    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Before a node stops, so that the others have heard of it. */
    private static final int LOOKS_MIN = 4;

    private static final String FILE = "diverged";

    private final Path directory;
    private final String member;
    private final Consumer<Throwable> failed;
    private final Set<String> differing = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Consumer<LongConsumer> hasher;
    private volatile NodeReport.@Nullable Check own;
    private volatile long index;
    private volatile long lastNanos = System.nanoTime();
    private int looks;
    private long toldIndex;

    /** @param failed told when this node has to stop */
    StateChecks(Path directory, String member, Consumer<Throwable> failed) {
        this.directory = directory;
        this.member = member;
        this.failed = failed;
    }

    /** @throws JournalException when this directory was found to be in another state than the others */
    static void requireSound(Path directory, String node) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            throw new JournalException("TQ-5033 " + Files.readString(file).strip() + " " + wayOut(directory, node));
        }
    }

    private static String wayOut(Path directory, String node) {
        return "Keep " + directory + " as evidence, by moving it away, and run tq cluster replace " + node;
    }

    /** @param by reckons the hash of the state as it is now, on the partition's thread, and tells it later; an earlier one that is under way is given up */
    void hashesBy(Consumer<LongConsumer> by) {
        hasher = by;
    }

    /** The next check is due; the node that leads proposes it. */
    boolean isDue() {
        return System.nanoTime() - lastNanos >= EVERY_NANOS;
    }

    /** One was proposed, and is on its way. */
    void proposed() {
        lastNanos = System.nanoTime();
    }

    /** The place of the last check that was agreed on; 0 = none since this node's start. */
    long index() {
        return index;
    }

    /** A check at this place was agreed on, and {@code log} was given all before it. */
    void agreed(long place, AgreedLog log) throws InterruptedException {
        lastNanos = System.nanoTime();
        index = place;
        Consumer<LongConsumer> by = hasher;
        if (by != null) {
            log.mark(sequence -> by.accept(hash -> own = new NodeReport.Check(place, sequence, hash)));
        }
    }

    /** What this node says of the last check that it has done; null = none since its start. */
    NodeReport.@Nullable Check own() {
        return own;
    }

    /** Members whose state was another one than the majority's, as far as it is known here; until they are found to be in the same. */
    boolean isDiffering(String which) {
        return differing.contains(which);
    }

    /**
     * Takes what all say of a check, this node too.
     *
     * @param said by member; null = nothing yet
     */
    void judge(Map<String, NodeReport.@Nullable Check> said) {
        Map<String, Verdict> verdicts = verdicts(said, index);
        differing.retainAll(said.keySet());
        verdicts.forEach((which, verdict) -> {
            if (verdict == Verdict.DIFFERENT) {
                differing.add(which);
            } else if (verdict == Verdict.EQUAL) {
                differing.remove(which);
            }
        });
        tell(said, verdicts);
        looks = verdicts.get(member) == Verdict.DIFFERENT ? looks + 1 : 0;
        if (looks == LOOKS_MIN) {
            stop(Objects.requireNonNull(said.get(member)));
        }
    }

    /** Once for each check. */
    private void tell(Map<String, NodeReport.@Nullable Check> said, Map<String, Verdict> verdicts) {
        if (toldIndex >= index) {
            return;
        }
        List<String> others = verdicts.entrySet().stream()
                .filter(each ->
                        each.getValue() == Verdict.DIFFERENT && !each.getKey().equals(member))
                .map(each -> NodeFile.nodeOf(each.getKey()))
                .sorted()
                .toList();
        boolean allSaid = said.values().stream().allMatch(each -> each != null && each.index() == index);
        if (!others.isEmpty()) {
            toldIndex = index;
            LOG.warn("TQ-5034 the state of node {} is another than that of the others; it stops by itself", others);
        } else if (allSaid && verdicts.containsValue(Verdict.UNDECIDED)) {
            toldIndex = index;
            LOG.warn(
                    "TQ-5034 the nodes are in different states at the check {}, and no majority is in the same: {}",
                    index,
                    said);
        }
    }

    private void stop(NodeReport.Check wrong) {
        String node = NodeFile.nodeOf(member);
        String what = "the state of node " + node + " at record " + wrong.sequence()
                + " is another than that of a majority of the nodes.";
        try {
            DurableFile.replace(directory.resolve(FILE), what + "\n");
        } catch (IOException e) {
            LOG.warn("TQ-5033 that this directory differs can't be noted in it", e);
        }
        failed.accept(new JournalException("TQ-5033 " + what + " " + wayOut(directory, node)));
    }

    /** What a node said of its last check, when its broker has this version, too: another version may take hashes of other things. */
    static NodeReport.@Nullable Check comparable(NodeReport.@Nullable Seen seen, String version) {
        return seen != null && seen.report().version().equals(version)
                ? seen.report().check()
                : null;
    }

    /** What is to be thought of each member's part in the check at {@code index}. */
    static Map<String, Verdict> verdicts(Map<String, NodeReport.@Nullable Check> said, long index) {
        NodeReport.Check majority = majority(said.values(), index);
        Map<String, Verdict> verdicts = new HashMap<>();
        said.forEach((member, check) -> verdicts.put(member, verdict(check, majority, index)));
        return verdicts;
    }

    private static Verdict verdict(NodeReport.@Nullable Check check, NodeReport.@Nullable Check majority, long index) {
        if (check == null || check.index() != index) {
            return Verdict.NOT_ANSWERED;
        }
        if (majority == null) {
            return Verdict.UNDECIDED;
        }
        if (check.equals(majority)) {
            return Verdict.EQUAL;
        }
        return check.sequence() > majority.sequence() ? Verdict.NOT_ANSWERED : Verdict.DIFFERENT;
    }

    /** What more than half of all members say; null when no such many say the same. */
    private static NodeReport.@Nullable Check majority(Collection<NodeReport.@Nullable Check> said, long index) {
        for (NodeReport.Check each : said) {
            if (each != null && each.index() == index) {
                long same = said.stream().filter(each::equals).count();
                if (same > said.size() / 2) {
                    return each;
                }
            }
        }
        return null;
    }
}
