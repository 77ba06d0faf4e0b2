package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Work on the partition's thread is measured in bytes allocated, which are the same on each machine: a tenth more is looked at before it stays. */
class AllocationsTest {
    /** Of one task of 2 KiB that is submitted, reserved and acknowledged, each in a batch of its own. */
    private static final long TRIP_BYTES = 3_171;

    @Test
    void shouldAllocateForATripWhatItDidBefore(@TempDir Path directory) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag ->
                        flag.startsWith("--add-") || flag.startsWith("--sun-misc") || flag.startsWith("--enable"))
                .forEach(command::add);
        command.addAll(List.of("-Xint", "-Xmx256m", "-XX:+UseSerialGC", "-Dio.netty.leakDetection.level=disabled"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AllocationProbe.class.getName()));
        command.add(directory.toString());
        Process probe = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, probe.waitFor(), said);
        long bytes = Long.parseLong(said.substring(said.lastIndexOf('\n') + 1));
        assertTrue(
                Math.abs(bytes - TRIP_BYTES) <= TRIP_BYTES / 10,
                "a trip allocates " + bytes + " bytes, not about " + TRIP_BYTES
                        + ": find out why; if it has to be, set the new value here");
    }
}
