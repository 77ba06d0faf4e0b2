package io.telpher.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the client costs its application: CPU time and allocated bytes of this process, which submits, reserves, handles and acknowledges each task, against a broker in another
 * one. The broker's own cost is not in it; the handler does nothing.
 */
@Command(
        name = "client",
        mixinStandardHelpOptions = true,
        description = "CPU time and allocated bytes of the client by task: submit, reserve, ack.")
public final class ClientCost implements Callable<Integer> {
    private static final String QUEUE = "load";
    private static final double NANOS_A_US = 1e3;
    private static final double NANOS_A_MS = 1e6;

    @Option(names = "--url", description = "a broker that runs (default: one of its own, started by bin/broker)")
    private @Nullable String url;

    @Option(names = "--tasks", description = "measured (default: ${DEFAULT-VALUE})")
    private int tasks = 200_000;

    @Option(names = "--warm", description = "before that (default: ${DEFAULT-VALUE})")
    private int warm = 200_000;

    @Option(names = "--payload", description = "bytes of each task (default: ${DEFAULT-VALUE})")
    private int payload = 2048;

    @Option(names = "--under-way", description = "submits without an answer (default: ${DEFAULT-VALUE})")
    private int underWay = 256;

    @Option(names = "--concurrency", description = "of the worker (default: ${DEFAULT-VALUE})")
    private int concurrency = 64;

    private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    public static void main(String[] args) {
        System.exit(new CommandLine(new ClientCost()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (url != null) {
            measure(url);
            return 0;
        }
        try (BrokerUnderTest broker = BrokerUnderTest.spawn(Path.of(System.getProperty("java.io.tmpdir")))) {
            measure(broker.url());
        }
        return 0;
    }

    private void measure(String brokerUrl) throws InterruptedException {
        Semaphore done = new Semaphore(0);
        try (Telpher telpher = Telpher.connect(brokerUrl);
                Worker worker = telpher.worker(QUEUE).concurrency(concurrency).start(task -> {
                    done.release();
                    return Result.NONE;
                })) {
            run(telpher, warm, done);
            long cpuNanos = process.getProcessCpuTime();
            long bytes = allocatedBytes();
            long startNanos = System.nanoTime();
            run(telpher, tasks, done);
            long tookNanos = System.nanoTime() - startNanos;
            System.out.printf(
                    "%d tasks of %d bytes, %.0f a second: %.1f us CPU and %d bytes allocated each, by the client%n",
                    tasks,
                    payload,
                    tasks / (tookNanos / NANOS_A_MS) * TimeUnit.SECONDS.toMillis(1),
                    (process.getProcessCpuTime() - cpuNanos) / NANOS_A_US / tasks,
                    (allocatedBytes() - bytes) / tasks);
            System.out.println("worker: " + worker.counters());
        }
    }

    private void run(Telpher telpher, int count, Semaphore done) throws InterruptedException {
        Semaphore room = new Semaphore(underWay);
        byte[] content = new byte[payload];
        for (int i = 0; i < count; i++) {
            room.acquire();
            telpher.submitAsync(TaskSpec.type("load").queue(QUEUE).payload(content))
                    .thenRun(room::release);
        }
        done.acquire(count);
    }

    /** By the threads that live: those of a steady state. */
    private long allocatedBytes() {
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }
}
