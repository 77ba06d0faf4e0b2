package io.telpher.broker.memory;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HeapBudgetTest {
    private static final long MIB = 1 << 20;

    private final HeapBudget budget = new HeapBudget(100 * MIB, 2, null);

    @Test
    void shouldLeaveRoomForAllElse() {
        assertEquals(64 * MIB, budget.budgetBytes());
        assertEquals(2 * MIB, new HeapBudget(16 * MIB, 1, null).budgetBytes(), "a small heap has one, too");
    }

    @Test
    void shouldBeFullWhenAllPartitionsTogetherTakeTheBudget() {
        budget.takes(0, 40 * MIB);
        budget.takes(1, 24 * MIB - 1);
        assertFalse(budget.isFull());
        budget.takes(1, 24 * MIB);
        assertTrue(budget.isFull());
        assertFalse(budget.isCritical());
        assertEquals(64 * MIB, budget.takenBytes());
    }

    @Test
    void shouldTakeTasksAgainOnlyWhenATenthIsFree() {
        budget.takes(0, 64 * MIB);
        budget.takes(0, 58 * MIB);
        assertTrue(budget.isFull());
        budget.takes(0, 57 * MIB);
        assertFalse(budget.isFull());
        budget.takes(0, 58 * MIB);
        assertFalse(budget.isFull());
    }

    @Test
    void shouldRefuseFollowUpsLast() {
        budget.takes(0, 74 * MIB - 1);
        assertTrue(budget.isFull());
        assertFalse(budget.isCritical());
        budget.takes(0, 74 * MIB);
        assertTrue(budget.isCritical());
        budget.takes(0, 60 * MIB);
        assertFalse(budget.isCritical());
        assertTrue(budget.isFull());
    }

    @Test
    void shouldBeFullWhenACollectionLeavesTooMuchWhateverWasReckoned() {
        budget.takes(0, MIB);
        budget.setCollected(true);
        assertTrue(budget.isFull());
        budget.takes(0, MIB);
        assertTrue(budget.isFull());
        budget.setCollected(false);
        assertFalse(budget.isFull());
    }

    @Test
    void shouldPlanForTwoThirdsOfAHeapWithoutAFixedOldGeneration() {
        assertEquals(64 * MIB, LongLived.planned(64 * MIB, 96 * MIB), "the collector has set it");
        assertEquals(64 * MIB, LongLived.planned(96 * MIB, 96 * MIB), "G1: all of the heap may be old");
        assertEquals(64 * MIB, LongLived.planned(-1, 96 * MIB), "a collector that doesn't tell");
        assertEquals(new LongLived.Left(1, 95), LongLived.left(1, 100, 100));
        assertEquals(new LongLived.Left(1, 66), LongLived.left(1, 66, 100));
    }

    @Test
    void shouldKnowWhatThisProcessHasAfterAFullCollection() {
        LongLived heap = LongLived.ofHeap();
        System.gc();
        LongLived.Left left = heap.lastLeft();
        assertNotNull(left);
        assertTrue(left.usedBytes() > 0 && left.usedBytes() < left.maxBytes(), left.toString());
        assertTrue(heap.plannedBytes() < Runtime.getRuntime().maxMemory());
    }

    @Test
    void shouldSayHowLargeAHeapAStartNeeds() {
        assertDoesNotThrow(() -> StartHeap.check(new LongLived.Left(94, 100), 1, 2));
        HeapTooSmallException half =
                assertThrows(HeapTooSmallException.class, () -> StartHeap.check(new LongLived.Left(95, 100), 50, 100));
        String message = String.valueOf(half.getMessage());
        long heap = Runtime.getRuntime().maxMemory() / MIB;
        assertTrue(message.startsWith("TQ-3054 "), message);
        assertTrue(message.contains("a heap of " + heap + " MiB: it was full with 50% read"), message);
        long wanted = Long.parseLong(message.replaceAll(".*with -Xmx(\\d+)m or more.*", "$1"));
        assertTrue(wanted >= 2 * heap && wanted % 64 == 0, message);
    }
}
