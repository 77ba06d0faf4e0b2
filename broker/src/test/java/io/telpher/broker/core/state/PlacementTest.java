package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PlacementTest {
    /** Data that is there depends on these: they can't be changed, only added to. */
    @Test
    void shouldPlaceQueuesWhereTheyWereAlwaysPlaced() {
        StringBuilder placed = new StringBuilder();
        for (String queue : new String[] {"default", "mail", "sms", "a", "orders.eu-1"}) {
            for (int partitions : new int[] {2, 3, 8, 32}) {
                placed.append(Placement.of(queue, partitions)).append(' ');
            }
        }
        assertEquals(
                "0 0 0 8 1 1 5 29 1 1 5 21 1 1 7 7 0 1 4 12", placed.toString().trim());
    }

    @Test
    void shouldSpreadQueuesEvenly() {
        int[] queues = new int[8];
        for (int i = 0; i < 8_000; i++) {
            queues[Placement.of("queue-" + i, queues.length)]++;
        }
        for (int count : queues) {
            assertTrue(count > 900 && count < 1_100, () -> "one partition has " + count + " of 8000");
        }
    }

    @Test
    void shouldKeepTheDefaultPolicyEverywhereAndTheQueueInOne() {
        int homes = 0;
        for (int i = 0; i < 4; i++) {
            Placement placement = new Placement(i, 4);
            assertTrue(placement.keepsPolicyOf("default"));
            homes += placement.isHome("default") ? 1 : 0;
        }
        assertEquals(1, homes);
        assertTrue(Placement.alone(0).isHome("mail"));
    }
}
