package io.telpher.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class BrokerUnderTestTest {
    private static final int KIB = 1024;

    @Test
    void shouldReadTheHeapOfEachCollector() {
        assertEquals(3826L * KIB, BrokerUnderTest.usedBytes("""
                         garbage-first heap   total 17408K, used 3826K [0x00000000fc000000, 0x0000000100000000)
                          region size 1024K, 1 young (1024K), 0 survivors (0K)
                         Metaspace       used 10052K, committed 10240K, reserved 1114112K
                        """));
        assertEquals((15_000L + 40_000) * KIB, BrokerUnderTest.usedBytes("""
                         PSYoungGen      total 18944K, used 15000K [0x00000000feb00000, 0x0000000100000000)
                          eden space 16384K, 91% used [0x00000000feb00000,0x00000000ff9a6000,0x00000000ffb00000)
                         ParOldGen       total 44032K, used 40000K [0x00000000fc000000, 0x00000000feb00000)
                          object space 44032K, 90% used [0x00000000fc000000,0x00000000fe710000,0x00000000feb00000)
                        """));
        assertEquals((700L + 800) * KIB, BrokerUnderTest.usedBytes("""
                         def new generation   total 19648K, used 700K [0x00000000fc000000, 0x00000000fd550000)
                         tenured generation   total 43712K, used 800K [0x00000000fd550000, 0x0000000100000000)
                        """));
        assertThrows(IllegalStateException.class, () -> BrokerUnderTest.usedBytes(" ZHeap used 12M"));
    }
}
