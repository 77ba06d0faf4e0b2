package io.telpher.broker.partition;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telpher.broker.Held;
import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.snapshot.SnapshotFormat;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.snapshot.BlockHeader;
import io.telpher.broker.partition.snapshot.SnapshotHeader;
import io.telpher.broker.partition.snapshot.SnapshotReader;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.protocol.TaskId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A start from a snapshot's file of any bytes. The first byte says whether checksums are put right first, so that what lies behind them is reached. In the rest
 * a zero is followed by the number of zeros behind it: the columns of a page of the task table are mostly that, and an input stays small.
 */
class SnapshotFuzzTest {
    private static final int SOUND_CHECKSUMS = 1;
    private static final int ZEROS_MAX = 0xFF;
    private static final int HEADER_CRC_AT = SnapshotHeader.BYTES - Integer.BYTES;
    private static final int BLOCK_CRC_AT = BlockHeader.BYTES - Integer.BYTES;

    private static final long PAGE_FAR_AWAY = TaskId.SEQUENCE_MAX >>> 10;
    private static final int NEXT_SEQUENCE_BEFORE_END = 11 * Long.BYTES;

    /** An empty partition, and the buffers for two attempts. */
    private static final Held HELD = new Held(4 << 20, 64);

    static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (int version = SnapshotFormat.OLDEST_VERSION; version <= SnapshotFormat.VERSION; version++) {
            for (int flags = 0; flags <= SOUND_CHECKSUMS; flags++) {
                seeds.add(packed(flags, golden(version)));
            }
        }
        seeds.add(packed(SOUND_CHECKSUMS, changed(BlockKind.KINDS, body -> body.putInt(0, Integer.MAX_VALUE))));
        seeds.add(packed(SOUND_CHECKSUMS, changed(BlockKind.PAGES, body -> body.putLong(0, PAGE_FAR_AWAY))));
        return seeds;
    }

    /** The newest version, with room for {@link #PAGE_FAR_AWAY} and something changed in each block of this kind. */
    private static byte[] changed(BlockKind kind, Consumer<ByteBuffer> change) throws IOException {
        byte[] content = golden(SnapshotFormat.VERSION);
        ByteBuffer file = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = SnapshotHeader.BYTES; at < file.limit(); ) {
            int bytes = file.getInt(at + Integer.BYTES);
            BlockKind found = BlockKind.of(file.getInt(at));
            ByteBuffer body = file.slice(at + BlockHeader.BYTES, bytes).order(ByteOrder.LITTLE_ENDIAN);
            if (found == BlockKind.STATE) {
                body.putLong(bytes - NEXT_SEQUENCE_BEFORE_END, TaskId.SEQUENCE_MAX);
            }
            if (found == kind) {
                change.accept(body);
            }
            at += BlockHeader.BYTES + bytes;
        }
        return content;
    }

    private static byte[] golden(int version) throws IOException {
        String name = "/snapshots/version-" + version + ".snapshot.gz";
        try (InputStream packed = Objects.requireNonNull(SnapshotFuzzTest.class.getResourceAsStream(name), name);
                InputStream bytes = new GZIPInputStream(packed)) {
            return bytes.readAllBytes();
        }
    }

    private static byte[] packed(int flags, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(flags);
        for (int at = 0; at < content.length; ) {
            out.write(content[at++]);
            if (content[at - 1] == 0) {
                int zeros = 0;
                while (zeros < ZEROS_MAX && at < content.length && content[at] == 0) {
                    zeros++;
                    at++;
                }
                out.write(zeros);
            }
        }
        return out.toByteArray();
    }

    private static byte[] unpacked(byte[] input) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 1; at < input.length; at++) {
            out.write(input[at]);
            if (input[at] == 0 && at + 1 < input.length) {
                at++;
                for (int zeros = input[at] & ZEROS_MAX; zeros > 0; zeros--) {
                    out.write(0);
                }
            }
        }
        return out.toByteArray();
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldReadAnySnapshotOrRefuseIt(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] content = unpacked(input);
        if ((input[0] & SOUND_CHECKSUMS) != 0) {
            soundChecksums(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN));
        }
        HELD.during(content.length, () -> load(content));
    }

    private static void load(byte[] content) {
        BytesChannel channel = new BytesChannel(content);
        try (SnapshotReader reader = new SnapshotReader(channel)) {
            SnapshotStore.Loaded loaded = SnapshotStore.load(reader, Placement.alone(0), new StartProgress());
            if (reader.bytesRead() != content.length || loaded.bytes() != content.length) {
                throw new AssertionError("taken for intact after " + reader.bytesRead() + " of " + content.length);
            }
        } catch (DamagedSnapshotException refusal) {
            if (refusal.getMessage() == null || refusal.getMessage().isEmpty()) {
                throw new AssertionError("refused without a reason", refusal);
            }
        } catch (IOException e) {
            throw new AssertionError("this file is in memory", e);
        }
        if (channel.isOpen()) {
            throw new AssertionError("the file was left open");
        }
    }

    /** Of the header, and of every block as far as their lengths add up. */
    private static void soundChecksums(ByteBuffer file) {
        if (file.limit() < SnapshotHeader.BYTES) {
            return;
        }
        file.putInt(HEADER_CRC_AT, crc(file, 0, HEADER_CRC_AT));
        int at = SnapshotHeader.BYTES;
        for (int number = 0; file.limit() - at >= BlockHeader.BYTES; number++) {
            int body = at + BlockHeader.BYTES;
            int bytes = file.getInt(at + Integer.BYTES);
            if (bytes < 0 || bytes > file.limit() - body) {
                return;
            }
            file.putInt(at + 2 * Integer.BYTES, crc(file, body, bytes));
            file.putInt(at + BLOCK_CRC_AT, number);
            file.putInt(at + BLOCK_CRC_AT, crc(file, at, BlockHeader.BYTES));
            at = body + bytes;
        }
    }

    private static int crc(ByteBuffer file, int from, int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(file.duplicate().limit(from + bytes).position(from));
        return (int) crc.getValue();
    }
}
