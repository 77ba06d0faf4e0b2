package io.telpher.testing;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class after which Netty's buffers were collected without having been released. Registered for every class as a service. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static volatile boolean watching;

    @Override
    public void beforeAll(ExtensionContext context) {
        watching = true;
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        failOnLeaks("in or before " + context.getDisplayName());
    }

    /** Whether some test class is under its watch. */
    public static boolean isWatching() {
        return watching;
    }

    /** @throws AssertionError that shows where each was made and used last */
    public static void failOnLeaks(String when) throws InterruptedException {
        List<String> leaks = LeakDetector.findLeaks();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leaks " + when + ":\n" + String.join("\n", leaks));
        }
    }
}
