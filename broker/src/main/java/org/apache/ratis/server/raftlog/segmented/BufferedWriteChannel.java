package org.apache.ratis.server.raftlog.segmented;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.apache.ratis.util.function.CheckedBiFunction;
import org.apache.ratis.util.function.CheckedConsumer;

/**
 * Takes the place of a class of Raft's library (3.3.0): a file of the shared log while it is written. Entries gather in a buffer until they are forced together.
 *
 * <p>The library's own writes zeros ahead of whatever does not fit into the file yet: as many as gathered in the buffer, behind those that are there already, for each entry anew.
 * What is forced next is fewer bytes than that, so that a fifth to a third of the log went to the disk twice, once as zeros. Zeros are worth it only ahead of small entries, of which
 * several fit into them: their syncs don't change the file's size then, and take half as long. A larger one writes none, since the file grows with it anyhow. See docs/decisions/0055.
 */
final class BufferedWriteChannel implements Closeable {
    /** Of the 64 KiB of zeros that are asked for ahead of what is smaller, at least four such entries take the place. */
    private static final int SMALL_BYTES = 16 << 10;

    private final String name;
    private final FileChannel file;
    private final ByteBuffer buffer;
    private boolean isForced = true;

    private BufferedWriteChannel(String name, FileChannel file, ByteBuffer buffer) {
        this.name = name;
        this.file = file;
        this.buffer = buffer;
    }

    /** @param append whether to go on at the end of what is there */
    static BufferedWriteChannel open(File file, boolean append, ByteBuffer buffer) throws IOException {
        FileChannel channel = FileChannel.open(
                file.toPath(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (append) {
            channel.position(channel.size());
        } else {
            channel.truncate(0);
        }
        return new BufferedWriteChannel(file.getName(), channel, buffer);
    }

    /** @param preallocate writes zeros behind the file's end, at least the number that it is given */
    void preallocateIfNecessary(long size, CheckedBiFunction<FileChannel, Long, Long, IOException> preallocate)
            throws IOException {
        long outstanding = buffer.position() + size;
        if (outstanding < SMALL_BYTES && file.position() + outstanding > file.size()) {
            preallocate.apply(file, outstanding);
        }
    }

    /** @param entry writes this number of bytes */
    void writeToBuffer(int size, CheckedConsumer<ByteBuffer, IOException> entry) throws IOException {
        if (size > buffer.remaining()) {
            writeBuffer();
        }
        int end = buffer.position() + size;
        entry.accept(buffer);
        if (buffer.position() != end) {
            throw new IOException("an entry of " + size + " bytes ends " + (buffer.position() - end)
                    + " bytes behind its end in " + name);
        }
    }

    /** Past the buffer, in which nothing is. */
    void writeToChannel(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        isForced = false;
    }

    private void writeBuffer() throws IOException {
        if (buffer.position() > 0) {
            writeToChannel(buffer.flip());
            buffer.clear();
        }
    }

    /** Brings to the disk what was written. */
    void flush() throws IOException {
        writeBuffer();
        if (!isForced) {
            file.force(false);
            isForced = true;
        }
    }

    /** Not later: nothing counts before it is on the disk. */
    CompletableFuture<Void> asyncFlush(ExecutorService executor) throws IOException {
        flush();
        return CompletableFuture.completedFuture(null);
    }

    /** Leaves out the zeros that nothing took the place of. */
    @Override
    public void close() throws IOException {
        try (FileChannel closed = file) {
            if (closed.isOpen()) {
                closed.truncate(closed.position());
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
