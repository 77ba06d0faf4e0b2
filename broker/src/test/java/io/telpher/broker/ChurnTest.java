package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fifty times what stays goes through; bin/churn does it at full size. */
class ChurnTest {
    private static final int LIVE = 480;
    private static final int PAYLOAD_BYTES = 16 << 10;
    private static final int TIMES = 50;

    @TempDir
    Path directory;

    @Test
    @Timeout(300)
    void shouldTakeTwiceWhatStaysHoweverMuchGoesThrough() throws Exception {
        Churn.Outcome outcome = new Churn(directory, LIVE, PAYLOAD_BYTES, TIMES).run();
        assertTrue(outcome.copiedBytes() > 0, "nothing was copied");
        assertTrue(outcome.copiedBytes() < outcome.submittedBytes() / 2, outcome::toString);
    }
}
