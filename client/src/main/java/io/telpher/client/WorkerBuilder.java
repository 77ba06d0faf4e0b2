package io.telpher.client;

import io.telpher.protocol.QueueName;
import io.telpher.protocol.Result;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Sets a worker up. Not thread-safe; may be used again, what was started keeps the options it was started with.
 *
 * <pre>{@code
 * Worker worker = telpher.worker("default")
 *         .concurrency(8)
 *         .on("mail", Mail.class, (task, mail) -> send(mail))
 *         .answer("sum", Numbers.class, (task, numbers) -> numbers.sum())
 *         .retry("mail", RetryPolicy.exponential(8, Duration.ofSeconds(2), Duration.ofHours(1)))
 *         .start();
 * }</pre>
 */
public final class WorkerBuilder {
    private final Telpher telpher;
    private final List<String> queues;
    private final Map<String, TaskHandler> handlers = new HashMap<>();
    private final Map<String, RetryPolicy> retries = new HashMap<>();
    private final List<Interceptor> interceptors = new ArrayList<>();
    private String name = "worker-" + ProcessHandle.current().pid();
    private int concurrency = 1;
    private @Nullable Duration visibilityTimeout;
    private @Nullable Duration maxRuntime;
    private boolean interrupts;
    private Runnable onDrained = () -> {};
    private @Nullable Executor executor;

    WorkerBuilder(Telpher telpher, List<String> queues) {
        this.telpher = telpher;
        this.queues = queues;
    }

    /** What operators see; at most 255 bytes. */
    public WorkerBuilder name(String workerName) {
        name = Objects.requireNonNull(workerName, "name");
        return this;
    }

    /** How many tasks may be in hand at once, each on a thread of its own; 1 to 10,000. */
    public WorkerBuilder concurrency(int tasks) {
        concurrency = tasks;
        return this;
    }

    /** Length of each lease, 1 s to 12 h, instead of the task's own. */
    public WorkerBuilder visibilityTimeout(Duration timeout) {
        visibilityTimeout = timeout;
        return this;
    }

    /**
     * How long one attempt may run, 1 ms or more: a handler that runs longer is interrupted, and the attempt fails at once. Without it an attempt may run for ever, its
     * lease renewed.
     */
    public WorkerBuilder maxRuntime(Duration longest) {
        maxRuntime = longest;
        return this;
    }

    /** Interrupts a handler when its task is cancelled or its lease is lost; without it the handler has to ask {@link ReservedTask#isCancelled}. */
    public WorkerBuilder interruptOnCancel() {
        interrupts = true;
        return this;
    }

    /**
     * What happens when an operator has drained this worker and it has left: the process may end. Called at most once, on a thread of its own, when
     * the last task is done and the connection closed; not after {@link Worker#close}.
     */
    public WorkerBuilder onDrained(Runnable listener) {
        onDrained = listener;
        return this;
    }

    // ---- handlers

    /**
     * Handles tasks of one type, their payload read by the codec that takes it. A payload that can't be read is a dead letter that says why, and so is a task whose type
     * has no handler, unless {@link #start(TaskHandler)} has one.
     *
     * @throws IllegalArgumentException when no codec takes the payload's class, or the type has a handler or is no type's name
     */
    public <T> WorkerBuilder on(String type, Class<T> payload, TypedHandler<? super T> handler) {
        Objects.requireNonNull(handler, "handler");
        return answer(type, payload, (task, value) -> {
            handler.handle(task, value);
            return null;
        });
    }

    /** {@link #on(String, Class, TypedHandler)} for tasks that have a result, written by the codec that takes it. */
    public <T> WorkerBuilder answer(String type, Class<T> payload, TypedFunction<? super T> handler) {
        Objects.requireNonNull(handler, "handler");
        telpher.options().codecs().require(payload);
        return on(type, task -> {
            Object value = handler.handle(task, task.payloadAs(payload));
            return value == null ? Result.NONE : result(task, value);
        });
    }

