package io.telpher.broker.core.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.core.hash.KeyHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdempotencyIndexTest {
    private static KeyHash key(long high, long low) {
        KeyHash key = new KeyHash();
        key.high = high;
        key.low = low;
        key.content = high ^ low;
        return key;
    }

    @Test
    void shouldFindWhatWasAddedAndNothingElse() {
        Random random = new Random(5);
        IdempotencyIndex index = new IdempotencyIndex();
        Map<Long, Integer> slots = new HashMap<>();
        List<Long> lows = new ArrayList<>();
        for (long i = 0; i < 50_000; i++) {
            if (lows.isEmpty() || random.nextInt(3) > 0) {
                // Few highs and neighbouring lows: long runs in few tables.
                slots.put(i, index.add(key(i % 3, i), i + 1, i + 2));
                lows.add(i);
            } else {
                long low = lows.remove(random.nextInt(lows.size()));
                index.remove(slots.getOrDefault(low, IdempotencyIndex.NONE));
                slots.remove(low);
                assertEquals(IdempotencyIndex.NONE, index.find(low % 3, low));
            }
        }
        assertEquals(slots.size(), index.count());
        slots.forEach((low, slot) -> {
            assertEquals(slot, index.find(low % 3, low));
            assertEquals(low + 1, index.sequence(slot));
            assertEquals(low + 2, index.windowEndMs(slot));
            assertEquals(low ^ low % 3, index.content(slot));
            assertEquals(IdempotencyIndex.NONE, index.find(low % 3 + 3, low));
        });
    }
}
