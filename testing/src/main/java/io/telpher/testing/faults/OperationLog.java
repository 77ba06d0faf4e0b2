package io.telpher.testing.faults;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads a log from its beginning. A record that was not written to its end, by a file system that was killed, ends it. */
final class OperationLog implements AutoCloseable {
    static final int MAGIC = 0x31304c50;
    static final int HEADER_BYTES = 40;
    private static final int BUFFER_BYTES = 1 << 20;

    private final DataInputStream in;
    private long at;

    OperationLog(Path log) throws IOException {
        in = new DataInputStream(new BufferedInputStream(Files.newInputStream(log), BUFFER_BYTES));
    }

    /** The next one, or null at the end. */
    @Nullable
    Operation next() throws IOException {
        byte[] bytes = new byte[HEADER_BYTES];
        try {
            in.readFully(bytes);
            return read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        } catch (EOFException e) {
            return null;
        }
    }

    private Operation read(ByteBuffer header) throws IOException {
        if (header.getInt(0) != MAGIC) {
            throw new IllegalStateException("no record in the log at " + at);
        }
        Operation.Kind kind = Operation.Kind.of(header.get(4));
        int length = header.getInt(32);
        String path = text(header.getShort(36));
        String second = text(header.getShort(38));
        at += HEADER_BYTES + header.getShort(36) + header.getShort(38);
        long dataAt = at;
        if (kind == Operation.Kind.WRITE) {
            in.skipNBytes(length);
            at += length;
        }
        return new Operation(
                kind, header.getLong(8), header.getLong(16), header.getLong(24), length, dataAt, path, second);
    }

    private String text(int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
