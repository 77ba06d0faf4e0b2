package io.telpher.benchmarks.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @Test
    void shouldReadTheMachinesTimes() {
        CpuTimes times = CpuTimes.of("cpu  100 20 30 4000 500 6 7 80 0 0");
        assertEquals(1.63, times.busy(), 1e-9);
        assertEquals(0.8, times.stolen(), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> CpuTimes.of("cpu0 1 2 3"));
    }

    @Test
    void shouldCountSyncCallsInTheSummaryOfStrace() {
        assertEquals(305, SyncCalls.of("""
                        % time     seconds  usecs/call     calls    errors syscall
                        ------ ----------- ----------- --------- --------- ----------------
                         90.00    0.046874         156       300           fdatasync
                         10.00    0.001000         200         5         1 fsync
                        ------ ----------- ----------- --------- --------- ----------------
                        100.00    0.047874         157       305         1 total
                        """));
        assertEquals(0, SyncCalls.of(""), "none were made");
    }

    @Test
    void shouldReckonWhatADiskWasGiven() {
        String stat =
                "   78216    22776  2580442    14754    21847    34841  5500144    15206        0    11404    31101\n";
        assertEquals(5_500_144 * 512.0, BlockDevice.writtenBytes(stat));
        assertEquals("254:0", BlockDevice.name(0xfe00));
        assertEquals("259:300", BlockDevice.name(0x11032c));
        assertEquals(2.5, BlockDevice.bytesAByte(3 * 2_048 * 25_000, 3, 10_000, 2_048), 1e-9);
    }

    @Test
    void shouldSeeThisProcess(@TempDir Path directory) throws IOException {
        ProcessTree own = ProcessTree.own();
        assertTrue(own.cpuSeconds() > 0);
        assertTrue(own.rssBytes() > 1 << 20);
        Machine machine = Machine.look(directory);
        assertTrue(machine.cores() > 0 && machine.memoryMib() > 0, machine::text);
        assertTrue(machine.syncP50Ms() <= machine.syncP99Ms(), machine::text);
    }
}
