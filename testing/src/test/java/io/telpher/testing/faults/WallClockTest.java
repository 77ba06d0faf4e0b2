package io.telpher.testing.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WallClockTest {
    @TempDir
    Path work;

    /** Says, for each line it reads, what time it is by the wall, in s; and whether durations are right. */
    static final class Clock {
        public static void main(String[] arguments) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            long before = System.nanoTime();
            while (in.readLine() != null) {
                System.out.println(
                        System.currentTimeMillis() / 1000 + " " + (System.nanoTime() - before) / 1_000_000_000L / 1000);
            }
        }
    }

    @Test
    void shouldSetTheClockOfARunningProcess() throws IOException, InterruptedException {
        Assumptions.assumeTrue(WallClock.missing() == null, "SKIPPED: no wall clock, gcc is missing");
        WallClock clock = WallClock.in(work);
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Clock.class.getName());
        builder.environment().putAll(clock.environment());
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintStream in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8)) {
            for (long offset : new long[] {0, 100_000, -100_000}) {
                clock.set(offset);
                in.println();
                String[] times = out.readLine().split(" ");
                long wrong = Long.parseLong(times[0]) - System.currentTimeMillis() / 1000;
                assertTrue(Math.abs(wrong - offset) < 1_000, () -> wrong + " s");
                assertEquals("0", times[1]);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
