package io.telpher.broker.core.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.telpher.broker.core.table.TaskPage;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TaskTableTest {
    private static long add(TaskTable table) {
        long sequence = table.append();
        TaskPage page = table.page(sequence);
        assertNotNull(page);
        page.bits[(int) sequence & TaskPage.MASK] = 1;
        return sequence;
    }

    @Test
    void shouldFreeAPageWithItsLastTask() {
        TaskTable table = new TaskTable(() -> 0);
        for (int i = 1; i < 3 * TaskPage.ROWS; i++) {
            assertEquals(i, add(table));
        }
        for (long sequence = TaskPage.ROWS; sequence < 2 * TaskPage.ROWS; sequence++) {
            assertNotNull(table.page(sequence));
            table.remove(sequence);
        }
        assertNull(table.page(TaskPage.ROWS + 5));
        assertEquals(2 * TaskPage.ROWS, table.nextPresent(TaskPage.ROWS - 1));
    }

    @Test
    void shouldFreeAPageThatWasEmptiedBeforeItWasFull() {
        TaskTable table = new TaskTable(() -> 0);
        for (int i = 1; i < TaskPage.ROWS; i++) {
            table.remove(add(table));
        }
        assertNotNull(table.page(1));
        long next = add(table);
        assertNull(table.page(1));
        assertEquals(next, table.nextPresent(0));
    }

    @Test
    void shouldLeaveOutIds() {
        TaskTable table = new TaskTable(() -> 0);
        table.leaveOut(5_000_000L * TaskPage.ROWS);
        long first = add(table);
        assertEquals(5_000_000L * TaskPage.ROWS + 1, first);
        table.leaveOut(100L * TaskPage.ROWS);
        long second = add(table);
        assertEquals(first + 100L * TaskPage.ROWS + 1, second);
        assertEquals(first, table.nextPresent(first - 1));
        assertEquals(second >>> TaskPage.SHIFT, table.nextPresent(first + TaskPage.ROWS) >>> TaskPage.SHIFT);
        table.remove(first);
        assertNull(table.page(first));
        assertEquals(1, table.rows());
    }

    @Test
    void shouldTakeNothingForWhatLiesBetweenPages() {
        TaskTable table = new TaskTable(() -> 0);
        long[] numbers = {1L << 40, 7, 1L << 50, 1L << 20, 1L << 30, 8};
        table.restore(Long.MAX_VALUE, 0);
        for (long number : numbers) {
            TaskPage page = new TaskPage(number, 0);
            page.bits[3] = 1;
            table.put(page);
        }
        Arrays.sort(numbers);
        long sequence = 0;
        for (long number : numbers) {
            sequence = table.nextPresent(sequence | TaskPage.MASK);
            assertEquals(number << TaskPage.SHIFT, sequence);
            assertNotNull(table.page(sequence));
            assertNull(table.page((number + 2 << TaskPage.SHIFT)));
        }
        assertEquals(numbers.length, table.rows());
        for (int i = numbers.length - 2; i >= 0; i--) {
            table.remove((numbers[i] << TaskPage.SHIFT) + 3);
            assertNull(table.page(numbers[i] << TaskPage.SHIFT));
        }
        assertEquals(1L << 50 << TaskPage.SHIFT, table.nextPresent(0));
    }

    @Test
    void shouldRefuseAPageTwiceAndOneOutOfRange() {
        TaskTable table = new TaskTable(() -> 0);
        table.restore(5 * TaskPage.ROWS, 1);
        table.put(new TaskPage(5, 0));
        assertThrows(IllegalStateException.class, () -> table.put(new TaskPage(5, 0)));
        assertThrows(IllegalStateException.class, () -> table.put(new TaskPage(6, 0)));
        assertThrows(IllegalStateException.class, () -> table.put(new TaskPage(-1, 0)));
        assertThrows(IllegalStateException.class, () -> table.restore(0, 0));
        assertThrows(IllegalStateException.class, () -> table.restore(Long.MIN_VALUE, 0));
        assertThrows(IllegalStateException.class, () -> table.restore(1, 1));
    }

    @Test
    void shouldKeepTasksWhileOthersComeAndGo() {
        Random random = new Random(9);
        TaskTable table = new TaskTable(() -> 0);
        TreeSet<Long> there = new TreeSet<>();
        long parked = add(table);
        there.add(parked);
        for (int i = 0; i < 300_000; i++) {
            there.add(add(table));
            while (there.size() > 4000) {
                Long gone = there.higher(parked + random.nextInt(2) * (there.last() - parked) / 2);
                there.remove(gone);
                table.remove(gone);
            }
        }
        assertEquals(there.size(), table.rows());
        long sequence = table.nextPresent(0);
        for (long each : there) {
            while (sequence < each) {
                sequence = table.nextPresent(sequence);
            }
            assertEquals(each, sequence);
            TaskPage page = table.page(each);
            assertNotNull(page);
            assertEquals(1, page.bits[(int) each & TaskPage.MASK]);
        }
    }
}
