package io.telpher.broker.core.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotTableTest {
    private final List<Long> hashes = new ArrayList<>();
    private final SlotTable table = new SlotTable(1, hashes::get);

    private List<Integer> slotsOf(long hash) {
        List<Integer> found = new ArrayList<>();
        for (int slot = table.first(hash); slot != SlotTable.NONE; slot = table.next()) {
            found.add(slot);
        }
        return found.stream().sorted().toList();
    }

    @Test
    void shouldFindWhatWasAddedAndNothingElse() {
        Random random = new Random(7);
        Map<Long, List<Integer>> there = new HashMap<>();
        for (int step = 0; step < 30_000; step++) {
            // Neighbouring hashes, each several times: long runs, with all that can go wrong when one is taken out.
            long hash = random.nextInt(500) | (random.nextBoolean() ? Long.MIN_VALUE : 0);
            List<Integer> slots = there.computeIfAbsent(hash, each -> new ArrayList<>());
            if (slots.isEmpty() || random.nextInt(5) > 2) {
                hashes.add(hash);
                table.add(hashes.size() - 1);
                slots.add(hashes.size() - 1);
            } else {
                table.remove(slots.remove(random.nextInt(slots.size())));
            }
            assertEquals(slots, slotsOf(hash));
        }
        there.forEach((hash, slots) -> assertEquals(slots, slotsOf(hash)));
        assertEquals(there.values().stream().mapToInt(List::size).sum(), table.count());
    }

    @Test
    void shouldCostTheSameHoweverManyThereAre() {
        Random random = new Random(8);
        SlotTable wide = new SlotTable(6, hashes::get);
        long few = looksPerSearch(wide, random, 1_000);
        long many = looksPerSearch(wide, random, 200_000);
        assertTrue(many <= few + 2, many + " places looked at, " + few + " among few");
    }

    private long looksPerSearch(SlotTable wide, Random random, int count) {
        while (hashes.size() < count) {
            hashes.add(random.nextLong());
            wide.add(hashes.size() - 1);
        }
        long before = wide.looks();
        for (int i = 0; i < count; i++) {
            wide.first(hashes.get(i));
        }
        return (wide.looks() - before) / count;
    }
}
