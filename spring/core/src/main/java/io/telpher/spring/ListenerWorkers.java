package io.telpher.spring;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.client.WorkerBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * One worker for the listeners of the same queues. Starts when all beans are made, behind web servers, and stops before them: nothing new is taken, handlers have their time,
 * the rest is given back. While there are listeners the process does not end by itself, web server or not.
 *
 * <pre>{@code
 * @Autowired ListenerWorkers workers;
 *
 * void maintenance() {
 *     workers.stop(); // takes nothing more, waits for handlers
 *     migrate();
 *     workers.start();
 * }
 * }</pre>
 */
public final class ListenerWorkers implements SmartLifecycle {
    private final Telpher telpher;
    private final ListenerMethods methods;
    private final Options options;
    /** By the names of their queues. */
    private final Map<String, Worker> workers = new LinkedHashMap<>();

    private final List<BiConsumer<String, Worker>> watchers = new ArrayList<>();
    /** Of the thread that keeps the process; null while no worker runs. */
    private @Nullable CountDownLatch stopped;

    /**
     * How the workers are set up.
     *
     * @param concurrency of workers whose listeners say nothing else
     * @param maxRuntime null = any time
     * @param visibilityTimeout null = the task's own
     * @param shutdownTimeout how long a stop waits for handlers
     */
    public record Options(
            String name,
            int concurrency,
            @Nullable Duration maxRuntime,
            @Nullable Duration visibilityTimeout,
            boolean interruptOnCancel,
            boolean virtualThreads,
            Duration shutdownTimeout,
            boolean autoStartup) {}

    /** Starts nothing yet: the context does. */
    public ListenerWorkers(Telpher telpher, ListenerMethods methods, Options options) {
        this.telpher = telpher;
        this.methods = methods;
        this.options = options;
    }

    @Override
    public boolean isAutoStartup() {
        return options.autoStartup();
    }

    @Override
    public void start() {
        Map<List<String>, List<ListenerMethod>> byQueues = new LinkedHashMap<>();
        for (ListenerMethod method : methods.found()) {
            byQueues.computeIfAbsent(method.queues(), queues -> new ArrayList<>())
                    .add(method);
        }
        synchronized (workers) {
            byQueues.forEach((queues, listeners) -> start(String.join(",", queues), worker(queues, listeners)));
            if (!workers.isEmpty() && stopped == null) {
                stopped = keepProcess();
            }
        }
    }

    /** The client's threads are daemons: an application without a web server would end when its runners have returned. Until the latch is counted down. */
    private static CountDownLatch keepProcess() {
        CountDownLatch until = new CountDownLatch(1);
        Thread keeper = new Thread(
                () -> {
                    try {
                        until.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "telpher-listeners");
        keeper.setDaemon(false);
        keeper.start();
        return until;
    }

    private void start(String name, Worker worker) {
        workers.put(name, worker);
        watchers.forEach(watcher -> watcher.accept(name, worker));
    }

    /** Hears of each worker that runs or starts, by the names of its queues as its listeners say them. */
    public void watch(BiConsumer<String, Worker> watcher) {
        synchronized (workers) {
            watchers.add(watcher);
            workers.forEach(watcher);
        }
    }

    private Worker worker(List<String> queues, List<ListenerMethod> listeners) {
        int asked =
                listeners.stream().mapToInt(ListenerMethod::concurrency).max().orElse(0);
        WorkerBuilder builder = telpher.worker(queues.toArray(String[]::new))
                .name(options.name())
                .concurrency(asked == 0 ? options.concurrency() : asked);
        if (options.maxRuntime() != null) {
            builder.maxRuntime(options.maxRuntime());
        }
        if (options.visibilityTimeout() != null) {
            builder.visibilityTimeout(options.visibilityTimeout());
        }
        if (options.interruptOnCancel()) {
            builder.interruptOnCancel();
        }
        if (options.virtualThreads()) {
            builder.virtualThreads();
        }
        listeners.forEach(listener -> builder.on(listener.type(), listener));
        return builder.start();
    }

    /** All at the same time, so that a stop takes no longer than the slowest. */
    @Override
    public void stop() {
        List<Thread> closing;
        CountDownLatch keeping;
        synchronized (workers) {
            keeping = stopped;
            stopped = null;
            closing = workers.values().stream()
                    .map(worker -> new Thread(() -> worker.close(options.shutdownTimeout()), "telpher-stop"))
                    .toList();
            workers.clear();
        }
        closing.forEach(Thread::start);
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (keeping != null) {
                keeping.countDown();
            }
        }
    }

    @Override
    public void stop(Runnable callback) {
        Thread stopping = new Thread(
                () -> {
                    try {
                        stop();
                    } finally {
                        callback.run();
                    }
                },
                "telpher-listeners-stop");
        stopping.start();
    }

    @Override
    public boolean isRunning() {
        synchronized (workers) {
            return !workers.isEmpty();
        }
    }

    /** Tasks that were reserved and whose outcome the broker has not confirmed yet. */
    public int inHand() {
        synchronized (workers) {
            return workers.values().stream().mapToInt(Worker::inHand).sum();
        }
    }

    /** Of the running workers. */
    public int count() {
        synchronized (workers) {
            return workers.size();
        }
    }
}
