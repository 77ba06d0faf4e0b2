package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.faults.PowerLossFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the library's writer of the shared log leaves behind its last entry, with the class that takes the place of one of its own. */
class SharedLogZerosTest {
    private static final SizeInBytes MOST = SizeInBytes.valueOf("32MB");
    private static final int ZEROS_AHEAD = 64 << 10;
    private static final int LARGE = 100_000;
    private static final int SMALL = 5_000;
    /** More than the buffer takes. */
    private static final int MANY = 30;

    @TempDir
    Path folder;

    private Path file;
    private SegmentedRaftLogOutputStream log;
    private final Random random = new Random(3);
    private int entries;

    @BeforeEach
    void open() throws IOException {
        file = folder.resolve("log_inprogress_0");
        log = open(false);
    }

    private SegmentedRaftLogOutputStream open(boolean append) throws IOException {
        return new SegmentedRaftLogOutputStream(
                file.toFile(), append, MOST.getSize(), ZEROS_AHEAD, ByteBuffer.allocateDirect(1 << 20));
    }

    @AfterEach
    void close() throws IOException {
        log.close();
    }

    private void write(int bytes) throws IOException {
        byte[] data = new byte[bytes];
        random.nextBytes(data);
        data[bytes - 1] = 1;
        log.write(LogEntryProto.newBuilder()
                .setTerm(1)
                .setIndex(entries++)
                .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFrom(data)))
                .build());
    }

    /** At the end of the file; a checksum may end in one, too. */
    private int zeros() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int at = bytes.length;
        while (at > 0 && bytes[at - 1] == 0) {
            at--;
        }
        return bytes.length - at;
    }

    @Test
    void shouldForceNoZerosBehindLargeEntries() throws IOException {
        write(LARGE);
        log.flush();
        int behindHeaders = zeros();
        assertTrue(behindHeaders < SMALL, behindHeaders + " of them");
        for (int i = 0; i < MANY; i++) {
            write(LARGE);
            write(2 * LARGE);
            write(LARGE);
            log.flush();
            int left = zeros();
            assertTrue(left < SMALL, left + " of them");
        }
        assertReadable();
    }

    @Test
    void shouldWriteZerosAheadOfSmallEntries() throws IOException {
        long size = Files.size(file);
        int grown = 0;
        for (int i = 0; i < MANY; i++) {
            write(SMALL);
            log.flush();
            grown += Files.size(file) == size ? 0 : 1;
            size = Files.size(file);
        }
        assertEquals(2, grown, "the header's zeros had room for the first of them");
        write(LARGE);
        log.flush();
        assertTrue(zeros() < SMALL, "a large entry goes over the zeros, and past them");
        assertReadable();
    }

    @Test
    void shouldGoOnAtTheEnd() throws IOException {
        write(SMALL);
        log.close();
        int end = Math.toIntExact(Files.size(file));
        assertTrue(zeros() < 2, "no zeros are left in a closed file");
        log = open(true);
        write(LARGE);
        log.flush();
        assertTrue(Files.size(file) > end + LARGE);
        assertReadable();
        log = open(false);
        entries = 0;
        write(SMALL);
        assertReadable();
    }

    @Test
    void shouldForceWhatIsFlushed() throws IOException {
        String missing = PowerLossFileSystem.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no disk that fails, because " + missing);
        log.close();
        try (PowerLossFileSystem disk = PowerLossFileSystem.mount(Files.createDirectory(folder.resolve("disk")))) {
            file = disk.directory().resolve("log_inprogress_0");
            log = open(false);
            for (int size : new int[] {SMALL, LARGE}) {
                write(size);
                log.flush();
                disk.failSyncs(1);
                write(size);
                assertThrows(IOException.class, log::flush, size + " bytes were not forced");
            }
            assertReadable();
        }
    }

    private void assertReadable() throws IOException {
        log.close();
        int read = LogSegment.readSegmentFile(
                file.toFile(),
                LogSegmentPath.matchLogSegment(file).getStartEnd(),
                MOST,
                CorruptionPolicy.EXCEPTION,
                null,
                null);
        assertEquals(entries, read);
    }
}
