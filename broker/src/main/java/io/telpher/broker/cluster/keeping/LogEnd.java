package io.telpher.broker.cluster.keeping;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the shared log ends on this disk, before Raft's library reads it. A kill or a power cut can leave entries there that were never forced: half written, zeros where the
 * first of them should be, whole ones behind those. They never counted, and are cut off. A bad byte in one that counts looks the same, also to the library: one in its size
 * may lead past the file's end, and the library would leave out that entry and all behind it.
 *
 * <p>{@link CommitIndex} tells them apart. The entries up to there count, so they must be whole; what begins behind it may be cut off.
 */
public final class LogEnd {
    private static final Logger LOG = LoggerFactory.getLogger(LogEnd.class);

    /** Of the file that is written, with its first index behind. */
    private static final String OPEN = "log_inprogress_";
    /** Of one that is whole, with its first and last index behind: {@code log_0-26}. The library counts what is in it. */
    private static final String CLOSED = "log_";

    private static final int RADIX = 10;
    private static final int HEADER_BYTES = 8;
    private static final int CHECKSUM_BYTES = Integer.BYTES;

    private static final int SIZE_BITS = 7;
    private static final int MORE = 1 << SIZE_BITS;

    private LogEnd() {}

    /** The log's files in their order, the one that is written last. */
    public static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> nameOf(file).startsWith(CLOSED))
                    .sorted(Comparator.comparingLong(LogEnd::firstIndex))
                    .toList();
        }
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString();
    }

    private static long firstIndex(Path file) {
        String name = nameOf(file);
        return name.startsWith(OPEN)
                ? Long.parseLong(name, OPEN.length(), name.length(), RADIX)
                : Long.parseLong(name, CLOSED.length(), name.indexOf('-'), RADIX);
    }

    /**
     * Cuts off what is behind the last whole entry.
     *
     * @param folder of the log's files; nothing is done when it is not there
     * @param committed index up to which entries count
     * @param covered index up to which the log may have been cut at its other end
     * @throws IOException when an entry that counts is damaged or not there; nothing is changed then
     */
    public static void settle(Path folder, long committed, long covered) throws IOException {
        if (!Files.isDirectory(folder)) {
            return; // nothing was written yet
        }
        long last = covered;
        for (Path file : files(folder)) {
            String name = nameOf(file);
            last = Math.max(
                    last,
                    name.startsWith(OPEN)
                            ? settleOpen(file, committed)
                            : Long.parseLong(name, name.indexOf('-') + 1, name.length(), RADIX));
        }
        if (last < committed && committed != CommitIndex.UNREADABLE) {
            throw new IOException("it ends at index " + last + ", and entries up to " + committed + " were committed");
        }
    }

    /** @return index of its last entry */
    private static long settleOpen(Path file, long committed) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer log = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            long last = firstIndex(file) - 1;
            int end = Math.min(HEADER_BYTES, log.limit());
            for (int next = endOfEntry(log, end); next >= 0; next = endOfEntry(log, end)) {
                end = next;
                last++;
            }
            if (isZero(log, end)) {
                return last;
            }
            if (last < committed) {
                throw new IOException(file + " is damaged from byte " + end + " on, behind index " + last
                        + (committed == CommitIndex.UNREADABLE
                                ? "; which entries were committed is not known"
                                : ", and entries up to " + committed + " were committed"));
            }
            LOG.info(
                    "what was not written to its end behind the shared log's index {} never counted, and is cut off: {} ends at byte {} now",
                    last,
                    file,
                    end);
            channel.truncate(end);
            channel.force(true);
            return last;
        }
    }

    /** -1 when the bytes from there on are no whole entry: a size, that many bytes, and the checksum of both. */
    private static int endOfEntry(ByteBuffer log, int start) {
        log.position(start);
        int size = size(log);
        if (size <= 0 || size > log.remaining() - CHECKSUM_BYTES) {
            return -1;
        }
        int checksumAt = log.position() + size;
        CRC32C checksum = new CRC32C();
        checksum.update(log.duplicate().position(start).limit(checksumAt));
        return log.getInt(checksumAt) == (int) checksum.getValue() ? checksumAt + CHECKSUM_BYTES : -1;
    }

    /** A number in pieces of seven bits, the lowest first; -1 when it does not end, or is none. */
    private static int size(ByteBuffer log) {
        int size = 0;
        for (int shift = 0; shift < Integer.SIZE && log.hasRemaining(); shift += SIZE_BITS) {
            byte piece = log.get();
            size |= (piece & (MORE - 1)) << shift;
            if ((piece & MORE) == 0) {
                return size;
            }
        }
        return -1;
    }

    private static boolean isZero(ByteBuffer log, int from) {
        for (int at = from; at < log.limit(); at++) {
            if (log.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
