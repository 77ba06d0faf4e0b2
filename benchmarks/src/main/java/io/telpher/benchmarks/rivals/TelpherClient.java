package io.telpher.benchmarks.rivals;

import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Through the Java client, as an application uses it. */
final class TelpherClient implements Driver {
    /** Of a worker whose handlers do nothing: tasks that are on their way to it or back, and in its hands. */
    private static final int CONCURRENCY = 256;

    private static final Duration TRIP = Duration.ofSeconds(30);

    private final String url;

    TelpherClient(String url) {
        this.url = url;
    }

    static TaskSpec task(byte[] payload) {
        return TaskSpec.type("work").queue(TelpherBroker.QUEUE).payload(payload);
    }

    @Override
    public void prepare() {
        try (Telpher telpher = Telpher.connect(url)) {
            telpher.operations().putQueue(TelpherBroker.QUEUE, QueuePolicyFields.DEFAULT);
        }
    }

    @Override
    public Submitter submitter() {
        Telpher telpher = Telpher.connect(url);
        return new Submitter() {
            @Override
            public CompletableFuture<?> submit(byte[] payload) {
                return telpher.submitAsync(task(payload));
            }

            @Override
            public void close() {
                telpher.close();
            }
        };
    }

    @Override
    public AutoCloseable work(Work work) {
        List<AutoCloseable> open = new ArrayList<>();
        int concurrency = work.holdMs() > 0 || work.slots() == 1 ? work.slots() : CONCURRENCY;
        for (int i = 0; i < work.connections(); i++) {
            Telpher telpher = Telpher.connect(url);
            Worker worker = telpher.worker(TelpherBroker.QUEUE)
                    .concurrency(concurrency)
                    .start(task -> {
                        work.sink().started(task.payload());
                        if (work.holdMs() > 0) {
                            TimeUnit.MILLISECONDS.sleep(work.holdMs());
                        }
                        work.sink().done(1);
                        return Result.NONE;
                    });
            open.add(() -> {
                worker.cut();
                telpher.close();
            });
        }
        return () -> open.forEach(Closing::quietly);
    }

    /** A worker has the task pushed; a trip ends when the producer hears that the ack is durable. */
    @Override
    public OneByOne oneByOne() {
        Telpher telpher = Telpher.connect(url);
        Worker worker = telpher.worker(TelpherBroker.QUEUE).concurrency(1).start(task -> Result.NONE);
        return new OneByOne() {
            @Override
            public void trip(byte[] payload) {
                long id = telpher.submit(task(payload)).taskId();
                TaskState state = telpher.waitFor(id, TRIP).state;
                if (state != TaskState.COMPLETED) {
                    throw new IllegalStateException("expected a completed task, got one that is " + state);
                }
            }

            @Override
            public void close() {
                worker.cut();
                telpher.close();
            }
        };
    }

    @Override
    public long waiting() {
        return waiting(url);
    }

    static long waiting(String url) {
        try (Telpher telpher = Telpher.connect(url)) {
            QueueView queue = telpher.operations().queue(TelpherBroker.QUEUE);
            long ready = 0;
            for (long of : queue.ready) {
                ready += of;
            }
            return ready;
        }
    }

    @Override
    public void close() {}
}
