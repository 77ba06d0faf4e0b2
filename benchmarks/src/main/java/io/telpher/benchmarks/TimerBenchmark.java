package io.telpher.benchmarks;

import io.telpher.broker.core.time.TimerWheel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The timing wheel alone: what a timer costs that is entered and taken out, or fires, beside many. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class TimerBenchmark {
    private static final long MONTH_MS = TimeUnit.DAYS.toMillis(30);
    private static final long LEASE_MS = 30_000;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;
    private static final int LOOK_EVERY = 64;
    private static final int A_MS = 90;

    /** That are there all the time. */
    @Param({"1000", "5000000"})
    public int timers;

    private final TimerWheel spread = new TimerWheel();
    private final TimerWheel leases = new TimerWheel();
    private int[] spreadTimers;
    private int[] leaseTimers;
    private long nowMs = 1_790_000_000_000L;
    private long keys;

    @Setup
    public void fill() {
        spreadTimers = new int[timers];
        leaseTimers = new int[timers];
        for (int i = 0; i < timers; i++) {
            spreadTimers[i] = spread.add(later(), keys);
            leaseTimers[i] = leases.add(nowMs + LEASE_MS + keys / A_MS, keys);
            if (i % LOOK_EVERY == 0) {
                spread.first();
            }
        }
    }

    private long later() {
        return nowMs + Long.remainderUnsigned(++keys * SPREAD, MONTH_MS);
    }

    /** A delayed task is cancelled, another one comes; spread over a month. */
    @Benchmark
    public int cancelAndSchedule() {
        long atMs = later();
        int which = (int) Long.remainderUnsigned(keys * SPREAD >>> Integer.SIZE, timers);
        spread.remove(spreadTimers[which]);
        spreadTimers[which] = spread.add(atMs, keys);
        return spreadTimers[which];
    }

    /** The first one fires, another one comes; spread over a month. */
    @Benchmark
    public long fireAndSchedule() {
        nowMs = spread.firstDeadlineMs();
        spread.remove(spread.first());
        spread.add(later(), keys);
        return nowMs;
    }

    /** A lease is given, the oldest one is acknowledged. */
    @Benchmark
    public long leaseAndAck() {
        long key = ++keys;
        int which = (int) (key % timers);
        leases.remove(leaseTimers[which]);
        leaseTimers[which] = leases.add(nowMs + LEASE_MS + key / A_MS, key);
        return key % LOOK_EVERY == 0 ? leases.firstDeadlineMs() : key;
    }
}
