package io.telpher.broker.cli.disk;

import io.telpher.broker.files.DirectoryImage;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.BytesRead;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.partition.salvage.DataDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies a data directory, also one that a broker writes to. Journal files only grow at their end, and a file that is deleted meanwhile is not needed, so a pass
 * copies a journal with a torn end at worst; a later pass brings what came since.
 */
final class DataCopy {
    private static final int CHUNK_BYTES = 64 << 10;

    private final Path from;
    private final Path to;
    private final BytesRead told;
    private final DurableFile.FolderForce folders;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private long readBytes;
    private long copiedBytes;
    private long plannedBytes;
    private final Map<Path, FileTime> seen = new HashMap<>();

    /** @param told of the bytes read, in all passes */
    DataCopy(Path from, Path to, BytesRead told) {
        this(from, to, told, DurableFile::force);
    }

    /** @param folders makes their names durable */
    DataCopy(Path from, Path to, BytesRead told, DurableFile.FolderForce folders) {
        this.from = from;
        this.to = to;
        this.told = told;
        this.folders = folders;
    }

    /** Copies what is new or changed since the last pass, in the order of {@link DirectoryImage}, and forces it. */
    void pass() throws IOException {
        DirectoryImage image = DirectoryImage.of(from);
        DataDirectory.create(to);
        for (Path folder : image.folders()) {
            Files.createDirectories(target(folder));
        }
        plannedBytes = readBytes;
        for (DirectoryImage.Entry file : image.files()) {
            plannedBytes += isToCopy(file, file.modified()) ? file.bytes() : 0;
        }
        for (DirectoryImage.Entry file : image.files()) {
            copy(file);
        }
        for (Path folder : image.folders()) {
            folders.apply(target(folder));
        }
        DurableFile.forceNames(to, folders);
    }

    /** That were written, in all passes. */
    long copiedBytes() {
        return copiedBytes;
    }

    private boolean isToCopy(DirectoryImage.Entry file, FileTime time) {
        return file.isWrittenTo() || !time.equals(seen.get(file.path()));
    }

    private void copy(DirectoryImage.Entry entry) throws IOException {
        Path file = entry.path();
        try {
            FileTime time = Files.getLastModifiedTime(file);
            if (!isToCopy(entry, time)) {
                return;
            }
            copyWithHoles(file, target(file));
            Files.setPosixFilePermissions(target(file), Files.getPosixFilePermissions(file));
            Files.setLastModifiedTime(target(file), time);
            seen.put(file, time);
            told.at(readBytes, Math.max(readBytes, plannedBytes));
        } catch (NoSuchFileException e) {
            // Deleted since, or renamed: then it comes under its new name.
            seen.remove(file);
        }
    }

    /** Zeros are left out: behind what was written a journal file has nothing else, and that may be nearly all of it. */
    private void copyWithHoles(Path file, Path target) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(
                        target,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            long at = 0;
            while (readChunk(in, file) > 0) {
                chunk.flip();
                int length = chunk.remaining();
                if (chunk.mismatch(zeros.limit(length)) >= 0) {
                    writeAll(out, chunk, at);
                    copiedBytes += length;
                }
                at += length;
            }
            if (out.size() < at) {
                writeAll(out, zeros.limit(1), at - 1);
                zeros.clear();
            }
            readBytes += at;
            out.force(true);
        }
    }

    private int readChunk(FileChannel in, Path file) throws IOException {
        try {
            return in.read(chunk.clear());
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new JournalException(
                    "TQ-4002 " + file + " can't be read at offset " + in.position() + ": " + e.getMessage()
                            + ". Look at it with `tq journal verify`, check the disk; `tq journal salvage` copies what is intact",
                    e);
        }
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes, long at) throws IOException {
        long end = at + bytes.remaining();
        while (bytes.hasRemaining()) {
            out.write(bytes, end - bytes.remaining());
        }
    }

    private Path target(Path path) {
        return to.resolve(from.relativize(path).toString());
    }
}
