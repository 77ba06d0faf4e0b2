package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * One file of the journal: written and read by position from the partition's thread, forced from the sync thread. Its number never changes and is
 * never given again.
 */
final class JournalFile implements RewritableBytes, AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;
    private static final long UNKNOWN = -1;

    private final int number;
    private final long term;
    private final Path path;
    private final FileChannel channel;
    private long bytesWhenClosed = UNKNOWN;

    private JournalFile(int number, long term, Path path, FileChannel channel) {
        this.number = number;
        this.term = term;
        this.path = path;
        this.channel = channel;
    }

    static JournalFile open(int number, long term, Path path, ChannelOpener opener) throws IOException {
        return new JournalFile(number, term, path, opener.open(path));
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public long term() {
        return term;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long length() throws IOException {
        return channel.size();
    }

    @Override
    public ByteBuffer map() throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
    }

    void force() throws IOException {
        channel.force(false);
    }

    /**
     * What it takes on the disk, when nothing is appended to it any more. Chronicle maps more than is written, so the length of a file that
     * was not made of zeros says little.
     *
     * @param most counted at most
     */
    long bytesWhenClosed(long most) {
        if (bytesWhenClosed == UNKNOWN) {
            bytesWhenClosed = Math.min(ChronicleFiles.allocatedBytes(path), most);
        }
        return bytesWhenClosed;
    }

    /** Fills the buffer from its position as far as the file goes. */
    void read(long offset, ByteBuffer into) throws IOException {
        long position = offset;
        while (into.hasRemaining()) {
            int read = channel.read(into, position);
            if (read < 0) {
                return;
            }
            position += read;
        }
    }

    /** Writes all of the buffer. */
    void write(long offset, ByteBuffer from) throws IOException {
        long position = offset;
        while (from.hasRemaining()) {
            position += channel.write(from, position);
        }
    }

    @Override
    public void writeAgain(long from, long to) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        for (long at = from; at < to; at += piece.limit()) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, to - at));
            read(at, piece);
            write(at, piece.flip());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
