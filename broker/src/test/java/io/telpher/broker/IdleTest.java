package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that nobody asks for anything leaves the disk alone, so that it can sleep. */
class IdleTest {
    private static final int ATTEMPTS = 20;
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(4);

    @TempDir
    Path directory;

    @Test
    @Timeout(240)
    void shouldWriteNothingWhenThereIsNothingToDo() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(directory, 0);
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("t").queue("q").payload("waits"));
            long later = telpher.submit(
                            TaskSpec.type("t").queue("q").payload("x").delayMs(TimeUnit.DAYS.toMillis(1)))
                    .taskId();
            // The file of zeros is made in the first seconds, then all comes to rest.
            Overload.await("the next file is ready", () -> Files.exists(directory.resolve("zeroed/zeroed")));
            String before = writes(broker);
            boolean isQuiet = false;
            for (int i = 0; i < ATTEMPTS && !isQuiet; i++) {
                pass(QUIET_NANOS);
                String now = writes(broker);
                isQuiet = now.equals(before);
                before = now;
            }
            assertTrue(isQuiet, "it writes on: " + before);
            assertEquals(TaskState.SCHEDULED, telpher.get(later).state);
        }
    }

    private static void pass(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /** What the process has written so far, and when its files were changed last. */
    private String writes(BrokerProcess broker) throws IOException {
        StringBuilder found = new StringBuilder();
        Files.readAllLines(Path.of("/proc", String.valueOf(broker.pid()), "io")).stream()
                .filter(line -> line.startsWith("write_bytes"))
                .forEach(found::append);
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path file : tree.sorted().toList()) {
                found.append('\n').append(file).append(' ').append(Files.getLastModifiedTime(file));
            }
        }
        return found.toString();
    }
}
