package io.telpher.broker.journal;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telpher.broker.Held;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recovery from files of any bytes. The first byte says how many files they are cut into, whether each is of a run of its own, and whether
 * checksums are put right first, so that what lies behind them is reached.
 */
class JournalScannerFuzzTest {
    private static final int FILES_MASK = 3;
    private static final int OWN_RUNS = 4;
    private static final int SOUND_CHECKSUMS = 8;
    private static final int SOME_LOCAL = 16;
    private static final Held HELD = new Held(64 << 10, 64);

    static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int flags = 0; flags <= (FILES_MASK | OWN_RUNS | SOUND_CHECKSUMS | SOME_LOCAL); flags++) {
            seeds.add(seed(flags));
        }
        return seeds;
    }

    /** What a journal of so many files would look like. */
    private static byte[] seed(int flags) {
        int files = 1 + (flags & FILES_MASK);
        ByteBuffer all = ByteBuffer.allocate(1 + files * 512).order(ByteOrder.LITTLE_ENDIAN);
        all.put((byte) flags);
        long place = 1;
        long local = 0;
        for (int file = 0; file < files; file++) {
            all.position(1 + file * 512);
            for (int count = 0; count < 3; count++) {
                Batch batch = (flags & SOME_LOCAL) != 0 && count == 1 ? new Batch().local() : new Batch();
                for (int i = 0; i < count; i++) {
                    batch.add(place, 7, ByteBuffer.allocate(20 + i).putInt(i), true);
                }
                long run = (flags & OWN_RUNS) == 0 ? 1 : 1 + file;
                ByteBuffer sealed = batch.seal(run, place, local, place - 1);
                all.putInt(sealed.remaining()).put(sealed);
                all.position(all.position() + 2 & -4 | 1);
                place += count;
                local = batch.localUpTo();
            }
        }
        return all.array();
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldReadAnyFilesOrRefuseThem(byte[] input) {
        if (input.length > 0) {
            HELD.during(input.length, () -> scan(input));
        }
    }

    private static void scan(byte[] input) {
        int count = 1 + (input[0] & FILES_MASK);
        int bytes = (input.length - 1) / count & -4;
        List<ImageFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] content = Arrays.copyOfRange(input, 1 + i * bytes, 1 + (i + 1) * bytes);
            if ((input[0] & SOUND_CHECKSUMS) != 0) {
                soundChecksums(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN));
            }
            files.add(new ImageFile(1 + i, (input[0] & OWN_RUNS) == 0 ? 1 : 1 + i, content));
        }
        long[] last = new long[1];
        JournalScanner scanner = new JournalScanner(files, JournalStart.BEGINNING, record -> check(record, last));
        try {
            scanner.scan();
        } catch (JournalException refusal) {
            return; // with the file and the place: that is what it is for
        } catch (IOException e) {
            throw new AssertionError("these files are in memory", e);
        }
        if (scanner.nextPlace() != last[0] + 1) {
            throw new AssertionError("it goes on with " + scanner.nextPlace() + " after " + last[0]);
        }
    }

    private static void check(Record record, long[] last) {
        if (record.place() != ++last[0]) {
            throw new AssertionError("record " + record.place() + " where " + last[0] + " is due");
        }
        if (record.crc() != Framing.crc(record.buffer(), record.frameOffset(), record.frameBytes())) {
            throw new AssertionError("record " + record.place() + " is not what its checksum says");
        }
    }

    /** Of every batch whose lengths add up. */
    private static void soundChecksums(ByteBuffer file) {
        for (int at = 0; at <= file.limit() - Framing.BATCH_HEADER_BYTES; at += 4) {
            if (file.getInt(at) == Framing.MAGIC) {
                soundRecords(file, at);
                file.putInt(at + Framing.BATCH_HEADER_CRC, Framing.crc(file, at, Framing.BATCH_HEADER_CRC));
            }
        }
    }

    private static void soundRecords(ByteBuffer file, int at) {
        java.util.zip.CRC32C headers = new java.util.zip.CRC32C();
        int position = at + Framing.BATCH_HEADER_BYTES;
        for (int i = file.getInt(at + Framing.BATCH_COUNT); i > 0; i--) {
            int frame = position + Framing.RECORD_HEADER_BYTES;
            int frameBytes = frame > file.limit() ? -1 : file.getInt(position + Framing.RECORD_FRAME_BYTES);
            if (frameBytes < 0 || frameBytes > file.limit() - frame) {
                return;
            }
            file.putInt(position + Framing.RECORD_CRC, Framing.crc(file, frame, frameBytes));
            headers.update(file.duplicate().limit(frame).position(position));
            position += Framing.recordBytes(frameBytes);
        }
        file.putInt(at + Framing.BATCH_BODY_CRC, (int) headers.getValue());
    }
}
