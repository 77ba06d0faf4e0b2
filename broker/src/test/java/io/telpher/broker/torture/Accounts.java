package io.telpher.broker.torture;

import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Waits for the broker to come to rest, then writes down how each of its tasks ended. */
final class Accounts {
    private static final int PAGE = 500;

    private final Telpher telpher;
    private final History history;

    Accounts(Telpher telpher, History history) {
        this.telpher = telpher;
        this.history = history;
    }

    /** Until nothing waits and nothing runs; what is left when the time is over the checker calls lost. */
    void awaitRest(long seconds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (unfinished() > 0 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private long unfinished() {
        return telpher.operations().queues(100, "").stream()
                .mapToLong(queue -> LongStream.of(queue.ready).sum() + queue.scheduled + queue.retryWait + queue.active)
                .sum();
    }

    /** Returns the number of tasks. */
    int close() {
        int tasks = 0;
        long after = 0;
        do {
            Operations.Page page = telpher.operations().list(after, PAGE, 0, "", "");
            List<CompletableFuture<TaskView>> views = new ArrayList<>();
            for (TaskView task : page.tasks()) {
                views.add(telpher.getAsync(task.taskId, true));
            }
            views.forEach(view -> history.add(end(view.join())));
            tasks += views.size();
            after = page.nextAfter();
        } while (after != 0);
        return tasks;
    }

    private static Event end(TaskView task) {
        Event end = Event.of(Event.Kind.FINAL).task(task.taskId).text(task.state.name());
        if (task.payload.length > 0) {
            end.submission(Payload.submission(task.payload)).crc(Payload.crc(task.payload));
        }
        if (task.result.isPresent()) {
            ByteBuffer bytes = task.result.bytes();
            String[] result =
                    StandardCharsets.UTF_8.decode(bytes.duplicate()).toString().split(" ");
            end.lease(Long.parseLong(result[0])).submission(Long.parseLong(result[1]));
        }
        return end;
    }
}
