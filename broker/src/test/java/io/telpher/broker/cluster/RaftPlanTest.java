package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RaftPlanTest {
    /** Three files in memory may not fill a small heap: new tasks would be refused for want of it. */
    @ParameterizedTest
    @CsvSource({"64, 4", "256, 8", "512, 16", "1024, 32", "8192, 32"})
    void shouldKeepFilesOfTheLogSmallInASmallHeap(long heapMib, long segmentMib) {
        assertEquals(segmentMib << 20, RaftPlan.segmentBytes(heapMib << 20));
    }
}
