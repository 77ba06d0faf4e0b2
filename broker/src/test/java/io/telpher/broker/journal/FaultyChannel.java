package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A file of a {@link FaultyDisk}: positional writes and forces go by its rules, all else to the file. */
final class FaultyChannel extends FileChannel {
    private final FaultyDisk disk;
    private final Path path;
    private final FileChannel file;

    FaultyChannel(FaultyDisk disk, Path path, FileChannel file) {
        this.disk = disk;
        this.path = path;
        this.file = file;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        int granted = disk.grant(from.remaining());
        int written = file.write(from.duplicate().limit(from.position() + granted), position);
        from.position(from.position() + written);
        return written;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        disk.beforeForce();
        file.force(metaData);
        disk.afterForce(path);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        disk.beforeRead(position, into.remaining());
        return file.read(into, position);
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return file.map(mode, position, size);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return file.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        return file.read(into, offset, length);
    }

    /** The journal writes by position only; a write that went past the disk's rules would make the test a lie. */
    private static IllegalStateException notByPosition() {
        return new IllegalStateException("a write that the disk's faults don't apply to");
    }

    @Override
    public int write(ByteBuffer from) {
        throw notByPosition();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw notByPosition();
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        file.position(newPosition);
        return this;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        file.truncate(size);
        return this;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return file.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw notByPosition();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return file.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return file.tryLock(position, size, shared);
    }
}
