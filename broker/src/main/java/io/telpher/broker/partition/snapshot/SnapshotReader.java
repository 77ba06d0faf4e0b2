package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.snapshot.SnapshotFormat;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads a snapshot's file and checks every byte of it. */
public final class SnapshotReader implements Closeable {
    /** Takes a block. */
    @FunctionalInterface
    interface Each {
        void accept(BlockKind kind, ByteBuffer body) throws IOException;
    }

    private final SeekableByteChannel channel;
    private final ByteBuffer headerBytes =
            ByteBuffer.allocate(BlockHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer body =
            ByteBuffer.allocateDirect(SnapshotFormat.BLOCK_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
    private final SnapshotHeader header;

    /** @throws DamagedSnapshotException when the file doesn't begin like a snapshot */
    public SnapshotReader(Path file) throws IOException {
        this(FileChannel.open(file, StandardOpenOption.READ));
    }

    /** @param content closed with this, also when it is no snapshot */
    public SnapshotReader(SeekableByteChannel content) throws IOException {
        channel = content;
        try {
            ByteBuffer first = ByteBuffer.allocate(SnapshotHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            fill(first);
            header = SnapshotHeader.decode(first.flip());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    SnapshotHeader header() {
        return header;
    }

    long bytes() throws IOException {
        return channel.size();
    }

    /** Bytes read so far. */
    public long bytesRead() throws IOException {
        return channel.position();
    }

    /**
     * Hands over every block but the last, which says how many there are; a body is valid only during the call.
     *
     * @throws DamagedSnapshotException at the first damage, when others were handed over already
     */
    void blocks(Each each) throws IOException {
        int number = 0;
        while (true) {
            BlockHeader block = next(number);
            if (block.kind() == BlockKind.END) {
                requireEnd(number);
                return;
            }
            each.accept(block.kind(), body.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            number++;
        }
    }

    private BlockHeader next(int number) throws IOException {
        fill(headerBytes.clear());
        BlockHeader block = BlockHeader.decode(number, headerBytes);
        fill(body.clear().limit(block.bytes()));
        block.requireIntact(number, body.flip());
        return block;
    }

    private void requireEnd(int blocks) throws IOException {
        if (body.remaining() != Integer.BYTES || body.getInt(0) != blocks || channel.position() != channel.size()) {
            throw new DamagedSnapshotException("it does not end where it should");
        }
    }

    private void fill(ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new DamagedSnapshotException("it is cut off at byte " + channel.size());
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
