package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.faults.FaultyNetwork;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code bin/torture --cluster}. {@code -Dtorture.cluster.minutes=30 -Dtorture.seed=7} for all faults, as the seed draws them. */
@Tag("torture")
class ClusterTortureTest {
    private static final String FAULTS = "KILL_LEADER,ONE_WAY,STRANGER,POWER_CUT";
    private static final String MINUTES = System.getProperty("torture.cluster.minutes", "");
    private static final long SEED = Long.getLong("torture.seed", System.nanoTime() & 0xffffff);
    private static final int STOP_SECONDS = 60;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path work;

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    @DisplayName("a cluster loses nothing when its leader is killed, cut off and stopped; strangers take no part")
    void shouldLoseNothing() throws IOException, InterruptedException {
        String missing = FaultyNetwork.missing();
        if (missing != null) {
            System.out.println("SKIPPED: the faults of the network: " + missing);
        }
        Path output = work.resolve("output");
        Process torture = new ProcessBuilder(command(missing == null))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            int exitCode = torture.waitFor();
            String said = Files.readString(output);
            System.out.println(said);
            assertEquals(0, exitCode, said);
            assertTrue(said.contains(", lost 0,"), said);
            assertTrue(said.contains("all nodes have the state"), said);
        } finally {
            torture.destroy();
            torture.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        }
    }

    private List<String> command(boolean hasNetwork) throws IOException {
        List<String> command = new ArrayList<>(hasNetwork ? FaultyNetwork.alone() : List.of());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Torture.class.getName(), "--cluster", "--seed", String.valueOf(SEED)));
        command.addAll(
                List.of("--work", Files.createDirectory(work.resolve("torture")).toString()));
        command.addAll(MINUTES.isEmpty() ? List.of("--faults", FAULTS) : List.of("--minutes", MINUTES));
        return command;
    }
}
