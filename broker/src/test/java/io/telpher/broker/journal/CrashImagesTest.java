package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The short version of {@code bin/crash-images}. */
class CrashImagesTest {
    private static final long WANTED = Long.getLong("crash.images", 30_000);

    @Test
    void shouldRecoverEveryLegalImageAndNoticeAllDamage() throws IOException {
        CrashImages run = new CrashImages(1);
        run.check(WANTED, 1);
        System.out.println(run);
        assertTrue(run.images() > WANTED / 2 && run.damages() > 500, run.toString());
    }
}
