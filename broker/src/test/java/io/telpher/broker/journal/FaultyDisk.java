package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The real disk with faults of a test's choice. It also keeps, below {@code survivors}, what each file had when it was last forced: all that
 * a power cut is sure to leave, whatever was written to the file since, also through a mapping.
 */
final class FaultyDisk implements ChannelOpener {
    private static final int NEVER = Integer.MAX_VALUE;

    private final Path directory;
    private final Path survivors;
    private final AtomicInteger forcesLeft = new AtomicInteger(NEVER);
    private final AtomicInteger slowForces = new AtomicInteger();
    private volatile long bytesLeft = Long.MAX_VALUE;
    private volatile int forceMs;
    private volatile long lostFrom = Long.MAX_VALUE;
    private final AtomicLong askedBytes = new AtomicLong();

    FaultyDisk(Path directory, Path survivors) {
        this.directory = directory;
        this.survivors = survivors;
    }

    /** Every force after so many more fails, as if the device had gone. */
    void failForcesAfter(int forces) {
        forcesLeft.set(forces);
    }

    /** So many bytes can still be written. */
    void fillUpAfter(long bytes) {
        bytesLeft = bytes;
    }

    /** Each force takes so long from here on; 0 = no longer than it does. */
    void slowForces(int ms) {
        forceMs = ms;
    }

    /** How many of them there were. */
    int slowForces() {
        return slowForces.get();
    }

    /** What lies at these offsets can't be read any more. */
    void loseFrom(long offset) {
        lostFrom = offset;
    }

    /** What was asked for so far, by reads. */
    long askedBytes() {
        return askedBytes.get();
    }

    void beforeRead(long offset, int bytes) throws IOException {
        askedBytes.addAndGet(bytes);
        if (offset + bytes > lostFrom) {
            throw new IOException("Input/output error");
        }
    }

    @Override
    public FileChannel open(Path path) throws IOException {
        return new FaultyChannel(this, path, ChannelOpener.DISK.open(path));
    }

    void beforeForce() throws IOException {
        if (forcesLeft.getAndUpdate(left -> left == NEVER ? NEVER : Math.max(0, left - 1)) == 0) {
            throw new IOException("Input/output error");
        }
        if (forceMs > 0) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(forceMs);
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
            slowForces.incrementAndGet();
        }
    }

    /** What the file has now outlives a power cut. A test compares only after the journal said that the force is done. */
    void afterForce(Path file) throws IOException {
        Path copy = survivors.resolve(directory.relativize(file));
        Files.createDirectories(copy.getParent());
        Path unfinished = copy.resolveSibling("copying");
        copySparsely(file, unfinished);
        Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void copySparsely(Path from, Path to) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(1 << 20);
        byte[] zeros = new byte[piece.capacity()];
        try (FileChannel in = FileChannel.open(from);
                FileChannel out = FileChannel.open(
                        to,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            long size = in.size();
            for (long at = 0; at < size; at += piece.position()) {
                in.read(piece.clear(), at);
                if (Arrays.mismatch(piece.array(), 0, piece.position(), zeros, 0, piece.position()) >= 0) {
                    out.write(piece.duplicate().flip(), at);
                }
            }
            if (out.size() < size) {
                out.write(ByteBuffer.allocate(1), size - 1);
            }
        }
    }

    /** Of a write of so many bytes, how many the disk still takes; an error when none. */
    synchronized int grant(int bytes) throws IOException {
        if (bytesLeft <= 0) {
            throw new IOException("No space left on device");
        }
        int granted = (int) Math.min(bytes, bytesLeft);
        bytesLeft -= granted;
        return granted;
    }
}
