package io.telpher.broker.cli.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Facts that a host's system tells of its clock; "unknown" where it does not. */
final class HostFacts {
    static final String UNKNOWN = "unknown";
    private static final Path CLOCK_SOURCE =
            Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    private static final Path TIMESYNCD = Path.of("/run/systemd/timesync/synchronized");
    private static final int SECONDS_MAX = 2;

    private HostFacts() {}

    /** {@code tsc}, {@code kvm-clock}, {@code hpet} .. */
    static String clockSource() throws IOException {
        return Files.isReadable(CLOCK_SOURCE) ? Files.readString(CLOCK_SOURCE).strip() : UNKNOWN;
    }

    /** Whether something sets the clock by a time server: {@code yes}, {@code no}. */
    static String isClockSet() throws InterruptedException {
        if (Files.exists(TIMESYNCD)) {
            return "yes";
        }
        try {
            Process process = new ProcessBuilder("timedatectl", "show", "--property=NTPSynchronized", "--value")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return UNKNOWN;
            }
            String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return told.equals("yes") || told.equals("no") ? told : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN; // a host without systemd
        }
    }
}
