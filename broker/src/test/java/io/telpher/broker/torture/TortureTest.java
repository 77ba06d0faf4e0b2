package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The short form of {@code bin/torture}: it shows that each part of the torture works, the long form that the broker does. {@code -Dtorture.minutes=60
 * -Dtorture.seed=7} for more. The minutes are shared out among the numbers of partitions.
 */
@Tag("torture")
class TortureTest {
    private static final double MINUTES = Double.parseDouble(System.getProperty("torture.minutes", "0.5")) / 2;
    private static final long SEED = Long.getLong("torture.seed", System.nanoTime() & 0xffffff);
    private static final double FAULTS_A_MINUTE = 6;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path work;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(value = 12, unit = TimeUnit.HOURS)
    void shouldLoseNothingWhateverIsDoneToTheProcess(int partitions) throws IOException, InterruptedException {
        Torture.Outcome outcome =
                Torture.run(new Torture.Options(Math.round(MINUTES * 60), SEED + partitions, partitions, true, work));
        System.out.println(outcome.text());
        assertTrue(outcome.verdict().isGood(), () -> outcome.text() + "\nhistory in " + work);
        assertTrue(outcome.faults() >= MINUTES * FAULTS_A_MINUTE, outcome::text);
        assertTrue(outcome.verdict().of(Verdict.Counted.ACKED) > outcome.faults() * 20, outcome::text);
    }

    /** The checker finds nothing to say when nothing happens. */
    @Test
    void shouldBeInOrderWithoutFaults() throws IOException, InterruptedException {
        Torture.Outcome outcome = Torture.run(new Torture.Options(3, SEED, 3, false, work));
        System.out.println(outcome.text());
        assertTrue(outcome.verdict().isGood(), outcome::text);
    }
}
