package io.telpher.broker.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private static final long MIB = 1 << 20;

    private final StringWriter err = new StringWriter();
    private long nowNanos;

    private ProgressBar progress(boolean isLive) {
        return new ProgressBar(new PrintWriter(err), "copied", isLive, () -> nowNanos);
    }

    private void pass(long ms) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    @Test
    void shouldWriteOverOneLineOnATerminal() {
        ProgressBar progress = progress(true);
        progress.ofBytes(1, 100 * MIB);
        assertEquals("", err.toString(), "it began just now");
        pass(2_000);
        progress.ofBytes(50 * MIB, 100 * MIB);
        String line = "[###############               ] 50 MiB of 100 MiB copied, 25 MiB/s, about 2 s left";
        assertEquals("\r" + line, err.toString());
        pass(2_000);
        progress.clear();
        assertEquals("\r" + line + "\r" + " ".repeat(line.length()) + "\r", err.toString());
    }

    @Test
    void shouldSayALineEveryTenSecondsElsewhere() {
        ProgressBar progress = progress(false);
        for (int second = 1; second <= 25; second++) {
            pass(1_000);
            progress.ofBytes(second * MIB, 100 * MIB);
        }
        progress.clear();
        assertEquals(
                String.join(
                        System.lineSeparator(),
                        "10 MiB of 100 MiB copied, 1.0 MiB/s, about 1 min 30 s left",
                        "20 MiB of 100 MiB copied, 1.0 MiB/s, about 1 min 20 s left",
                        ""),
                err.toString());
    }
}
