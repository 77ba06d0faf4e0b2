package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.HandOvers;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the states of all partitions are of one broker at one time: nothing is settled in one that the other has not, nothing was taken that the
 * other did not decide. Of a broker that syncs before it answers they always are, also after a power cut; copies that were taken one after the other,
 * and what is left of damaged journals, may not be.
 */
public final class HandOverCheck {
    private HandOverCheck() {}

    /**
     * How far one partition has come with the others, by their numbers: numbers of hand-overs, see {@link HandOvers}.
     */
    public record Standing(List<Long> given, List<Long> settled, List<Long> taken) {
        public static Standing of(Partition partition) {
            HandOvers handOvers = partition.handOvers();
            List<Long> given = new ArrayList<>();
            List<Long> settled = new ArrayList<>();
            List<Long> taken = new ArrayList<>();
            for (int other = 0; other < partition.placement().partitions(); other++) {
                given.add(handOvers.given(other));
                settled.add(handOvers.settled(other));
                taken.add(handOvers.taken(other));
            }
            return new Standing(given, settled, taken);
        }
    }

    /**
     * One sentence for each two partitions that don't fit.
     *
     * @param partitions by their number
     */
    public static List<String> problems(List<Standing> partitions) {
        List<String> problems = new ArrayList<>();
        for (int source = 0; source < partitions.size(); source++) {
            for (int target = 0; target < partitions.size(); target++) {
                Standing from = partitions.get(source);
                long taken = partitions.get(target).taken().get(source);
                if (from.settled().get(target) > taken) {
                    problems.add("tasks that partition " + source + " handed over to partition " + target
                            + " are missing there");
                }
                if (taken > from.given().get(target)) {
                    problems.add("partition " + target + " has tasks of batches or acknowledgements that partition "
                            + source + " does not know of");
                }
            }
        }
        return problems;
    }
}
