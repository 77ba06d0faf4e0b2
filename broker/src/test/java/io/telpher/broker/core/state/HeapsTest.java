package io.telpher.broker.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Both heaps against java.util's. */
class HeapsTest {
    private record Entry(long deadlineMs, long sequence) {}

    private static final Comparator<Entry> ORDER =
            Comparator.comparingLong(Entry::deadlineMs).thenComparingLong(Entry::sequence);

    private static final class Alarm extends Timed {
        private final long id;

        Alarm(long deadlineMs, long id) {
            this.deadlineMs = deadlineMs;
            this.id = id;
        }

        @Override
        protected long orderId() {
            return id;
        }
    }

    @Test
    void shouldGiveTimersByDeadlineThenSequence() {
        Random random = new Random(7);
        TimerHeap heap = new TimerHeap();
        PriorityQueue<Entry> expected = new PriorityQueue<>(ORDER);
        for (int i = 0; i < 200_000; i++) {
            if (random.nextInt(5) < 3 || expected.isEmpty()) {
                Entry entry = new Entry(random.nextInt(5000), i);
                heap.add(entry.deadlineMs, entry.sequence);
                expected.add(entry);
            } else {
                assertEquals(expected.remove(), removeFirst(heap));
            }
            assertEquals(expected.size(), heap.size());
        }
        while (!expected.isEmpty()) {
            assertEquals(expected.remove(), removeFirst(heap));
        }
        assertTrue(heap.isEmpty());
    }

    private static Entry removeFirst(TimerHeap heap) {
        Entry first = new Entry(heap.firstDeadlineMs(), heap.firstSequence());
        heap.removeFirst();
        return first;
    }

    @Test
    void shouldDropStaleTimersWhenTheyPrevail() {
        TimerHeap heap = new TimerHeap();
        for (int i = 0; i < 50_000; i++) {
            heap.add(50_000 - i, i);
        }
        TimerHeap.Liveness everyTenth = (deadlineMs, sequence) -> sequence % 10 == 0;
        for (int i = 0; i < 45_000; i++) {
            heap.markStale(everyTenth);
        }
        assertTrue(heap.size() < 20_000, "stale entries stay: " + heap.size());
        List<Long> live = new ArrayList<>();
        while (!heap.isEmpty()) {
            Entry entry = removeFirst(heap);
            if (entry.sequence % 10 == 0) {
                live.add(entry.sequence);
            }
        }
        assertEquals(5_000, live.size());
        assertEquals(live.stream().sorted(Comparator.reverseOrder()).toList(), live);
    }

    @Test
    void shouldTakeDeadlinesOutOfTheMiddleAndMoveThem() {
        Random random = new Random(3);
        DeadlineHeap<Alarm> heap = new DeadlineHeap<>();
        List<Alarm> there = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int what = random.nextInt(4);
            if (what < 2 || there.isEmpty()) {
                Alarm alarm = new Alarm(random.nextInt(1000), i);
                heap.add(alarm);
                there.add(alarm);
            } else if (what == 2) {
                Alarm gone = there.remove(random.nextInt(there.size()));
                heap.remove(gone);
            } else {
                Alarm moved = there.get(random.nextInt(there.size()));
                moved.deadlineMs = random.nextInt(1000);
                heap.moved(moved);
            }
        }
        there.sort(Comparator.comparingLong((Alarm alarm) -> alarm.deadlineMs).thenComparingLong(Alarm::orderId));
        for (Alarm alarm : there) {
            assertEquals(alarm.id, heap.first().id);
            heap.remove(heap.first());
        }
    }
}
