package io.telpher.broker.core.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceDequeTest {
    private static List<Long> content(SequenceDeque deque) {
        List<Long> content = new ArrayList<>();
        deque.forEach(content::add);
        return content;
    }

    @Test
    void shouldKeepTheOrderWhateverIsAddedAtEitherEnd() {
        Random random = new Random(11);
        SequenceDeque deque = new SequenceDeque();
        Deque<Long> expected = new ArrayDeque<>();
        for (long i = 0; i < 100_000; i++) {
            int what = random.nextInt(10);
            if (what < 5) {
                deque.addLast(i);
                expected.addLast(i);
            } else if (what == 5) {
                deque.addFirst(i);
                expected.addFirst(i);
            } else if (!expected.isEmpty()) {
                assertEquals(expected.removeFirst(), deque.removeFirst());
            }
            assertEquals(expected.size(), deque.size());
        }
        assertEquals(List.copyOf(expected), content(deque));
    }

    @Test
    void shouldRetainWhatPasses() {
        SequenceDeque deque = new SequenceDeque();
        for (long i = 0; i < 5_000; i++) {
            deque.addLast(i);
        }
        deque.retain(value -> value % 1000 == 1);
        assertEquals(List.of(1L, 1001L, 2001L, 3001L, 4001L), content(deque));
        deque.addFirst(7);
        deque.addLast(8);
        assertEquals(List.of(7L, 1L, 1001L, 2001L, 3001L, 4001L, 8L), content(deque));
        deque.retain(value -> false);
        assertEquals(0, deque.size());
        deque.addFirst(9);
        assertEquals(9, deque.removeFirst());
    }
}
