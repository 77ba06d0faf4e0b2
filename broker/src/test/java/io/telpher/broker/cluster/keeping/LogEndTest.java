package io.telpher.broker.cluster.keeping;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log as the library writes it, with its zeros ahead, cut off and hurt at each of its bytes. */
class LogEndTest {
    private static final SizeInBytes MOST = SizeInBytes.valueOf("1MB");
    private static final int ZEROS_AHEAD = 4096;
    private static final int HEADER = 8;
    private static final int FEW = 20;
    private static final int ENTRIES = 3;
    private static final long FIRST = 7;
    private static final long LAST = FIRST + ENTRIES - 1;
    private static final int[] SIZES = {40, 300, 700};

    @TempDir
    Path folder;

    private Path file;
    private byte[] whole;
    /** Where each entry ends. */
    private final List<Integer> ends = new ArrayList<>();

    @BeforeEach
    void writeLog() throws IOException {
        file = folder.resolve("log_inprogress_" + FIRST);
        Random random = new Random(7);
        try (SegmentedRaftLogOutputStream log = new SegmentedRaftLogOutputStream(
                file.toFile(), false, MOST.getSize(), ZEROS_AHEAD, ByteBuffer.allocateDirect(1 << 16))) {
            for (int i = 0; i < ENTRIES; i++) {
                byte[] data = new byte[SIZES[i]];
                random.nextBytes(data);
                log.write(LogEntryProto.newBuilder()
                        .setTerm(1)
                        .setIndex(FIRST + i)
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

    /** What is left of it, as a start leaves it to the library. */
    private byte[] settled(byte[] log, long committed) throws IOException {
        Files.write(file, log);
        LogEnd.settle(folder, committed, FIRST - 1);
        return Files.readAllBytes(file);
    }

    private void assertRefused(byte[] log, long committed, String name) throws IOException {
        Files.write(file, log);
        assertThrows(IOException.class, () -> LogEnd.settle(folder, committed, FIRST - 1), name);
        assertArrayEquals(log, Files.readAllBytes(file), name);
    }

    private byte[] torn(int written) {
        byte[] torn = whole.clone();
        Arrays.fill(torn, written, torn.length, (byte) 0);
        return torn;
    }

    @Test
    @DisplayName("what was not written to its end is cut off: zeros follow, or nothing")
    void cutsWhatWasNotWritten() throws IOException {
        int start = ends.get(ENTRIES - 2);
        int refusedByLibrary = 0;
        for (int written = start + 1; written < ends.get(ENTRIES - 1); written += written < start + FEW ? 1 : FEW) {
            for (byte[] log : List.of(torn(written), Arrays.copyOf(whole, written))) {
                try {
                    entries(log);
                } catch (IOException e) {
                    refusedByLibrary++;
                }
                byte[] kept = settled(log, LAST - 1);
                assertArrayEquals(Arrays.copyOf(whole, start), kept, "written up to " + written);
                assertEquals(ENTRIES - 1, entries(kept));
                assertRefused(log, LAST, "written up to " + written);
            }
        }
        assertTrue(refusedByLibrary > 0, "the library takes zeros for the end now");
    }

    @Test
    @DisplayName(
            "a bad byte anywhere in an entry that was committed is refused, in its size too; behind them it is cut off")
    void refusesABadByteInWhatCounts() throws IOException {
        int takenForTheEnd = 0;
        for (int hurt = 0; hurt < ENTRIES; hurt++) {
            int start = hurt == 0 ? HEADER : ends.get(hurt - 1);
            for (int at = start; at < ends.get(hurt); at += at < start + FEW ? 1 : FEW) {
                for (int bit = 1; bit < 1 << Byte.SIZE; bit <<= 1) {
                    byte[] damaged = whole.clone();
                    damaged[at] ^= (byte) bit;
                    String name = "byte " + at + " of entry " + hurt;
                    for (long committed = FIRST + hurt; committed <= LAST; committed++) {
                        assertRefused(damaged, committed, name);
                    }
                    assertArrayEquals(Arrays.copyOf(whole, start), settled(damaged, FIRST + hurt - 1), name);
                    if (at == start + 1) { // the higher half of its size
                        takenForTheEnd += missedByLibrary(damaged);
                    }
                }
            }
        }
        assertTrue(takenForTheEnd > 0, "the library leaves out no entry whose size is wrong any more");
    }

    private int missedByLibrary(byte[] damaged) {
        try {
            return ENTRIES - entries(damaged);
        } catch (IOException e) {
            return 0;
        }
    }

    @Test
    @DisplayName(
            "a power cut that kept later sectors of what was never forced, and not the first ones, leaves what was forced")
    void cutsWholeEntriesBehindLostOnes() throws IOException {
        byte[] log = whole.clone();
        Arrays.fill(log, ends.get(0), ends.get(1), (byte) 0);
        assertThrows(IOException.class, () -> entries(log));
        assertArrayEquals(Arrays.copyOf(whole, ends.get(0)), settled(log, FIRST));
        assertRefused(log, FIRST + 1, "the second one was committed");
    }

    @Test
    @DisplayName("a log that ends before what was committed is refused, as far as no snapshot covers it")
    void refusesALogThatEndsTooEarly() throws IOException {
        byte[] log = Arrays.copyOf(whole, ends.get(1));
        assertArrayEquals(log, settled(log, LAST - 1));
        assertRefused(log, LAST, "cut");
        assertRefused(torn(ends.get(1)), LAST, "zeros");
        Files.delete(file);
        assertThrows(IOException.class, () -> LogEnd.settle(folder, LAST, FIRST - 1));
        LogEnd.settle(folder, LAST, LAST);
        Files.write(folder.resolve("log_" + FIRST + "-" + LAST), whole);
        LogEnd.settle(folder, LAST, FIRST - 1);
    }

    @Test
    void shouldKeepAWholeLog() throws IOException {
        byte[] withoutZeros = Arrays.copyOf(whole, ends.get(ENTRIES - 1));
        for (long committed : new long[] {CommitIndex.NONE, FIRST, LAST, CommitIndex.UNREADABLE}) {
            assertArrayEquals(whole, settled(whole, committed));
            assertArrayEquals(withoutZeros, settled(withoutZeros, committed));
        }
        assertRefused(Arrays.copyOf(whole, withoutZeros.length - 1), CommitIndex.UNREADABLE, "it may count");
    }

    @Test
    void shouldTakeAFolderWithoutALog() throws IOException {
        LogEnd.settle(folder.resolve("none"), CommitIndex.NONE, -1);
        Files.delete(file);
        LogEnd.settle(folder, CommitIndex.NONE, -1);
        assertArrayEquals(new byte[HEADER], settled(new byte[HEADER], FIRST - 1));
        assertArrayEquals(new byte[0], settled(new byte[0], FIRST - 1));
    }
}
