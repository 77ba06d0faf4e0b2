package io.telpher.benchmarks;

import io.telpher.broker.cli.bench.OpenLoop;
import io.telpher.client.Operations;
import io.telpher.client.Telpher;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * How long a search through many tasks takes, and what others notice of it: who asks for single tasks, and who submits, each on a connection of
 * their own and at a steady rate. Their latencies count from the moment a request was due.
 */
final class Searches {
    /** Nothing has it, so that all is looked at. */
    private static final String WORD = "nobody-has-this-word";

    private static final int GETS_PER_SECOND = 50;
    private static final int SUBMITS_PER_SECOND = 50;
    private static final int PAGE = 100;
    /** The JIT compilers are at the first one. */
    private static final int ROUNDS = 3;

    private static final int DIGITS = 3;

    private final BrokerUnderTest broker;
    private final Load.Shape shape;
    private final long tasks;
    private final int secs;
    private volatile boolean stopping;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Searches(BrokerUnderTest broker, Load.Shape shape, long tasks, int secs) {
        this.broker = broker;
        this.shape = shape;
        this.tasks = tasks;
        this.secs = secs;
    }

    void run() throws IOException, InterruptedException {
        fill();
        Recorder gets = new Recorder(DIGITS);
        Recorder submits = new Recorder(DIGITS);
        try (Telpher reader = Telpher.connect(broker.url());
                Telpher producer = Telpher.connect(broker.url());
                Telpher searcher = Telpher.connect(broker.url())) {
            long first = producer.submit(TaskSpec.type("work").queue("beside").payload("first"))
                    .taskId();
            Thread asking = start("asks", GETS_PER_SECOND, gets, number -> reader.get(first));
            Thread submitting = start(
                    "submits",
                    SUBMITS_PER_SECOND,
                    submits,
                    number -> producer.submit(
                            TaskSpec.type("work").queue("beside").payload("payload")));
            TimeUnit.SECONDS.sleep(secs); // the JIT compilers are at it first
            gets.getIntervalHistogram();
            submits.getIntervalHistogram();
            TimeUnit.SECONDS.sleep(secs);
            report("no search", gets, submits);
            for (int round = 1; round <= ROUNDS; round++) {
                search(searcher.operations(), "type:" + WORD, gets, submits);
                search(searcher.operations(), WORD, gets, submits);
            }
            stopping = true;
            asking.join();
            submitting.join();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("a request beside the searches failed", failed);
        }
    }

    private void fill() throws InterruptedException {
        try (Load load = new Load(shape)) {
            load.produce();
            while (load.submitted() < tasks) {
                TimeUnit.MILLISECONDS.sleep(5);
                load.requireSound();
            }
        }
    }

    private Thread start(String name, int perSecond, Recorder latencies, LongConsumer request) {
        Thread thread = new Thread(
                () -> {
                    try {
                        OpenLoop.run(perSecond, Long.MAX_VALUE, () -> stopping, (number, due) -> {
                            request.accept(number);
                            latencies.recordValue(Math.max(0, System.nanoTime() - due));
                        });
                    } catch (RuntimeException e) {
                        failure.compareAndSet(null, e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void search(Operations operations, String text, Recorder gets, Recorder submits) throws IOException {
        long start = System.nanoTime();
        long cpuBefore = broker.cpuMs();
        long looked = 0;
        int pages = 0;
        long after = 0;
        do {
            Operations.Found found = operations.search(SearchQuery.parse(text), after, PAGE);
            if (!found.tasks().isEmpty()) {
                throw new IllegalStateException("\"" + text + "\" found " + found.tasks());
            }
            looked += found.looked();
            after = found.nextAfter();
            pages++;
        } while (after != 0);
        System.out.printf(
                "W8  search \"%s\": %,d tasks in %.2f s, %d pages, %,d CPU-ms%n",
                text, looked, (System.nanoTime() - start) / 1e9, pages, broker.cpuMs() - cpuBefore);
        report("meanwhile", gets, submits);
    }

    private static void report(String when, Recorder gets, Recorder submits) {
        Histogram asked = gets.getIntervalHistogram();
        Histogram submitted = submits.getIntervalHistogram();
        System.out.printf("W8  %s: %,d GETs, %s%n", when, asked.getTotalCount(), LoadTest.times(asked));
        System.out.printf("W8  %s: %,d submits, %s%n", when, submitted.getTotalCount(), LoadTest.times(submitted));
    }
}
