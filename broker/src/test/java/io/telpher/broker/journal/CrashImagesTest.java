package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The short version of {@code bin/crash-images}. */
class CrashImagesTest {
    private static final long WANTED = Long.getLong("crash.images", 20_000);
    private static final long WANTED_OF_BROKERS = Long.getLong("crash.images", 5_000);

    @Test
    void shouldRecoverEveryLegalImageAndNoticeAllDamage() throws IOException {
        CrashImages run = new CrashImages(1);
        run.check(WANTED, 1);
        System.out.println(run);
        assertTrue(run.images() > WANTED / 2 && run.damages() > 500, run.toString());
    }

    @Test
    void shouldRecoverWholeBrokersWithSnapshotsAndDeletedFiles() throws IOException {
        BrokerImages run = new BrokerImages(1);
        run.check(WANTED_OF_BROKERS, 1);
        System.out.println(run);
        assertTrue(
                run.images() > WANTED_OF_BROKERS / 2
                        && run.fromSnapshots() > 0
                        && run.deletedFiles() > 0
                        && run.owed() > 0,
                run.toString());
    }
}
