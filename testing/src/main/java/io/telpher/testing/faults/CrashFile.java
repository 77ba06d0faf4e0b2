package io.telpher.testing.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** A file's contents as the disk has them, and the changes that no sync covered yet. */
final class CrashFile implements CrashNames.Node {
    private static final int COPY_BYTES = 1 << 16;

    private final Path content;
    private final FileChannel log;
    private final List<Operation> pending = new ArrayList<>();

    /** @param content what the disk has; made when it is missing */
    CrashFile(Path content, FileChannel log) {
        this.content = content;
        this.log = log;
    }

    Path content() {
        return content;
    }

    void change(Operation change) {
        pending.add(change);
    }

    /** A sync that began at this record came to its end: what was written before is on the disk. */
    void synced(long began) throws IOException {
        if (pending.isEmpty()) {
            return;
        }
        settle(change -> change.number() <= began, new Tearing(new Random(0), Tearing.Shape.EVERYTHING, 0));
    }

    /**
     * A sync failed. The kernel takes what it could not write for written, so no later sync will try again; some of it is on the disk,
     * some never will be.
     */
    void syncFailed(long began, Random random) throws IOException {
        settle(change -> change.number() <= began, tearing(random, Tearing.anyShape(random)));
    }

    /** The power is cut. Returns the number of changes that had not been synced. */
    int cut(Random random, Tearing.Shape shape) throws IOException {
        int unsynced = pending.size();
        settle(change -> true, tearing(random, shape));
        return unsynced;
    }

    private Tearing tearing(Random random, Tearing.Shape shape) {
        return new Tearing(
                random, shape, pending.stream().mapToLong(Operation::length).sum());
    }

    private void settle(Predicate<Operation> which, Tearing tearing) throws IOException {
        List<Operation> settled = pending.stream().filter(which).toList();
        pending.removeIf(which);
        try (FileChannel out = FileChannel.open(
                content, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (Operation change : settled) {
                apply(change, out, tearing);
            }
        }
    }

    private void apply(Operation change, FileChannel out, Tearing tearing) throws IOException {
        switch (change.kind()) {
            case WRITE, ZEROS -> write(change, out, tearing);
            case TRUNCATE -> {
                if (tearing.keepsSize()) {
                    resize(out, change.offset());
                }
            }
            case GROW -> {
                if (tearing.keepsSize() && out.size() < change.offset()) {
                    resize(out, change.offset());
                }
            }
            default -> throw new IllegalStateException(change.kind() + " changes no file");
        }
    }

    private static void resize(FileChannel out, long size) throws IOException {
        if (out.size() >= size) {
            out.truncate(size);
        } else {
            out.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    /** Pieces that stay side by side are written in one go. */
    private void write(Operation change, FileChannel out, Tearing tearing) throws IOException {
        int from = 0;
        int to = 0;
        while (to < change.length()) {
            int piece = Math.min(tearing.pieceBytes(change.offset() + to), change.length() - to);
            if (!tearing.keeps(piece)) {
                copy(change, out, from, to);
                from = to + piece;
            }
            to += piece;
        }
        copy(change, out, from, to);
    }

    private void copy(Operation change, FileChannel out, int from, int to) throws IOException {
        int at = from;
        while (at < to) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.min(COPY_BYTES, to - at));
            if (change.kind() == Operation.Kind.WRITE) {
                while (bytes.hasRemaining() && log.read(bytes, change.dataAt() + at + bytes.position()) > 0) {}
                bytes.flip();
            }
            if (!bytes.hasRemaining()) {
                throw new IllegalStateException("the log ends inside record " + change.number());
            }
            at += bytes.remaining();
            long offset = change.offset() + at - bytes.remaining();
            while (bytes.hasRemaining()) {
                offset += out.write(bytes, offset);
            }
        }
    }
}
