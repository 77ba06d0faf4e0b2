package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes one snapshot on a thread of its own. The partition's thread hands it blocks and says when it is whole; nothing here makes that
 * thread wait. The file gets its name only after it was forced and read back.
 */
public final class SnapshotWriter implements SnapshotSink {
    /** Handed over and not yet written; beyond it the partition's thread stops copying. */
    private static final int BUFFERS_MAX = 32;

    private static final int POOLED_BYTES = 256 << 10;

    /** Forced at once, tens of megabytes would hold up the journal's syncs. */
    private static final int FORCED_BYTES = 4 << 20;

    private static final Block SEAL = new Block(BlockKind.END, ByteBuffer.allocate(0));
    private static final Block ABANDON = new Block(BlockKind.END, ByteBuffer.allocate(0));

    private final SnapshotStore store;
    private final SnapshotHeader header;
    private final Path unfinished;
    private final Runnable wakeUp;
    private final LinkedBlockingQueue<Block> queue = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<ByteBuffer> pool = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ByteBuffer blockHeader =
            ByteBuffer.allocate(BlockHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Thread thread = Threads.daemon("telpher-snapshot", this::run, this::failed);
    private int blocks;
    private int unforcedBytes;
    private volatile boolean done;
    private volatile @Nullable Throwable failure;
    private volatile long bytes;

    private record Block(BlockKind kind, ByteBuffer body) {}

    SnapshotWriter(SnapshotStore store, SnapshotHeader header, Runnable wakeUp) {
        this.store = store;
        this.header = header;
        this.unfinished = store.unfinished(header);
        this.wakeUp = wakeUp;
    }

    public void start() {
        thread.start();
    }

    @Override
    public ByteBuffer buffer(int bytesMin) {
        ByteBuffer pooled = bytesMin <= POOLED_BYTES ? pool.poll() : null;
        return pooled != null
                ? pooled.clear()
                : ByteBuffer.allocateDirect(Math.max(bytesMin, POOLED_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void block(BlockKind kind, ByteBuffer body) {
        waiting.incrementAndGet();
        queue.add(new Block(kind, body.flip()));
    }

    /** The disk is behind: copy on later. */
    public boolean isCrowded() {
        return waiting.get() >= BUFFERS_MAX;
    }

    /** Every block was handed over, and the journal is durable as far as this snapshot goes. */
    public void seal() {
        queue.add(SEAL);
    }

    /** It is not wanted any more; its thread removes what is there. */
    public void abandon() {
        queue.add(ABANDON);
    }

    /** It is there for good. */
    public boolean isDone() {
        return done;
    }

    @Nullable
    public Throwable failure() {
        return failure;
    }

    public long bytes() {
        return bytes;
    }

    private void run() {
        try {
            write();
            wakeUp.run();
        } catch (IOException e) {
            failed(e);
        } catch (InterruptedException e) {
            failed(e);
            Thread.currentThread().interrupt();
        }
    }

    /** Also whatever else ends the thread: the partition's thread must not wait for it, and another snapshot is tried later. */
    private void failed(Throwable cause) {
        removeUnfinished(cause);
        failure = cause;
        wakeUp.run();
    }

    private void write() throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            drain(channel, header.encode());
            Block block = queue.take();
            while (block.kind != BlockKind.END) {
                write(channel, block);
                block = queue.take();
            }
            if (block == ABANDON) {
                throw new IOException("abandoned");
            }
            ByteBuffer count = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            write(channel, new Block(BlockKind.END, count.putInt(0, blocks)));
            channel.force(true);
            bytes = channel.size();
        }
        store.finish(unfinished, header);
        done = true;
    }

    private void write(FileChannel channel, Block block) throws IOException {
        BlockHeader.of(block.kind, block.body).encode(blocks++, blockHeader);
        drain(channel, blockHeader);
        int length = block.body.remaining();
        drain(channel, block.body);
        unforcedBytes += length;
        if (unforcedBytes >= FORCED_BYTES) {
            channel.force(false);
            unforcedBytes = 0;
        }
        if (block.body.capacity() == POOLED_BYTES) {
            pool.add(block.body);
        }
        if (waiting.getAndDecrement() == BUFFERS_MAX) {
            wakeUp.run();
        }
    }

    private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void removeUnfinished(Throwable failed) {
        try {
            Files.deleteIfExists(unfinished);
        } catch (IOException | RuntimeException e) {
            failed.addSuppressed(e);
        }
    }
}
