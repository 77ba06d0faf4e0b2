package io.telpher.broker.cluster.keeping;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log as the library writes it, with its zeros ahead, is cut off at each byte of its last entry, as kill -9 and power cuts do. */
class TornEndTest {
    private static final SizeInBytes MOST = SizeInBytes.valueOf("1MB");
    private static final int ZEROS_AHEAD = 4096;
    private static final int SECTOR = 512;
    private static final int ENTRIES = 3;
    private static final int[] SIZES = {40, 300, 700};

    @TempDir
    Path folder;

    private Path file;
    private byte[] whole;
    /** Where each entry ends. */
    private final List<Integer> ends = new ArrayList<>();

    @BeforeEach
    void writeLog() throws IOException {
        writeLog(SIZES[0]);
    }

    private void writeLog(int firstSize) throws IOException {
        ends.clear();
        file = folder.resolve("log_inprogress_7");
        Random random = new Random(7);
        try (SegmentedRaftLogOutputStream log = new SegmentedRaftLogOutputStream(
                file.toFile(), false, MOST.getSize(), ZEROS_AHEAD, ByteBuffer.allocateDirect(1 << 16))) {
            for (int i = 0; i < ENTRIES; i++) {
                byte[] data = new byte[i == 0 ? firstSize : SIZES[i]];
                random.nextBytes(data);
                log.write(LogEntryProto.newBuilder()
                        .setTerm(1)
                        .setIndex(7 + i)
                        .setStateMachineLogEntry(
                                StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFrom(data)))
                        .build());
                log.flush();
                ends.add(lastNonZero(Files.readAllBytes(file)) + 1);
            }
            whole = Files.readAllBytes(file); // closing it would cut the zeros
        }
        assertEquals(ZEROS_AHEAD, whole.length, "zeros are ahead of the log");
        assertEquals(ENTRIES, entries(whole));
    }

    private static int lastNonZero(byte[] bytes) {
        int at = bytes.length - 1;
        while (bytes[at] == 0) {
            at--;
        }
        return at;
    }

    /** By the library, as a start reads it. */
    private int entries(byte[] log) throws IOException {
        Files.write(file, log);
        return LogSegment.readSegmentFile(
                file.toFile(),
                LogSegmentPath.matchLogSegment(file).getStartEnd(),
                MOST,
                CorruptionPolicy.EXCEPTION,
                null,
                null);
    }

    private byte[] cut(byte[] log) throws IOException {
        Files.write(file, log);
        TornEnd.cut(folder);
        return Files.readAllBytes(file);
    }

    @Test
    void shouldCutWhatWasNotWrittenToItsEnd() throws IOException {
        int start = ends.get(ENTRIES - 2);
        int checksum = ends.get(ENTRIES - 1) - Integer.BYTES;
        int refusedByLibrary = 0;
        for (int written = start + 1; written <= checksum; written++) {
            byte[] torn = torn(written);
            try {
                entries(torn);
            } catch (IOException e) {
                refusedByLibrary++;
            }
            byte[] kept = cut(torn);
            assertEquals(ENTRIES - 1, entries(kept), "written up to " + written);
            assertArrayEquals(Arrays.copyOf(whole, start), Arrays.copyOf(kept, start));
        }
        assertEquals(checksum - start, refusedByLibrary, "else this class is not needed any more");
    }

    private byte[] torn(int written) {
        byte[] torn = whole.clone();
        Arrays.fill(torn, written, torn.length, (byte) 0);
        return torn;
    }

    @Test
    void shouldCutWithinTheChecksumOnlyWhereASectorEnds() throws IOException {
        int inChecksum = Integer.BYTES / 2;
        for (int size = SIZES[0]; (ends.get(ENTRIES - 1) - inChecksum) % SECTOR != 0; size++) {
            writeLog(size);
        }
        int end = ends.get(ENTRIES - 1);
        for (int written = end - Integer.BYTES + 1; written < end; written++) {
            byte[] torn = torn(written);
            byte[] kept = cut(torn);
            if (written % SECTOR == 0) {
                assertEquals(ENTRIES - 1, entries(kept));
            } else {
                assertArrayEquals(torn, kept, "a checksum with a bad byte looks like that");
            }
        }
    }

    @Test
    void shouldKeepAWholeLog() throws IOException {
        assertArrayEquals(whole, cut(whole));
        byte[] withoutZeros = Arrays.copyOf(whole, ends.get(ENTRIES - 1));
        assertArrayEquals(withoutZeros, cut(withoutZeros));
        byte[] endsInEntry = Arrays.copyOf(whole, ends.get(ENTRIES - 1) - 1);
        assertArrayEquals(endsInEntry, cut(endsInEntry));
        assertEquals(ENTRIES - 1, entries(endsInEntry), "the library leaves it out");
    }

    /** It may be of an entry that counts. */
    @Test
    void shouldKeepADamagedByteForTheLibraryToRefuse() throws IOException {
        int inSize = 2; // of the first entry's size and after it; the size itself may lead anywhere
        for (int at = 8 + inSize; at < ends.get(ENTRIES - 1); at++) {
            if (at == ends.get(0) || at == ends.get(0) + 1 || at == ends.get(1) || at == ends.get(1) + 1) {
                continue;
            }
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            byte[] kept = cut(damaged);
            assertArrayEquals(damaged, kept, "byte " + at);
            assertThrows(IOException.class, () -> entries(kept), "byte " + at);
        }
    }

    @Test
    void shouldKeepAnEntryOfZerosThatOthersFollow() throws IOException {
        byte[] damaged = whole.clone();
        Arrays.fill(damaged, ends.get(0) + 100, ends.get(1), (byte) 0);
        assertArrayEquals(damaged, cut(damaged));
        assertThrows(IOException.class, () -> entries(damaged));
    }

    @Test
    void shouldTakeAFolderWithoutALog() throws IOException {
        TornEnd.cut(folder.resolve("none"));
        Files.delete(file);
        TornEnd.cut(folder);
        assertArrayEquals(new byte[8], cut(new byte[8]));
        assertArrayEquals(new byte[0], cut(new byte[0]));
    }
}
