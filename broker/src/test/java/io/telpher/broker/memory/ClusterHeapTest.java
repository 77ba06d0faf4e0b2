package io.telpher.broker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterHeapTest {
    private static final long MIB = 1 << 20;

    /** Five files in memory may not fill a small heap: new tasks would be refused for want of it. */
    @ParameterizedTest
    @CsvSource({"64, 4", "256, 8", "512, 16", "1024, 32", "8192, 32"})
    void shouldKeepFilesOfTheLogSmallInASmallHeap(long heapMib, long segmentMib) {
        assertEquals(segmentMib * MIB, ClusterHeap.of(heapMib * MIB).segmentBytes());
    }

    /** A follower that was away holds all requests that are under way to it, and the leader the next one. */
    @ParameterizedTest
    @CsvSource({"128, 2, 8", "256, 2, 16", "512, 4, 16", "1024, 8, 16", "2048, 8, 32", "8192, 8, 64"})
    void shouldSendNoMoreThanAFollowerCanHold(long heapMib, int requests, int entries) {
        ClusterHeap heap = ClusterHeap.of(heapMib * MIB);
        assertEquals(requests, heap.requestsMax());
        assertEquals(entries, heap.entriesMax());
    }

    /** Beside half of the heap for tasks; with batches of a MiB. */
    @ParameterizedTest
    @ValueSource(longs = {128, 256, 512, 1024, 2048, 8192})
    void shouldAddUpToLessThanHalf(long heapMib) {
        ClusterHeap heap = ClusterHeap.of(heapMib * MIB);
        long sum = 5L * heap.segmentBytes()
                + heap.proposedBytes()
                + heap.agreedBytes()
                + heap.requestsMax() * Math.min(ClusterHeap.MESSAGE_BYTES, heap.entriesMax() * MIB);
        assertTrue(sum * 2 <= heapMib * MIB, () -> sum / MIB + " of " + heapMib + " MiB");
    }

    @Test
    void shouldNotGrowWithoutEnd() {
        ClusterHeap heap = ClusterHeap.of(1L << 40);
        assertEquals(64 * MIB, heap.forwardedBytes());
        assertEquals(32 * MIB, heap.agreedBytes());
        assertEquals(32 * MIB, heap.proposedBytes());
    }
}
