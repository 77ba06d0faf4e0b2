package io.telpher.broker.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wheel against a sorted map, and what its calls cost in steps. */
class TimerWheelTest {
    private static final long NOW_MS = 1_790_000_000_000L;
    private static final long YEAR_MS = 366L * 24 * 3_600_000;

    private record Entry(long deadlineMs, long key) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            return Comparator.comparingLong(Entry::deadlineMs)
                    .thenComparingLong(Entry::key)
                    .compare(this, other);
        }
    }

    private final TimerWheel wheel = new TimerWheel();
    private final TreeMap<Entry, Integer> model = new TreeMap<>();

    private void add(long deadlineMs, long key) {
        model.put(new Entry(deadlineMs, key), wheel.add(deadlineMs, key));
    }

    private void cancel(Entry entry) {
        wheel.remove(Objects.requireNonNull(model.remove(entry)));
    }

    private void checkFirst() {
        assertEquals(model.size(), wheel.size());
        if (!model.isEmpty()) {
            assertEquals(model.firstKey(), new Entry(wheel.firstDeadlineMs(), wheel.firstKey()));
            assertEquals(model.firstEntry().getValue(), wheel.first());
        }
    }

    private void drain() {
        while (!model.isEmpty()) {
            checkFirst();
            cancel(model.firstKey());
        }
        assertTrue(wheel.isEmpty());
    }

    // ---- order

    /** Whatever is entered, taken out and looked at in whatever order, the first is the lowest. */
    @Property(tries = 300)
    void shouldAlwaysKnowTheFirst(@ForAll long seed, @ForAll @IntRange(min = 1, max = 41) int spreadBits) {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(3000);
        int looksEach = 1 + random.nextInt(200);
        for (int i = 0; i < count; i++) {
            int what = random.nextInt(10);
            if (what < 6 || model.isEmpty()) {
                long spread = random.nextLong() >>> (Long.SIZE - spreadBits);
                add(NOW_MS - 1000 + spread, random.nextInt(8) == 0 ? random.nextLong() >>> 16 : i);
            } else if (what < 8) {
                cancel(any(random));
            } else if (random.nextInt(looksEach) == 0) {
                checkFirst();
                cancel(model.firstKey());
            }
        }
        drain();
    }

    private Entry any(Random random) {
        Entry from = new Entry(NOW_MS + random.nextInt(1 << 20), 0);
        Entry found = model.ceilingKey(from);
        return found == null ? model.lastKey() : found;
    }

    /** So what fires in a replay, or after a snapshot was read, fires in the same order as it did. */
    @Test
    void shouldGiveTheSameOrderWhateverTheOrderOfEntering() {
        List<Entry> entries = new ArrayList<>();
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            entries.add(new Entry(NOW_MS + (long) random.nextInt(300) * random.nextInt(300), i));
        }
        List<Entry> expected = entries.stream().sorted().toList();
        for (int round = 0; round < 3; round++) {
            TimerWheel fresh = new TimerWheel();
            for (int i = 0; i < entries.size(); i++) {
                Entry each = entries.get(i);
                fresh.add(each.deadlineMs, each.key);
                if (round == 2 && i % 100 == 0) {
                    fresh.first();
                }
            }
            List<Entry> fired = new ArrayList<>();
            while (!fresh.isEmpty()) {
                fired.add(new Entry(fresh.firstDeadlineMs(), fresh.firstKey()));
                fresh.remove(fresh.first());
            }
            assertEquals(expected, fired);
            Collections.shuffle(entries, random);
        }
    }

    /** Nothing is lost or early at the ends of slots, of any level: 64, 4096, 262144 ms .. */
    @Test
    void shouldKeepToTheMillisecondAtTheEdgesOfSlots() {
        long key = 0;
        for (int bits = 0; bits <= 42; bits += 6) {
            long edge = (NOW_MS >>> bits) + 1 << bits;
            for (long each = edge - 3; each <= edge + 3; each++) {
                for (int i = 0; i < 40; i++) {
                    add(each, key++ * 7919 % 1_000_003);
                }
            }
        }
        drain();
    }

    @Test
    void shouldTakeTheHeadAndTheTailOutOfAList() {
        for (int i = 0; i < 10; i++) {
            add(NOW_MS, i);
        }
        cancel(new Entry(NOW_MS, 0));
        cancel(new Entry(NOW_MS, 9));
        cancel(new Entry(NOW_MS, 4));
        add(NOW_MS, 10);
        drain();
    }

    // ---- clocks

    /** There is no hand that would have to follow: a clock that was ahead by years is set back, and what comes then is as exact. */
    @Test
    void shouldTakeEarlierDeadlinesAfterLaterOnesFired() {
        for (long aheadMs : new long[] {0, 5 * YEAR_MS, -3 * YEAR_MS, 60_000, -60_000}) {
            for (int i = 0; i < 500; i++) {
                add(NOW_MS + aheadMs + i * 37L % 5000, i);
            }
            for (int i = 0; i < 250; i++) {
                checkFirst();
                cancel(model.firstKey());
            }
        }
        drain();
    }

    @Test
    void shouldBearDeadlinesOutOfEveryRange() {
        wheel.add(Long.MIN_VALUE, 1);
        wheel.add(Long.MAX_VALUE, 2);
        wheel.add(0, 3);
        wheel.add(NOW_MS, 4);
        List<Long> keys = new ArrayList<>();
        while (!wheel.isEmpty()) {
            keys.add(wheel.firstKey());
            wheel.remove(wheel.first());
        }
        assertEquals(List.of(1L, 3L, 4L, 2L), keys);
    }

    @Test
    void shouldRefuseToTakeOutWhatIsNotThere() {
        int timer = wheel.add(NOW_MS, 1);
        wheel.add(NOW_MS, 2);
        wheel.remove(timer);
        assertThrows(IllegalStateException.class, () -> wheel.remove(timer));
        assertThrows(IllegalStateException.class, () -> wheel.remove(77_777));
        assertThrows(IllegalStateException.class, () -> wheel.remove(TimerWheel.NONE));
    }

    // ---- what it costs

    /** Two looks at a wheel for each that it passes; lists of what is in order do not cascade. */
    private static final int STEPS_EACH_MAX = 24;

    private static final int MANY = 300_000;

    private long cost(Runnable call) {
        long before = wheel.steps();
        call.run();
        return wheel.steps() - before;
    }

    /** Within the limits of a list and spread over a month; cascades and all. */
    @ParameterizedTest
    @ValueSource(ints = {1_000, 30_000, MANY})
    void shouldCostTheSameToEnterAndTakeOutHoweverManyThereAre(int many) {
        long[] timers = new long[many];
        long entering = cost(() -> enter(many, timers, i -> spread(i, 30L * 24 * 3_600_000)));
        assertTrue(entering <= (long) many * STEPS_EACH_MAX, entering + " steps to enter " + many);
        long longest = 0;
        for (int i = 0; i < 10_000; i++) {
            int each = i;
            longest = Math.max(longest, cost(() -> {
                int timer = wheel.add(NOW_MS + spread(each + many, YEAR_MS), 1_000_000 + each);
                wheel.remove(timer);
            }));
        }
        assertTrue(longest <= TimerWheel.LIST_MAX + STEPS_EACH_MAX, longest + " steps for one");
        long taking = cost(() -> {
            for (int i = 0; i < many; i += 2) {
                wheel.remove((int) timers[i]);
            }
        });
        assertTrue(taking <= (long) many * STEPS_EACH_MAX / 2, taking + " steps to take out half of " + many);
    }

    /** A lease is entered and acknowledged: no cascade at all, since they come in their order. */
    @Test
    void shouldCascadeNothingThatComesInItsOrder() {
        int[] held = new int[1000];
        long steps = cost(() -> {
            for (int i = 0; i < 100_000; i++) {
                if (i >= held.length) {
                    wheel.first();
                    wheel.remove(held[i % held.length]);
                }
                held[i % held.length] = wheel.add(NOW_MS + 30_000 + i / 90, i);
            }
        });
        assertTrue(steps <= 2 * 100_000, steps + " steps");
    }

    /** Each cascades at most once a level, and then only when it comes near. */
    @Test
    void shouldCostAFewStepsToFireEach() {
        enter(MANY, new long[MANY], i -> spread(i, 30L * 24 * 3_600_000));
        long[] longest = {0};
        long steps = cost(() -> {
            while (!wheel.isEmpty()) {
                long each = cost(() -> wheel.remove(wheel.first()));
                longest[0] = Math.max(longest[0], each);
            }
        });
        assertTrue(steps <= (long) MANY * STEPS_EACH_MAX, steps + " steps to fire " + MANY);
        assertTrue(longest[0] <= 2 * TimerWheel.LIST_MAX, longest[0] + " steps to fire one");
    }

    /** However many are far away in one slot, they are spread while they come, not all in the call that has to look at them. */
    @Test
    void shouldNotMoveAllThatIsFarAwayAtOnce() {
        int near = wheel.add(NOW_MS, 0);
        for (int i = 1; i <= MANY; i++) {
            wheel.add(NOW_MS + YEAR_MS + spread(i, 60_000), i);
        }
        long steps = cost(() -> {
            wheel.remove(near);
            wheel.first();
        });
        assertTrue(steps <= 2 * TimerWheel.LIST_MAX, steps + " steps in one call");
    }

    /** Beneath the millisecond there are levels of keys: no call sorts all that is due at one moment, not even when each comes out of order. */
    @Test
    void shouldNotSortAllThatIsDueAtOneMoment() {
        long[] longest = {0};
        long steps = cost(() -> {
            for (int i = 0; i < MANY; i++) {
                long key = (long) MANY - i;
                longest[0] = Math.max(longest[0], cost(() -> {
                    wheel.add(NOW_MS, key);
                    wheel.first();
                }));
            }
            while (!wheel.isEmpty()) {
                longest[0] = Math.max(longest[0], cost(() -> wheel.remove(wheel.first())));
            }
        });
        assertTrue(longest[0] <= 2 * TimerWheel.LIST_MAX, longest[0] + " steps in one call");
        assertTrue(steps <= (long) MANY * 2 * STEPS_EACH_MAX, steps + " steps for " + MANY);
    }

    @Test
    void shouldGiveBackTheRoomOfTimersThatAreGone() {
        long empty = wheel.bytes();
        long[] timers = new long[MANY];
        enter(MANY, timers, i -> spread(i, YEAR_MS));
        assertTrue(wheel.bytes() > MANY * 20L && wheel.bytes() < MANY * 22L, wheel.bytes() + " bytes");
        for (long timer : timers) {
            wheel.remove((int) timer);
        }
        assertEquals(empty, wheel.bytes());
    }

    private void enter(int many, long[] timers, LongUnaryOperator delayMs) {
        for (int i = 0; i < many; i++) {
            timers[i] = wheel.add(NOW_MS + delayMs.applyAsLong(i), i);
            if (i % 64 == 0) {
                wheel.first();
            }
        }
    }

    private static long spread(long i, long overMs) {
        return Long.remainderUnsigned(i * 0x9E37_79B9_7F4A_7C15L, overMs);
    }

    // ---- with what is due

    private static final class Alarm extends Timed {
        private final long id;

        Alarm(long deadlineMs, long id) {
            super(deadlineMs);
            this.id = id;
        }

        @Override
        protected long orderId() {
            return id;
        }
    }

    @Test
    void shouldTakeDeadlinesOutOfTheMiddleAndMoveThem() {
        Random random = new Random(3);
        DeadlineWheel<Alarm> alarms = new DeadlineWheel<>();
        List<Alarm> there = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int what = random.nextInt(4);
            if (what < 2 || there.isEmpty()) {
                Alarm alarm = new Alarm(random.nextInt(1000), i);
                alarms.add(alarm);
                there.add(alarm);
            } else if (what == 2) {
                Alarm gone = there.remove(random.nextInt(there.size()));
                alarms.remove(gone);
            } else {
                Alarm moved = there.get(random.nextInt(there.size()));
                moved.deadlineMs = random.nextInt(1000);
                alarms.moved(moved);
            }
        }
        assertEquals(there.size(), alarms.all().size());
        there.sort(Comparator.comparingLong((Alarm alarm) -> alarm.deadlineMs).thenComparingLong(Alarm::orderId));
        for (Alarm alarm : there) {
            assertEquals(alarm.id, alarms.first().id);
            alarms.remove(alarms.first());
        }
    }
}
