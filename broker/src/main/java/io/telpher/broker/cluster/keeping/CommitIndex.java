package io.telpher.broker.cluster.keeping;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * {@code commit-index} beside Raft's log: an index up to which this node knows the entries to be committed, which it has forced itself by then. Raft never takes such an entry
 * back, so the number only grows, and a start can tell a bad byte in what counts from what was not written to its end ({@link LogEnd}).
 *
 * <p>It is written to a mapped page, which outlives the process, and forced now and then: a power cut may leave an older number, never one that is too large. The number is
 * one word together with its check, since the machine writes no less at once.
 */
public final class CommitIndex {
    /** No entry is known to be committed. */
    public static final long NONE = -1;
    /** The file is damaged: any entry may be committed. */
    public static final long UNREADABLE = Long.MAX_VALUE;

    private static final String FILE = "commit-index";
    private static final int CHECK_BITS = 16;
    private static final long MIX = 0x9E3779B97F4A7C15L; // spreads each bit of the index over the highest ones

    private final Path folder;
    private volatile @Nullable MappedByteBuffer page;
    private volatile long index;
    private volatile long forced = NONE;

    /** @param folder of the group, which need not be there yet */
    public CommitIndex(Path folder) throws IOException {
        this.folder = folder;
        this.index = read(folder);
    }

    private static long read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return NONE;
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length != Long.BYTES) {
            return bytes.length == 0 ? NONE : UNREADABLE; // the process ended when it had just made it
        }
        long word = ByteBuffer.wrap(bytes).getLong();
        long index = word >> CHECK_BITS;
        return word(index) == word ? index : UNREADABLE;
    }

    private static long word(long index) {
        return index << CHECK_BITS | index * MIX >>> Long.SIZE - CHECK_BITS;
    }

    /** The last one that was written, also by the process before. Any thread. */
    public long last() {
        return index;
    }

    /** The entries up to there are committed. One thread. */
    public void advance(long committed) throws IOException {
        if (committed <= index && index != UNREADABLE) {
            return; // a start reads again what no snapshot covers
        }
        MappedByteBuffer present = page;
        if (present == null) {
            present = open();
            page = present;
        }
        present.putLong(0, word(committed));
        index = committed;
    }

    private MappedByteBuffer open() throws IOException {
        Path file = folder.resolve(FILE);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            boolean isNew = channel.size() == 0;
            if (isNew) {
                channel.write(ByteBuffer.allocate(Long.BYTES).putLong(0, word(NONE)));
                channel.force(true);
                DurableFile.force(folder);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
        }
    }

    /** What was written is on the disk then. Any thread. */
    public void force() {
        MappedByteBuffer present = page;
        long written = index;
        if (present != null && written != forced) {
            present.force();
            forced = written;
        }
    }
}
