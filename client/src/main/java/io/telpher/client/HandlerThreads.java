package io.telpher.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run a worker's handlers. Handlers that return at once are best run by as many threads as there are processors, those
 * that wait for something by as many as there are tasks; a pool can't know which it has. So a task wakes another thread only while
 * fewer are up than there are processors, and whatever still waits a millisecond later, because the handlers before it take their time, gets
 * threads then. Waking hundreds of threads for handlers of a microsecond costs more than all else a worker does.
 *
 * <p>The system may refuse a thread. Tasks wait only while there is a thread that will come to them: with none, {@link #execute} throws. With some, they take what
 * waits one after the other, and another start is tried a second later.
 */
final class HandlerThreads implements HandlerRunner {
    private static final System.Logger LOG = System.getLogger(WorkerOptions.LOGGER);
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final long CHECK_MS = 1;
    private static final long AFTER_FAILURE_MS = 1_000;

    private final String name;
    private final int max;
    private final ScheduledExecutorService timer;
    private final ThreadFactory factory;
    private final ReentrantLock lock = new ReentrantLock();

    // All under the lock.
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Deque<Condition> idle = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    /** Threads that were woken or started and have not looked for a task yet: each takes one. */
    private int waking;

    private boolean checking;
    /** The last start failed, and the next check has not come yet. */
    private boolean exhausted;

    private boolean stopped;

    /** @param timer asks for checks; its thread never runs a task */
    HandlerThreads(String name, int max, ScheduledExecutorService timer) {
        this(name, max, timer, Thread::new);
    }

    HandlerThreads(String name, int max, ScheduledExecutorService timer, ThreadFactory factory) {
        this.name = name;
        this.max = max;
        this.timer = timer;
        this.factory = factory;
    }

    @Override
    public void execute(Runnable task) {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            if (threads.isEmpty()) {
                start();
            } else if (exhausted || threads.size() - idle.size() < PROCESSORS) {
                addOne();
            }
            tasks.add(task);
            if (!checking) {
                checkLater();
            }
        } finally {
            lock.unlock();
        }
    }

    private void check() {
        lock.lock();
        try {
            exhausted = false;
            int waiting = tasks.size();
            for (int i = 0; i < waiting; i++) {
                addOne();
            }
            checkLater();
        } finally {
            lock.unlock();
        }
    }

    /** Only when a task may have to wait and a thread could be had for it: with a timer this near, an event loop spins until then. */
    private void checkLater() {
        checking = !stopped && tasks.size() > waking && (threads.size() < max || !idle.isEmpty());
        if (checking) {
            timer.schedule(this::check, exhausted ? AFTER_FAILURE_MS : CHECK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void addOne() {
        Condition sleeping = idle.pollLast();
        if (sleeping != null) {
            sleeping.signal();
            waking++;
        } else if (threads.size() < max && !exhausted) {
            try {
                start();
            } catch (RejectedExecutionException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "worker {0} goes on with {1} of up to {2} threads: {3}; lower concurrency, or allow the process more threads or memory",
                        name,
                        threads.size(),
                        max,
                        e.getMessage());
            }
        }
    }

    /**
     * A thread counts once it runs.
     *
     * @throws RejectedExecutionException when the system has no thread for it
     */
    private void start() {
        Thread thread = factory.newThread(this::run);
        thread.setName("telpher-worker-" + name + "-" + (threads.size() + 1));
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            exhausted = true;
            throw new RejectedExecutionException("no thread could be started (" + e.getMessage() + ")", e);
        }
        exhausted = false;
        threads.add(thread);
        waking++;
    }

    private void run() {
        Condition wakeUp = lock.newCondition();
        up();
        for (Runnable task = next(wakeUp); task != null; task = next(wakeUp)) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                // The thread outlives whatever a task does: without it the worker would stand still.
                LOG.log(System.Logger.Level.ERROR, "worker " + name + ": a handler thread goes on after", e);
            }
        }
    }

    private void up() {
        lock.lock();
        try {
            waking--;
        } finally {
            lock.unlock();
        }
    }

    /** Null when there will be no more. */
    private @Nullable Runnable next(Condition wakeUp) {
        lock.lock();
        try {
            while (tasks.isEmpty() && !stopped) {
                idle.addLast(wakeUp);
                wakeUp.awaitUninterruptibly();
                if (!idle.remove(wakeUp)) {
                    waking--;
                }
            }
            return stopped ? null : tasks.poll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void shutdownNow() {
        lock.lock();
        try {
            stopped = true;
            tasks.clear();
            threads.forEach(Thread::interrupt);
            idle.forEach(Condition::signal);
        } finally {
            lock.unlock();
        }
    }
}
