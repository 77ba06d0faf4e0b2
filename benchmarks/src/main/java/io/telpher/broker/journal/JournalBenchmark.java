package io.telpher.broker.journal;

import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

/** The journal on a disk that is not waited for: a record into a batch, and a batch appended and handed back. Per record of 2 KiB. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class JournalBenchmark {
    private static final int PAYLOAD_BYTES = 2048;
    private static final int RECORDS = 64;
    private static final long NOW_MS = 1_700_000_000_000L;

    private final Batch batch = new Batch();
    private Path directory;
    private ChronicleJournal journal;
    private ByteBuffer frame;
    private long handedBack;

    @Setup
    public void open() throws IOException {
        TaskSpec task = TaskSpec.type("work").queue("mail").payload(new byte[PAYLOAD_BYTES]);
        frame = ByteBuffer.wrap(Submit.write(new FrameWriter(), 1, task).toBytes());
        directory = Files.createTempDirectory("telpher-journal-");
        JournalOptions options =
                new JournalOptions(directory, SyncPolicy.NONE, JournalOptions.FILE_BYTES_DEFAULT, () -> {});
        try (ClosedJournal closed = ClosedJournal.take(options)) {
            closed.replay(JournalStart.BEGINNING, record -> {});
            journal = closed.open();
        }
    }

    /** Copied, with its checksum. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int add() {
        batch.clear();
        fill(batch);
        return batch.bytes();
    }

    /** With the writing of the batch, and the reading of its records as the partition reads them. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long appendAndPoll() {
        Batch next = journal.newBatch();
        fill(next);
        if (journal.append(next) == Log.BACK_PRESSURED) {
            throw new IllegalStateException("expected a journal that takes a batch of " + RECORDS + " records");
        }
        journal.poll(record -> handedBack++, 1);
        journal.closedFiles().forEach(file -> journal.delete(file.number()));
        return handedBack;
    }

    private void fill(Batch into) {
        for (int i = 0; i < RECORDS; i++) {
            frame.rewind();
            into.add(NOW_MS, 1, frame, true);
        }
    }

    @TearDown
    public void close() throws IOException {
        journal.close();
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
