package io.telpher.broker.thread;

import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the broker's threads, all of them, so that nothing that is thrown on one is lost: the work of a thread either ends the broker, or is tried
 * again as a {@link Chore}.
 */
public final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /** @param failed told of whatever the work throws, on the thread that ends by it */
    public static Thread make(String name, Runnable work, Consumer<Throwable> failed) {
        Thread thread = new Thread(work, name);
        thread.setUncaughtExceptionHandler((ended, cause) -> failed.accept(cause));
        return thread;
    }

    /** One that the process does not wait for when it ends. */
    public static Thread daemon(String name, Runnable work, Consumer<Throwable> failed) {
        Thread thread = make(name, work, failed);
        thread.setDaemon(true);
        return thread;
    }

    /** For an executor: daemons, all of this name. */
    public static ThreadFactory daemons(String name, Consumer<Throwable> failed) {
        return work -> daemon(name, work, failed);
    }

    /** The work as a chore: a timer, which would never call it again after an exception, sees none. */
    public static Runnable retried(Chore chore, Runnable work) {
        return () -> {
            try {
                work.run();
                chore.succeeded();
            } catch (RuntimeException | Error e) {
                chore.failed(e);
            }
        };
    }

    /** A thread ended by an exception that nothing else answers for: it is at least told. */
    public static void ended(Throwable cause) {
        LOG.error(
                "TQ-3050 thread {} ended by an error of the broker's own",
                Thread.currentThread().getName(),
                cause);
    }
}
