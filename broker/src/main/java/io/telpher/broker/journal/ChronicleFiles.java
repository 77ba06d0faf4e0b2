package io.telpher.broker.journal;

import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.OS;
import net.openhft.chronicle.core.time.SetTimeProvider;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.WritePosition;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.posix.OpenFlag;
import net.openhft.posix.PosixAPI;
import net.openhft.posix.WhenceFlag;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes excerpts through Chronicle Queue, and is the only class that knows it. Chronicle rolls by the clock only, so the clock it sees
 * is ours: it stands still at minute n while file n is written. Chronicle's share is a few bytes around each excerpt, through its mapped
 * memory; the excerpt's content goes to the file by a positional write, which costs no page faults and reports a full disk as an error instead
 * of a fault. Making it all durable is {@link SyncThread}'s work.
 */
final class ChronicleFiles implements AutoCloseable {
    /** Address space mapped at a time. A batch must fit into a quarter of it, Chronicle's overlap. */
    static final int BLOCK_BYTES = 128 << 20;

    static final int BATCH_BYTES_MAX = 24 << 20;

    /**
     * Excerpts are found by their offsets, never by Chronicle's index: it gets as good as none. An entry is a store into a mapped page of its own, a fault that waits for the
     * disk where that page is being written, and one more page for the next sync.
     */
    private static final int EXCERPTS_PER_ENTRY = 1 << 24;

    private static final int INDEX_ENTRIES = 8;

    private static final Logger LOG = LoggerFactory.getLogger(ChronicleFiles.class);
    private static final long FILE_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final SetTimeProvider clock = new SetTimeProvider();
    private final JournalDirectory directory;
    private final long run;
    private final ZeroedFiles zeroed;
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private int number;

    private @Nullable JournalFile file;

    ChronicleFiles(JournalDirectory directory, long run, ZeroedFiles zeroed) {
        this.directory = directory;
        this.run = run;
        this.zeroed = zeroed;
        queue = SingleChronicleQueueBuilder.binary(directory.runFolder(run).toFile())
                .rollCycle(LegacyRollCycles.MINUTELY)
                .indexCount(INDEX_ENTRIES)
                .indexSpacing(EXCERPTS_PER_ENTRY)
                .blockSize(BLOCK_BYTES)
                .timeProvider(clock)
                .build();
        appender = queue.createAppender();
        // Opened by one thread, then used by the partition's alone, then closed by the first.
        appender.singleThreadedCheckDisabled(true);
    }

    /** Half of what the first queue of a process takes is spent in static initializers and native libraries: has that done while the journal is read. */
    static Thread warmUp(JournalDirectory directory) {
        Thread thread = Threads.daemon(
                "telpher-warm-up",
                () -> {
                    // Nothing of it touches the disk.
                    SingleChronicleQueueBuilder.binary(directory.root().toFile())
                            .rollCycle(LegacyRollCycles.MINUTELY)
                            .blockSize(BLOCK_BYTES);
                    OS.pageSize();
                    PosixAPI.posix();
                },
                // What does not work here does not work either when the journal is opened, which says so.
                failure -> LOG.debug("warming up failed", failure));
        thread.start();
        return thread;
    }

    /** Of a file, without its holes; where that can't be told, its length. */
    static long allocatedBytes(Path file) {
        long length = file.toFile().length();
        PosixAPI posix = PosixAPI.posix();
        int descriptor = posix.open(file.toString(), OpenFlag.O_RDONLY, 0);
        if (descriptor < 0) {
            return length;
        }
        try {
            long allocated = 0;
            long hole = 0;
            for (long extent = posix.lseek(descriptor, 0, WhenceFlag.SEEK_DATA);
                    extent >= 0;
                    extent = posix.lseek(descriptor, hole, WhenceFlag.SEEK_DATA)) {
                hole = posix.lseek(descriptor, extent, WhenceFlag.SEEK_HOLE);
                if (hole <= extent) {
                    return length;
                }
                allocated += hole - extent;
            }
            // None at all: this file system does not say.
            return allocated == 0 ? length : allocated;
        } finally {
            posix.close(descriptor);
        }
    }

    /**
     * The next excerpt goes to this file, which is made from zeros when some are ready.
     *
     * @return whether they were
     */
    boolean moveTo(int next) throws IOException {
        number = next;
        file = null;
        clock.currentTimeMillis(next * FILE_MILLIS);
        return zeroed.moveTo(directory.file(run, next));
    }

    int number() {
        return number;
    }

    /** The one that the last excerpt went to. */
    JournalFile file() {
        JournalFile written = file;
        if (written == null) {
            throw new IllegalStateException("nothing was written to file " + number + " yet");
        }
        return written;
    }

    /** Writes one excerpt and returns the offset of its first byte in the file. */
    long write(ByteBuffer bytes) throws IOException {
        try (DocumentContext context = appender.writingDocument()) {
            try {
                return write(context.wire().bytes(), bytes);
            } catch (IOException | RuntimeException e) {
                context.rollbackOnClose();
                throw e;
            }
        }
    }

    private long write(Bytes<?> out, ByteBuffer bytes) throws IOException {
        if (file == null) {
            file = directory.open(number, run, appender.currentFile().toPath());
            WritePosition.keepInMemory(appender);
        }
        long offset = out.writePosition();
        int length = bytes.remaining();
        file.write(offset, bytes);
        out.writeSkip(length);
        return offset;
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
    }
}
