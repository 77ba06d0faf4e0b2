package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.core.time.SetTimeProvider;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Writes excerpts through Chronicle Queue, and is the only class that knows it. Chronicle rolls by the clock only, so the clock it sees
 * is ours: it stands still at minute n while file n is written. It maps files and leaves writing to the kernel; making them
 * durable is {@link SyncThread}'s work.
 */
final class ChronicleFiles implements AutoCloseable {
    /** Address space mapped at a time. A batch must fit into a quarter of it, Chronicle's overlap. */
    private static final int BLOCK_BYTES = 128 << 20;

    static final int BATCH_BYTES_MAX = 24 << 20;

    private static final long FILE_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final SetTimeProvider clock = new SetTimeProvider();
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private int file;

    ChronicleFiles(Path folder, int firstFile) {
        moveTo(firstFile);
        queue = SingleChronicleQueueBuilder.binary(folder.toFile())
                .rollCycle(LegacyRollCycles.MINUTELY)
                .blockSize(BLOCK_BYTES)
                .timeProvider(clock)
                .build();
        appender = queue.createAppender();
        // Opened by one thread, then used by the partition's alone, then closed by the first.
        appender.singleThreadedCheckDisabled(true);
    }

    /** The next excerpt goes to this file. */
    void moveTo(int number) {
        file = number;
        clock.currentTimeMillis(number * FILE_MILLIS);
    }

    int file() {
        return file;
    }

    Path path() {
        return appender.currentFile().toPath();
    }

    /** Writes one excerpt and returns the offset of its first byte in the file. */
    long write(ByteBuffer bytes) {
        try (DocumentContext context = appender.writingDocument()) {
            long offset = context.wire().bytes().writePosition();
            context.wire().bytes().writeSome(bytes);
            return offset;
        }
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
    }
}
