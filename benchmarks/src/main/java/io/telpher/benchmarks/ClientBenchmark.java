package io.telpher.benchmarks;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The client's round trip to a broker in a process of its own that waits for no disk. What is allocated is the client's, on all of its threads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class ClientBenchmark {
    private static final int PAYLOAD_BYTES = 2048;
    private static final int UNDER_WAY = 256;

    private final byte[] payload = new byte[PAYLOAD_BYTES];
    private final CompletableFuture<?>[] underWay = new CompletableFuture<?>[UNDER_WAY];
    private BrokerUnderTest broker;
    private Telpher telpher;
    private Path log;

    @Setup
    public void connect() throws IOException {
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        log = Files.createTempFile(directory, "telpher-client-", ".log");
        broker = BrokerUnderTest.spawn(directory, log, "", "journal.sync=none");
        telpher = Telpher.connect(broker.url());
    }

    /** Nothing of it reaches the partition. */
    @Benchmark
    public void ping() {
        telpher.ping();
    }

    /** One after the other. */
    @Benchmark
    public long submit() {
        return telpher.submit(task()).taskId();
    }

    /** Many at once; per submit. */
    @Benchmark
    @OperationsPerInvocation(UNDER_WAY)
    public void submitMany() {
        for (int i = 0; i < UNDER_WAY; i++) {
            underWay[i] = telpher.submitAsync(task());
        }
        CompletableFuture.allOf(underWay).join();
    }

    private TaskSpec task() {
        return TaskSpec.type("work").queue(Load.QUEUE).payload(payload);
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
        telpher.close();
        broker.close();
        Files.delete(log);
    }
}
