package io.telpher.broker.core.queue;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reserves that wait for one queue, the longest-waiting first. */
public final class WaitingLine {
    private Waiter.@Nullable Place first;
    private Waiter.@Nullable Place last;
    private int count;

    public int count() {
        return count;
    }

    @Nullable
    Waiter first() {
        return first == null ? null : first.waiter;
    }

    public void forEach(Consumer<Waiter> each) {
        for (Waiter.Place place = first; place != null; place = place.next) {
            each.accept(place.waiter);
        }
    }

    public void add(Waiter.Place place) {
        place.previous = last;
        if (last == null) {
            first = place;
        } else {
            last.next = place;
        }
        last = place;
        count++;
    }

    public void remove(Waiter.Place place) {
        Waiter.Place before = place.previous;
        Waiter.Place behind = place.next;
        if (before == null) {
            first = behind;
        } else {
            before.next = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.previous = before;
        }
        place.next = null;
        place.previous = null;
        count--;
    }
}
