package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DutyCycleTest {
    private long now = 1_000;
    private int clockReads;
    private final DutyCycle cycle = new DutyCycle(() -> {
        clockReads++;
        return now;
    });

    private void run(int nanos) {
        cycle.begins();
        cycle.at(DutyCycle.Step.APPLY);
        now += nanos;
    }

    @Test
    void shouldTellHowLongTheCycleUnderWayHasTaken() {
        assertEquals(0, cycle.runningNanos());
        run(50);
        assertEquals(50, cycle.runningNanos());
        assertEquals(DutyCycle.Step.APPLY, cycle.step());
        run(7);
        assertEquals(7, cycle.runningNanos());
        cycle.rests();
        now += 1_000;
        assertEquals(0, cycle.runningNanos());
        assertEquals(2, cycle.count());
    }

    @Test
    void shouldTellTheLongestCycleThatEndedButNoRest() {
        run(10);
        run(30);
        run(20);
        cycle.rests();
        now += 5_000;
        run(15);
        cycle.rests();
        assertEquals(30, cycle.takeLongestNanos());
        assertEquals(0, cycle.takeLongestNanos());
    }

    @Test
    void shouldReadTheClockOnceACycle() {
        int cycles = 1_000;
        for (int i = 0; i < cycles; i++) {
            run(1);
        }
        assertEquals(cycles, clockReads);
    }
}