    private static Result result(ReservedTask task, Object value) {
        try {
            return task.resultOf(value);
        } catch (IllegalArgumentException e) {
            throw new PermanentFailure("the result of a task of type \"" + task.type() + "\": " + e.getMessage(), e);
        }
    }

    /** Handles tasks of one type as they are. */
    public WorkerBuilder on(String type, TaskHandler handler) {
        if (!QueueName.isValid(type)) {
            throw new IllegalArgumentException("\"" + type + "\" is not a type: 1-128 of [A-Za-z0-9._-]");
        }
        if (handlers.putIfAbsent(type, Objects.requireNonNull(handler, "handler")) != null) {
            throw new IllegalArgumentException("the type \"" + type + "\" has a handler already");
        }
        return this;
    }

    /** What follows a failed attempt at a task of this type, instead of what the task or its queue says. */
    public WorkerBuilder retry(String type, RetryPolicy policy) {
        retries.put(type, Objects.requireNonNull(policy, "policy"));
        return this;
    }

    /** The policy of types that have none of their own. */
    public WorkerBuilder retry(RetryPolicy policy) {
        return retry("", policy);
    }

    /** Stands around this worker's handlers, inside of those of the client; the first given is the outermost. */
    public WorkerBuilder interceptor(Interceptor interceptor) {
        interceptors.add(Objects.requireNonNull(interceptor, "interceptor"));
        return this;
    }

    /**
     * Runs the handlers, instead of threads of the worker's own. At most {@link #concurrency} are given to it at once; one that it rejects has failed and comes back after its
     * backoff. Not shut down with the worker.
     */
    public WorkerBuilder executor(Executor handlerExecutor) {
        executor = Objects.requireNonNull(handlerExecutor, "executor");
        return this;
    }

    /**
     * Each handler runs on a virtual thread of its own.
     *
     * @throws UnsupportedOperationException before Java 21
     */
    public WorkerBuilder virtualThreads() {
        try {
            // By name, since the client is compiled for 17.
            return executor((Executor)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null));
        } catch (NoSuchMethodException e) {
            throw new UnsupportedOperationException(
                    "virtual threads need Java 21 or newer; this is " + Runtime.version(), e);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("virtual threads can't be had", e);
        }
    }

    // ---- starting

    /** {@link #start(TaskHandler)} with the handlers by type alone. */
    public Worker start() {
        if (handlers.isEmpty()) {
            throw new IllegalArgumentException("a worker needs a handler: on(type, ...) or start(handler)");
        }
        return startWith(new HandlersByType(handlers, null));
    }

    /**
     * Connects and starts reserving; returns when the broker has admitted the first reserve, or at once when the client was built with {@code lazy()}.
     *
     * @param handler of the types that have none of their own
     * @throws IllegalArgumentException when an option is out of its range
     * @throws TelpherException when the broker refuses this worker's reserves for good
     * @throws ConnectionException when the broker can't be reached within the client's connect timeout
     */
    public Worker start(TaskHandler handler) {
        Objects.requireNonNull(handler, "handler");
        return startWith(handlers.isEmpty() ? handler : new HandlersByType(handlers, handler));
    }

    private Worker startWith(TaskHandler handler) {
        if (telpher.isClosed()) {
            throw new ConnectionException("the client is closed", false, null);
        }
        WorkerOptions options = new WorkerOptions(
                queues,
                name,
                concurrency,
                visibilityTimeout,
                maxRuntime,
                interrupts,
                onDrained,
                executor,
                Map.copyOf(retries));
        options.check();
        List<Interceptor> around = new ArrayList<>(telpher.options().interceptors());
        around.addAll(interceptors);
        TaskHandler intercepted = handler;
        for (int i = around.size() - 1; i >= 0; i--) {
            Interceptor interceptor = around.get(i);
            TaskHandler next = intercepted;
            intercepted = task -> interceptor.handling(task, next);
        }
        return Worker.start(telpher, options, intercepted);
    }
}
