package io.telpher.broker.journal;

import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Deletes files that nothing needs any more, on a thread of its own: with a large file that takes milliseconds. One that can't be deleted is tried
 * again, and the others don't wait for it; what is left when the broker stops is found and deleted by its next run.
 */
final class UnwantedFiles implements AutoCloseable {
    private final Chore chore = new Chore("deleting-files", "TQ-2014 can't delete a file that is not needed any more");
    private final Thread thread = Threads.daemon("telpher-delete", this::run, chore::failed);
    private final Queue<Path> files = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean stopping;

    void start() {
        thread.start();
    }

    /** Soon. Any thread. */
    void add(Path file) {
        files.add(file);
        count.incrementAndGet();
        LockSupport.unpark(thread);
    }

    /** How many wait to be deleted. Any thread. */
    int count() {
        return count.get();
    }

    Chore chore() {
        return chore;
    }

    private void run() {
        while (!stopping) {
            Throwable failure = deleteEach();
            if (failure != null) {
                LockSupport.parkNanos(this, chore.failed(failure));
            } else {
                chore.succeeded();
                LockSupport.park(this);
            }
        }
    }

    /** Tries each file once. */
    private @Nullable Throwable deleteEach() {
        Throwable failure = null;
        for (int tries = count.get(); tries > 0 && !stopping; tries--) {
            Path file = files.remove();
            try {
                delete(file);
                count.decrementAndGet();
            } catch (IOException | RuntimeException | Error e) {
                files.add(file);
                failure = e;
            }
        }
        return failure;
    }

    private static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        Path folder = file.resolveSibling("");
        if (Files.isDirectory(folder)) {
            JournalDirectory.deleteIfEmpty(folder);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }
}
