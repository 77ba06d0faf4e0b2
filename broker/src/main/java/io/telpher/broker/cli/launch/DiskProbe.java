package io.telpher.broker.cli.launch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Writes and syncs in a file of its own, which is gone afterwards, as a journal does. */
final class DiskProbe implements AutoCloseable {
    static final int BATCH = 64;
    private static final int BLOCK_BYTES = 4096;
    private static final int RECORD_BYTES = 2048;
    private static final int ZEROS_BYTES = 16 << 20;
    private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final FileChannel channel;

    DiskProbe(Path directory) throws IOException {
        file = Files.createTempFile(directory, "tq-doctor", ".tmp");
        channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }

    /** Latencies in ns, of how many writes in how long. */
    record Syncs(Histogram nanos, double perSecond) {
        double ms(double percentile) {
            return nanos.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /** Each block makes the file longer, so that a sync writes the file's length too. */
    Syncs appends() throws IOException {
        channel.truncate(0);
        return run(BLOCK_BYTES, Long.MAX_VALUE);
    }

    /** Over zeros that are on the disk already, as the journal does with files made ahead. */
    Syncs overZeros() throws IOException {
        channel.truncate(0);
        write(ByteBuffer.allocate(ZEROS_BYTES), 0);
        channel.force(true);
        return run(BLOCK_BYTES, ZEROS_BYTES);
    }

    /** Batches of 64 records of 2 KiB, one sync each. */
    Syncs batches() throws IOException {
        channel.truncate(0);
        return run(BATCH * RECORD_BYTES, Long.MAX_VALUE);
    }

    private Syncs run(int bytes, long endPosition) throws IOException {
        byte[] content = new byte[bytes];
        java.util.Arrays.fill(content, (byte) 0x5a);
        Histogram nanos = new Histogram(3);
        long start = System.nanoTime();
        long now = start;
        for (long position = 0; now - start < RUN_NANOS && position + bytes <= endPosition; position += bytes) {
            write(ByteBuffer.wrap(content), position);
            channel.force(false);
            long end = System.nanoTime();
            nanos.recordValue(end - now);
            now = end;
        }
        return new Syncs(nanos, nanos.getTotalCount() * 1e9 / (now - start));
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.delete(file);
    }
}
