package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One file of the journal: written and read by position from the partition's thread, forced from the sync thread. Its number never changes and is
 * never given again.
 */
final class JournalFile implements RewritableBytes, AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;
    private static final int PROBE_BYTES = 256 << 10;
    private static final int PAGE_BYTES = 4096;
    private static final byte DAMAGE = -1;
    private static final long UNKNOWN = -1;

    private final int number;
    private final long run;
    private final Path path;
    private final FileChannel channel;
    private long bytesWhenClosed = UNKNOWN;
    private boolean isReadable;
    private @Nullable ByteBuffer damaged;

    private JournalFile(int number, long run, Path path, FileChannel channel) {
        this.number = number;
        this.run = run;
        this.path = path;
        this.channel = channel;
    }

    static JournalFile open(int number, long run, Path path, ChannelOpener opener) throws IOException {
        return new JournalFile(number, run, path, opener.open(path));
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public long run() {
        return run;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long length() throws IOException {
        return channel.size();
    }

    /** @throws CorruptJournalException when the disk does not give back all of it; whoever met that in a mapping would be ended by the kernel */
    @Override
    public ByteBuffer map() throws IOException {
        if (!isReadable) {
            long unreadable = firstUnreadable();
            if (unreadable != UNKNOWN) {
                throw new CorruptJournalException(path, unreadable, "the disk does not give back what is here");
            }
            isReadable = true;
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** For those who look for what is intact: what can't be read looks damaged. It is not zeros, which would look like the log's end. */
    ByteBuffer mapWithDamage() throws IOException {
        // Once: those who look ask for each batch.
        if (!isReadable && damaged == null) {
            isReadable = firstUnreadable() == UNKNOWN;
        }
        if (isReadable) {
            return map();
        }
        if (damaged == null) {
            damaged = copyAroundDamage();
        }
        return damaged.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    private long firstUnreadable() throws IOException {
        int size = Math.toIntExact(channel.size());
        ByteBuffer piece = ByteBuffer.allocateDirect(PROBE_BYTES);
        for (int at = 0; at < size; at += PROBE_BYTES) {
            if (canRead(at, piece.clear())) {
                continue;
            }
            for (int page = at; page < Math.min(size, at + PROBE_BYTES); page += PAGE_BYTES) {
                if (!canRead(page, piece.clear().limit(PAGE_BYTES))) {
                    return page;
                }
            }
        }
        return UNKNOWN;
    }

    private ByteBuffer copyAroundDamage() throws IOException {
        ByteBuffer copy = ByteBuffer.allocateDirect(Math.toIntExact(channel.size()));
        for (int page = 0; page < copy.capacity(); page += PAGE_BYTES) {
            copy.limit(Math.min(copy.capacity(), page + PAGE_BYTES)).position(page);
            if (!canRead(page, copy)) {
                copy.position(page);
                while (copy.hasRemaining()) {
                    copy.put(DAMAGE);
                }
            }
        }
        return copy.clear();
    }

    private boolean canRead(long offset, ByteBuffer into) throws IOException {
        try {
            read(offset, into);
            return true;
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            return false;
        }
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
