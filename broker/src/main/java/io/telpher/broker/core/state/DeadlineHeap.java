package io.telpher.broker.core.state;

import java.util.ArrayList;
import java.util.List;

/** What ends by time, the earliest deadline first. Each knows its place, so that an ack or a grant takes it out directly. */
public final class DeadlineHeap<T extends Timed> {
    private final List<T> heap = new ArrayList<>();

    public int size() {
        return heap.size();
    }

    public boolean isEmpty() {
        return heap.isEmpty();
    }

    public T first() {
        return heap.get(0);
    }

    T get(int i) {
        return heap.get(i);
    }

    /** As they are now, in no order that means something. */
    List<T> all() {
        return new ArrayList<>(heap);
    }

    public void add(T timed) {
        Invariant.check(timed.heapIndex < 0, "a deadline entered twice");
        heap.add(timed);
        siftUp(heap.size() - 1, timed);
    }

    public void remove(T timed) {
        int i = timed.heapIndex;
        Invariant.check(i >= 0 && heap.get(i) == timed, "removal of a deadline that is not there");
        timed.heapIndex = -1;
        T last = heap.remove(heap.size() - 1);
        if (last != timed) {
            place(i, last);
        }
    }

    /** After the deadline of {@code timed} changed. */
    void moved(T timed) {
        place(timed.heapIndex, timed);
    }

    /** After any number of deadlines changed at once. */
    void reorder() {
        for (int i = heap.size() / 2 - 1; i >= 0; i--) {
            siftDown(i, heap.get(i));
        }
    }

    private void place(int i, T timed) {
        siftUp(i, timed);
        if (timed.heapIndex == i) {
            siftDown(i, timed);
        }
    }

    private void siftUp(int start, T timed) {
        int i = start;
        while (i > 0) {
            T parent = heap.get((i - 1) / 2);
            if (!timed.isBefore(parent)) {
                break;
            }
            put(i, parent);
            i = (i - 1) / 2;
        }
        put(i, timed);
    }

    private void siftDown(int start, T timed) {
        int i = start;
        for (int child = 2 * i + 1; child < heap.size(); child = 2 * i + 1) {
            if (child + 1 < heap.size() && heap.get(child + 1).isBefore(heap.get(child))) {
                child++;
            }
            if (timed.isBefore(heap.get(child))) {
                break;
            }
            put(i, heap.get(child));
            i = child;
        }
        put(i, timed);
    }

    private void put(int i, T timed) {
        heap.set(i, timed);
        timed.heapIndex = i;
    }
}
