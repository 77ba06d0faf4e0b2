package io.telpher.client;

import static io.telpher.client.Requests.writer;

import io.telpher.client.Requests.Terms;
import io.telpher.protocol.Limits;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Submits: with what interceptors add, a key of its own if wanted, one by one or in batches. Thread-safe. */
final class Submits {
    /** Beside the tasks themselves in the frame of a batch. */
    private static final int BATCH_OVERHEAD_BYTES = 64;

    /** Bytes that a task takes beside its payload and headers. */
    private static final int FIELDS_BYTES_MAX = 1 << 10;

    private static final int HEADER_OVERHEAD_BYTES = 8;
    /** Of one char. */
    private static final int UTF8_BYTES_MAX = 3;

    private final Requests requests;
    private final List<Interceptor> interceptors;
    private final boolean autoKeys;
    /** No other client's, so that with a number behind it no key comes twice. */
    private final String keyPrefix = "auto-" + UUID.randomUUID() + "-";

    private final AtomicLong keys = new AtomicLong();

    Submits(Requests requests, ClientOptions options) {
        this.requests = requests;
        this.interceptors = options.interceptors();
        this.autoKeys = options.autoKeys();
    }

    Submission one(TaskSpec task, Terms terms) {
        PreparedSubmit prepared = prepare(List.of(task), terms);
        return prepared.hearing(
                () -> submission(requests.await(sent(prepared.tasks().get(0), terms), terms)), List::of);
    }

    CompletableFuture<Submission> oneAsync(TaskSpec task, Terms terms) {
        PreparedSubmit prepared = prepare(List.of(task), terms);
        return prepared.hearingLater(
                () -> requests.toCaller(sent(prepared.tasks().get(0), terms), Submits::submission), List::of);
    }

    private CompletableFuture<ByteBuffer> sent(TaskSpec task, Terms terms) {
        // Encoded once, also for repetitions: the caller may change the task meanwhile.
        return task.idempotencyKey().isEmpty()
                ? requests.once(id -> Submit.write(writer(), id, task), terms)
                : requests.repeatable(Requests.toBytes(id -> Submit.write(writer(), id, task)), terms);
    }

    private static Submission submission(ByteBuffer frame) {
        return Submission.of(new Submitted().wrap(frame, 0));
    }

    List<Submission> batch(List<TaskSpec> tasks, Terms terms) {
        PreparedSubmit prepared = prepare(tasks, terms);
        return prepared.hearing(
                () -> submissions(requests.await(sent(prepared.tasks(), terms), terms)), Function.identity());
    }

    CompletableFuture<List<Submission>> batchAsync(List<TaskSpec> tasks, Terms terms) {
        PreparedSubmit prepared = prepare(tasks, terms);
        return prepared.hearingLater(
                () -> requests.toCaller(sent(prepared.tasks(), terms), Submits::submissions), Function.identity());
    }

    private CompletableFuture<ByteBuffer> sent(List<TaskSpec> tasks, Terms terms) {
        FrameWriter frames = new FrameWriter();
        tasks.forEach(task -> Submit.write(frames, 0, task));
        int count = tasks.size();
        IntFunction<FrameWriter> request = id -> SubmitBatch.write(writer(), id, count, frames.written());
        return tasks.stream().noneMatch(task -> task.idempotencyKey().isEmpty())
                ? requests.repeatable(request, terms)
                : requests.once(request, terms);
    }

    private static List<Submission> submissions(ByteBuffer frame) {
        BatchSubmitted reply = new BatchSubmitted().wrap(frame, 0);
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < reply.count(); i++) {
            submissions.add(
                    new Submission(reply.taskId(i), reply.state(i), reply.createdAtMs(), reply.duplicate(i), null));
        }
        return submissions;
    }

    /** @param terms of each batch */
    List<Submission> all(List<TaskSpec> tasks, Supplier<Terms> terms) {
        List<Submission> submissions = new ArrayList<>();
        int from = 0;
        while (from < tasks.size()) {
            int to = batchEnd(tasks, from);
            submissions.addAll(batch(tasks.subList(from, to), terms.get()));
            from = to;
        }
        return submissions;
    }

    /** At least one task, however large: the broker says what is wrong with it. */
    private static int batchEnd(List<TaskSpec> tasks, int from) {
        int last = Math.min(tasks.size(), from + Limits.BATCH_TASKS_MAX);
        long bytesLeft = Limits.FRAME_BYTES_FLOOR - BATCH_OVERHEAD_BYTES - bytesMax(tasks.get(from));
        int to = from + 1;
        while (to < last && bytesMax(tasks.get(to)) <= bytesLeft) {
            bytesLeft -= bytesMax(tasks.get(to));
            to++;
        }
        return to;
    }

    /** No less than its frame takes, with a key and a header that may be added. */
    private static long bytesMax(TaskSpec task) {
        long headers = 0;
        for (Map.Entry<String, String> header : task.headers().entrySet()) {
            headers += HEADER_OVERHEAD_BYTES
                    + (long) UTF8_BYTES_MAX
                            * (header.getKey().length() + header.getValue().length());
        }
        return task.payloadBytes() + headers + FIELDS_BYTES_MAX;
    }

    // ---- what interceptors and keys add

    private PreparedSubmit prepare(List<TaskSpec> tasks, Terms terms) {
        if (interceptors.isEmpty() && !autoKeys) {
            return new PreparedSubmit(tasks);
        }
        List<TaskSpec> own = new ArrayList<>(tasks.size());
        for (TaskSpec task : tasks) {
            // A key or a header for this submit only: the caller may submit the task again.
            TaskSpec copy = task.copy();
            giveKey(copy, terms);
            own.add(copy);
        }
        PreparedSubmit prepared = new PreparedSubmit(own);
        prepared.intercept(interceptors);
        return prepared;
    }

    private void giveKey(TaskSpec task, Terms terms) {
        if (autoKeys && task.idempotencyKey().isEmpty()) {
            task.idempotencyKey(keyPrefix + Long.toString(keys.incrementAndGet(), Character.MAX_RADIX));
            if (task.idempotencyWindowMs() == 0) {
                long wantedMs = 2 * TimeUnit.NANOSECONDS.toMillis(terms.nanosLeft());
                task.idempotencyWindowMs(Math.max(
                        Limits.IDEMPOTENCY_WINDOW_MS_MIN, Math.min(Limits.IDEMPOTENCY_WINDOW_MS_MAX, wantedMs)));
            }
        }
    }
}
