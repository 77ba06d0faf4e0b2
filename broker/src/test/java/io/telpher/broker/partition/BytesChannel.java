package io.telpher.broker.partition;

import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Bytes in place of a file, to be read. */
final class BytesChannel implements SeekableByteChannel {
    private final ByteBuffer content;
    private boolean open = true;

    BytesChannel(byte[] content) {
        this.content = ByteBuffer.wrap(content);
    }

    @Override
    public int read(ByteBuffer into) {
        if (!content.hasRemaining()) {
            return -1;
        }
        int bytes = Math.min(into.remaining(), content.remaining());
        into.put(content.slice(content.position(), bytes));
        content.position(content.position() + bytes);
        return bytes;
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return content.position();
    }

    @Override
    public SeekableByteChannel position(long position) {
        content.position(Math.toIntExact(position));
        return this;
    }

    @Override
    public long size() {
        return content.limit();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
