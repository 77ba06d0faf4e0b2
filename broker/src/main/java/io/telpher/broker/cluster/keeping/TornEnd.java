package io.telpher.broker.cluster.keeping;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts off what a process that was killed, or a machine without power, had begun to write to the shared log. Raft's library leaves out an entry that the file's end cuts short, since it
 * was never forced, so never counted. But it also writes zeros ahead of each entry, and then such an entry ends in these instead: its checksum does not match, and the library
 * takes the log for damaged.
 *
 * <p>An entry is cut off only when its checksum and all behind it are zeros, or its checksum is right up to the end of a sector and zeros follow. Whatever else does not match stays, and
 * the node does not start: that may be an entry that counts, with a bad byte.
 */
public final class TornEnd {
    private static final Logger LOG = LoggerFactory.getLogger(TornEnd.class);

    private static final int HEADER_BYTES = 8;
    private static final int CHECKSUM_BYTES = Integer.BYTES;
    /** Neither a kill nor a power cut ends a write in the middle of one. */
    private static final int SECTOR_BYTES = 512;

    private static final int SIZE_BITS = 7;
    private static final int MORE = 1 << SIZE_BITS;

    private TornEnd() {}

    /** @param current folder of the log's files; of them only the one that is being written can have such an end */
    public static void cut(Path current) throws IOException {
        if (!Files.isDirectory(current)) {
            return; // nothing was written yet
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(current, "log_inprogress_*")) {
            for (Path file : files) {
                cutFile(file);
            }
        }
    }

    private static void cutFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            int torn = torn(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            if (torn >= 0) {
                LOG.info(
                        "the shared log's last entry was cut off while it was written, and never counted: {} ends at byte {} now",
                        file,
                        torn);
                channel.truncate(torn);
                channel.force(true);
            }
        }
    }

    /** @return where an entry begins that was not written to its end; -1 when there is none */
    private static int torn(ByteBuffer log) {
        int start = HEADER_BYTES;
        while (start < log.limit() && log.get(start) != 0) {
            log.position(start);
            int size = size(log);
            if (size < 0 || size > log.remaining() - CHECKSUM_BYTES) {
                return -1; // the library knows an end of the file
            }
            int checksumAt = log.position() + size;
            CRC32C checksum = new CRC32C();
            checksum.update(log.duplicate().position(start).limit(checksumAt));
            if (log.getInt(checksumAt) != (int) checksum.getValue()) {
                return isZero(log, endOfWritten(log, checksumAt, (int) checksum.getValue())) ? start : -1;
            }
            start = checksumAt + CHECKSUM_BYTES;
        }
        return -1;
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

    /** Where zeros must begin: in the checksum where a sector ends, when it is right up to there; else with the checksum. */
    private static int endOfWritten(ByteBuffer log, int checksumAt, int checksum) {
        int written = -checksumAt & (SECTOR_BYTES - 1); // of the checksum
        boolean isRight = written < CHECKSUM_BYTES;
        for (int i = 0; isRight && i < written; i++) {
            isRight = log.get(checksumAt + i) == (byte) (checksum >> Byte.SIZE * (CHECKSUM_BYTES - 1 - i));
        }
        return isRight ? checksumAt + written : checksumAt;
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
