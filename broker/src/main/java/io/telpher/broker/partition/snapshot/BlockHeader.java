package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.snapshot.SnapshotFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What precedes each block of a snapshot's file: {@code kind u32 | bytes u32 | CRC32C of the body | CRC32C of these 12 bytes and the
 * block's number}. With its number in the checksum no block can be left out, come twice or in another order.
 */
public record BlockHeader(BlockKind kind, int bytes, int bodyCrc) {
    public static final int BYTES = 16;

    private static final int CRC_AT = BYTES - Integer.BYTES;

    static BlockHeader of(BlockKind kind, ByteBuffer body) {
        return new BlockHeader(kind, body.remaining(), bodyCrc(body));
    }

    void encode(int number, ByteBuffer into) {
        into.clear().putInt(kind.code()).putInt(bytes).putInt(bodyCrc);
        into.putInt(crc(number, into)).flip();
    }

    /** @param from 16 bytes from 0 on, little endian */
    static BlockHeader decode(int number, ByteBuffer from) {
        BlockKind kind = BlockKind.of(from.getInt(0));
        int bytes = from.getInt(4);
        if (from.getInt(CRC_AT) != crc(number, from)
                || kind == null
                || bytes < 0
                || bytes > SnapshotFormat.BLOCK_BYTES_MAX) {
            throw new DamagedSnapshotException("block " + number + " has a damaged header");
        }
        return new BlockHeader(kind, bytes, from.getInt(8));
    }

    void requireIntact(int number, ByteBuffer body) {
        if (body.remaining() != bytes || bodyCrc(body) != bodyCrc) {
            throw new DamagedSnapshotException("block " + number + " (" + kind + ") is damaged");
        }
    }

    private static int bodyCrc(ByteBuffer body) {
        CRC32C crc = new CRC32C();
        crc.update(body.duplicate());
        return (int) crc.getValue();
    }

    private static int crc(int number, ByteBuffer header) {
        ByteBuffer covered = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        covered.putInt(header.getInt(0))
                .putInt(header.getInt(4))
                .putInt(header.getInt(8))
                .putInt(number);
        CRC32C crc = new CRC32C();
        crc.update(covered.flip());
        return (int) crc.getValue();
    }
}
