package io.telpher.broker.partition.session;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How much of one thing is held: limited in all, and to a part of that for one principal ({@link Session#principal}), so that one client can't keep
 * it all from the others. Every take needs its give-back. A principal that holds nothing takes no memory. Each call costs the same however many
 * principals there are. Thread-safe.
 */
public final class Shares {
    private final String what;
    private final int max;
    private final int perPrincipalMax;
    private final Map<String, Integer> held = new HashMap<>();
    private final LongAdder refused = new LongAdder();
    private int count;

    /**
     * @param what for the refusal, in the plural: {@code waiting reserves}
     * @param max of all together
     * @param perPrincipalMax at most {@code max}
     */
    public Shares(String what, int max, int perPrincipalMax) {
        if (perPrincipalMax < 1 || perPrincipalMax > max) {
            throw new IllegalArgumentException("a share of " + perPrincipalMax + " out of " + max + " " + what);
        }
        this.what = what;
        this.max = max;
        this.perPrincipalMax = perPrincipalMax;
    }

    /**
     * Takes one more.
     *
     * @return why not, naming the limit that was reached; null when it is taken
     */
    public @Nullable String take(String principal) {
        String problem = tryToTake(principal);
        if (problem != null) {
            refused.increment();
        }
        return problem;
    }

    private synchronized @Nullable String tryToTake(String principal) {
        if (count >= max) {
            return "the limit of " + max + " " + what + " is reached";
        }
        int mine = held.getOrDefault(principal, 0);
        if (mine >= perPrincipalMax) {
            return principal + " has " + mine + " " + what + ", its share of at most " + max;
        }
        held.put(principal, mine + 1);
        count++;
        return null;
    }

    /** Something was refused before it was tried to be taken, by a limit of the caller's own. */
    void refused() {
        refused.increment();
    }

    public int perPrincipalMax() {
        return perPrincipalMax;
    }

    /** See {@link #Shares}. */
    public String what() {
        return what;
    }

    /** One that was taken is held no more. */
    public synchronized void giveBack(String principal) {
        Integer mine = held.get(principal);
        if (mine == null) {
            throw new IllegalStateException(principal + " gives back " + what + " that it doesn't hold");
        }
        if (mine == 1) {
            held.remove(principal);
        } else {
            held.put(principal, mine - 1);
        }
        count--;
    }

    /** All that is held is given back. */
    public synchronized void giveBackAll() {
        held.clear();
        count = 0;
    }

    /** Of all together. */
    public synchronized int count() {
        return count;
    }

    public synchronized int count(String principal) {
        return held.getOrDefault(principal, 0);
    }

    /** Principals that hold something. */
    synchronized int principals() {
        return held.size();
    }

    /** Since the start. */
    public long refusedCount() {
        return refused.sum();
    }
}
