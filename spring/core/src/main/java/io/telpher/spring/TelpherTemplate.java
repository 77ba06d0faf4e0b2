package io.telpher.spring;

import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Submits tasks. A payload is written by the codec that takes its class: {@code byte[]} and {@code String} as they are, anything else as JSON. Thread-safe.
 *
 * <pre>{@code
 * template.submit("mail", "welcome", new Welcome("ann@example.org"));
 * }</pre>
 *
 * <p>Every method throws {@link io.telpher.client.TelpherException} when the broker refuses, {@link io.telpher.client.ConnectionException} when it can't be asked, and
 * {@link IllegalArgumentException} when the payload can't be written or is larger than {@code telpher.max-payload}.
 */
public class TelpherTemplate {
    private final Telpher telpher;
    private final long payloadBytesMax;

    /** @param payloadBytesMax of a task; more is refused before it is sent */
    public TelpherTemplate(Telpher telpher, long payloadBytesMax) {
        this.telpher = telpher;
        this.payloadBytesMax = payloadBytesMax;
    }

    /** Returns when the task is durable. */
    public Submission submit(String queue, String type, Object payload) {
        return submit(task(queue, type, payload));
    }

    /** Returns when the task is durable. */
    public Submission submit(TaskSpec task) {
        return telpher.submit(checked(task));
    }

    /** Completes when the task is durable; the task is encoded before this returns. */
    public CompletableFuture<Submission> submitAsync(String queue, String type, Object payload) {
        return telpher.submitAsync(checked(task(queue, type, payload)));
    }

    /** Any number, by batches; each batch is accepted whole or not at all. */
    public List<Submission> submitAll(List<TaskSpec> tasks) {
        tasks.forEach(this::checked);
        return telpher.submitAll(tasks);
    }

    /** A task to be completed: its key, delay, priority, retries. */
    public TaskSpec task(String queue, String type, Object payload) {
        return telpher.task(type, payload).queue(queue);
    }

    /** Waits until the task is final, at most so long; then gives it as it stands. */
    public TaskView await(long taskId, Duration longest) {
        return telpher.waitFor(taskId, longest);
    }

    /** @return null when the task gave none */
    public <T> @Nullable T result(TaskView task, Class<T> type) {
        return telpher.result(task, type);
    }

    /** For everything else. */
    public Telpher telpher() {
        return telpher;
    }

    private TaskSpec checked(TaskSpec task) {
        if (task.payloadBytes() > payloadBytesMax) {
            throw new IllegalArgumentException(
                    "the payload takes " + task.payloadBytes() + " bytes; the limit is " + payloadBytesMax
                            + " (telpher.max-payload, and the broker's limits.max_payload): submit a reference to it");
        }
        return task;
    }
}
