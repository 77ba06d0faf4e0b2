package io.telpher.broker.cli.disk;

import io.telpher.broker.journal.BytesRead;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.partition.salvage.DataDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Copies a data directory, also one that a broker writes to. Journal files only grow at their end, and a file that is deleted meanwhile is not needed, so a pass
 * copies a journal with a torn end at worst; a later pass brings what came since.
 */
final class DataCopy {
    /** Of the process that runs, or made anew by each. */
    private static final Set<String> NOT_COPIED =
            Set.of("lock", "ports.json", "ports.json.new", "config.json", "config.json.new", "native", "zeroed");

    private static final String UNFINISHED = ".unfinished";
    private static final String JOURNAL_FILE = ".cq4";
    private static final int CHUNK_BYTES = 64 << 10;

    private final Path from;
    private final Path to;
    private final BytesRead told;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private long readBytes;
    private long copiedBytes;
    private long plannedBytes;
    private final Map<Path, FileTime> seen = new HashMap<>();

    /** @param told of the bytes read, in all passes */
    DataCopy(Path from, Path to, BytesRead told) {
        this.from = from;
        this.to = to;
        this.told = told;
    }

    /** Copies what is new or changed since the last pass, oldest files first, and forces it. */
    void pass() throws IOException {
        NavigableSet<Path> files = new TreeSet<>();
        TreeSet<Path> folders = new TreeSet<>();
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (!folder.equals(from) && isLeftOut(folder)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                folders.add(folder);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!isLeftOut(file)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        DataDirectory.create(to);
        for (Path folder : folders) {
            Files.createDirectories(target(folder));
        }
        plannedBytes = readBytes;
        for (Path file : files) {
            plannedBytes += bytesToCopy(file, isWrittenTo(files, file));
        }
        for (Path file : files) {
            copy(file, isWrittenTo(files, file));
        }
        for (Path folder : folders) {
            force(target(folder), StandardOpenOption.READ);
        }
    }

    /** That were written, in all passes. */
    long copiedBytes() {
        return copiedBytes;
    }

    private long bytesToCopy(Path file, boolean always) throws IOException {
        try {
            boolean isCopied = always || !Files.getLastModifiedTime(file).equals(seen.get(file));
            return isCopied ? Files.size(file) : 0;
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static boolean isLeftOut(Path path) {
        String name = path.getFileName().toString();
        return NOT_COPIED.contains(name) || name.endsWith(UNFINISHED);
    }

    /** The journal file that is written to: what is stored through a mapping shows late in a file's time, so it is copied in every pass. */
    private static boolean isWrittenTo(NavigableSet<Path> files, Path file) {
        Path next = files.higher(file);
        boolean isLast = next == null || !Objects.equals(next.getParent(), file.getParent()) || !isJournalFile(next);
        return isJournalFile(file) && isLast;
    }

    private static boolean isJournalFile(Path file) {
        return file.toString().endsWith(JOURNAL_FILE);
    }

    private void copy(Path file, boolean always) throws IOException {
        try {
            FileTime time = Files.getLastModifiedTime(file);
            if (!always && time.equals(seen.get(file))) {
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

    private static void force(Path path, StandardOpenOption option) throws IOException {
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }
}
