package io.telpher.broker.sim;

import io.telpher.broker.partition.time.BrokerClock;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine's two clocks, and the truth about them: the steady one measures time, the wall clock shows it with an error that somebody sets. Rules about
 * time are held against what these showed, and never against what the broker thinks.
 */
final class Clocks implements BrokerClock.Source {
    private static final long START_MS = 1_700_000_000_000L;
    private static final long MILLI_NANOS = 1_000_000;
    private static final long MICRO_NANOS = 1_000;

    /** From this moment on; the last one goes on. */
    private record Since(long nanos, long value) {}

    private final List<Since> wallErrorsMs = new ArrayList<>();
    private final List<Since> brokerZeroMicros = new ArrayList<>();
    private long nanos;

    Clocks() {
        wallErrorsMs.add(new Since(0, 0));
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    void pass(long more) {
        nanos += more;
    }

    @Override
    public long wallMicros() {
        return (START_MS + wallErrorMs()) * 1000 + nanos / MICRO_NANOS;
    }

    long wallMs() {
        return wallMs(nanos, wallErrorMs());
    }

    /** What a wall clock with this error shows at a moment. */
    static long wallMs(long atNanos, long errorMs) {
        return START_MS + atNanos / MILLI_NANOS + errorMs;
    }

    long wallErrorMs() {
        return last(wallErrorsMs).value;
    }

    void setWall(long errorMs) {
        wallErrorsMs.add(new Since(nanos, errorMs));
    }

    /** A broker started: its clock shows this at the steady clock's 0. */
    void brokerStarted(long zeroMicros) {
        brokerZeroMicros.add(new Since(nanos, zeroMicros));
    }

    long brokerZeroMicros() {
        return last(brokerZeroMicros).value;
    }

    /** When the wall clock was set last. */
    long wallSetNanos() {
        return last(wallErrorsMs).nanos;
    }

    /** The highest that the wall clock showed since. */
    long wallMsMax(long sinceNanos) {
        long max = Long.MIN_VALUE;
        long until = nanos;
        for (int i = wallErrorsMs.size() - 1; i >= 0 && until >= sinceNanos; i--) {
            max = Math.max(max, wallMs(until, wallErrorsMs.get(i).value));
            until = wallErrorsMs.get(i).nanos;
        }
        return max;
    }

    /** The lowest that the wall clock showed since. */
    long wallMsMin(long sinceNanos) {
        long min = Long.MAX_VALUE;
        long until = nanos;
        for (int i = wallErrorsMs.size() - 1; i >= 0 && until >= sinceNanos; i--) {
            Since segment = wallErrorsMs.get(i);
            min = Math.min(min, wallMs(Math.max(segment.nanos, sinceNanos), segment.value));
            until = segment.nanos;
        }
        return min;
    }

    /** How much more time the broker's clock has counted than passed since then, by starts that did not know how long they took. */
    long inventedMicros(long sinceNanos) {
        long before = brokerZeroMicros.get(0).value;
        long max = Long.MIN_VALUE;
        for (Since each : brokerZeroMicros) {
            before = each.nanos <= sinceNanos ? each.value : before;
            max = each.nanos > sinceNanos ? Math.max(max, each.value) : max;
        }
        return Math.max(0, max == Long.MIN_VALUE ? 0 : max - before);
    }

    /** A start did not know how long it took. */
    boolean brokerMovedSince(long sinceNanos) {
        long before = brokerZeroMicros.get(0).value;
        for (Since each : brokerZeroMicros) {
            if (each.nanos > sinceNanos && each.value != before) {
                return true;
            }
            before = each.value;
        }
        return false;
    }

    private static Since last(List<Since> list) {
        return list.get(list.size() - 1);
    }
}
