package io.telpher.broker.memory;

/**
 * How much of the heap a node of a cluster spends on what passes through it: in one place, so that the shares add up. They are of the heap's size, since a small one would be full of
 * them before it holds a task; a node that catches up has most of them full at once. What tasks may take beside them is {@link HeapBudget}'s.
 */
public final class ClusterHeap {
    /** A batch of the largest payload that is allowed has to pass. */
    public static final int MESSAGE_BYTES = 32 << 20;

    private static final int MIB = 1 << 20;
    private static final int ENTRIES_MIN = 4;
    private static final int ENTRIES_MAX = 64;
    private static final int REQUESTS_MIN = 2;
    private static final int REQUESTS_MAX = 8;

    private final long bytes;

    private ClusterHeap(long bytes) {
        this.bytes = bytes;
    }

    /** Of this process. */
    public static ClusterHeap ofProcess() {
        return of(Runtime.getRuntime().maxMemory());
    }

    /** @param bytes of heap */
    public static ClusterHeap of(long bytes) {
        return new ClusterHeap(bytes);
    }

    /**
     * The largest file of the shared log; only an entry that is larger by itself makes its file larger. Of each file that is written, was written last or is being read by a follower
     * all entries are in memory: five while one follower of two is away.
     */
    public int segmentBytes() {
        return share(32, 4 * MIB, 32 * MIB);
    }

    /** Batches that this node proposed and that have not come back. A last one may be more than that. */
    public int proposedBytes() {
        return share(16, 4 * MIB, 32 * MIB);
    }

    /** Batches that were agreed on and are not applied here yet. */
    public int agreedBytes() {
        return share(16, 4 * MIB, 32 * MIB);
    }

    /** Requests under way to a follower, which holds all of them; each has at most {@link #MESSAGE_BYTES}. */
    public int requestsMax() {
        return share(128, REQUESTS_MIN * MIB, REQUESTS_MAX * MIB) / MIB;
    }

    /**
     * Batches in such a request, most of which have a MiB at most; with that an eighth of the heap is under way to a follower. A node that catches up answers after each request, and
     * nothing else in between, not even that it hears the leader: thousands of small batches in one request take a slow node longer than an election timeout, and a leader that needs
     * this node for its majority would take it for lost, step down, and send all of it again when it leads again.
     */
    public int entriesMax() {
        return share(8 * requestsMax(), ENTRIES_MIN * MIB, ENTRIES_MAX * MIB) / MIB;
    }

    /** HTTP requests that go on to the node that leads. */
    public int forwardedBytes() {
        return share(8, 16 * MIB, 64 * MIB);
    }

    private int share(int part, int least, int most) {
        return (int) Math.max(least, Math.min(most, bytes / part));
    }
}
