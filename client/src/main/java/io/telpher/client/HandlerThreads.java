package io.telpher.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run a worker's handlers. Handlers that return at once are best run by as many threads as there are processors, those
 * that wait for something by as many as there are tasks; a pool can't know which it has. So a task wakes another thread only while
 * fewer are up than there are processors, and whatever still waits a millisecond later, because the handlers before it take their time, gets
 * threads then. Waking hundreds of threads for handlers of a microsecond costs more than all else a worker does.
 */
final class HandlerThreads implements HandlerRunner {
    private static final System.Logger LOG = System.getLogger(Worker.class.getName());
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final long CHECK_MS = 1;

    private final String name;
    private final int max;
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();

    // All under the lock.
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Deque<Condition> idle = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    /** Threads that were woken or started and have not looked for a task yet: each takes one. */
    private int waking;

    private boolean checking;
    private boolean stopped;

    /** @param timer asks for checks; its thread never runs a task */
    HandlerThreads(String name, int max, ScheduledExecutorService timer) {
        this.name = name;
        this.max = max;
        this.timer = timer;
    }

    @Override
    public void execute(Runnable task) {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            tasks.add(task);
            if (threads.size() - idle.size() < PROCESSORS) {
                addOne();
            }
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
            timer.schedule(this::check, CHECK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void addOne() {
        Condition sleeping = idle.pollLast();
        if (sleeping != null) {
            sleeping.signal();
            waking++;
        } else if (threads.size() < max) {
            Thread thread = new Thread(this::run, "telpher-worker-" + name + "-" + (threads.size() + 1));
            threads.add(thread);
            thread.start();
            waking++;
        }
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
