package io.telpher.broker.core.time;

import io.telpher.broker.core.table.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Objects with a deadline, the earliest first, on a {@link TimerWheel}. Each knows its timer, so that an ack or a grant removes it directly. */
public final class DeadlineWheel<T extends Timed> {
    private final TimerWheel wheel = new TimerWheel();
    /** By timer, in pages that stay: about 4 bytes for each of the most there ever were. */
    private Timed[][] byTimer = new Timed[4][];

    public int size() {
        return wheel.size();
    }

    public boolean isEmpty() {
        return wheel.isEmpty();
    }

    public T first() {
        return get(wheel.first());
    }

    /** See {@link TimerWheel#steps}. */
    public long steps() {
        return wheel.steps();
    }

    /** As they are now, in no order that means something. */
    public List<T> all() {
        List<T> all = new ArrayList<>(size());
        wheel.forEach(timer -> all.add(get(timer)));
        return all;
    }

    public void add(T timed) {
        Invariant.check(!timed.isEntered(), "a deadline entered twice");
        timed.timer = wheel.add(timed.deadlineMs, timed.orderId());
        int page = timed.timer >>> TimerNodes.PAGE_SHIFT;
        if (page >= byTimer.length) {
            byTimer = Arrays.copyOf(byTimer, page * 2);
        }
        if (byTimer[page] == null) {
            byTimer[page] = new Timed[TimerNodes.PAGE_NODES];
        }
        byTimer[page][timed.timer & TimerNodes.PAGE_MASK] = timed;
    }

    public void remove(T timed) {
        int timer = timed.timer;
        Invariant.check(timer >= 0 && get(timer) == timed, "removal of a deadline that is not there");
        wheel.remove(timer);
        Arrays.fill(
                byTimer[timer >>> TimerNodes.PAGE_SHIFT],
                timer & TimerNodes.PAGE_MASK,
                (timer & TimerNodes.PAGE_MASK) + 1,
                null);
        timed.timer = TimerWheel.NONE;
    }

    /** After the deadline of {@code timed} changed. */
    public void moved(T timed) {
        remove(timed);
        add(timed);
    }

    @SuppressWarnings("unchecked") // only such are entered
    private T get(int timer) {
        return (T) byTimer[timer >>> TimerNodes.PAGE_SHIFT][timer & TimerNodes.PAGE_MASK];
    }
}
