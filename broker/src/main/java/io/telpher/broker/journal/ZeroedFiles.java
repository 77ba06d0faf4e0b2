package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps one file ready that is full of zeros, has its blocks on the disk and is forced. Writing over such blocks needs no allocation, which
 * makes a small sync a third shorter. Zeros mean "nothing follows" to all who read the journal, so the rest of such a file is as good
 * as none. Files are made slowly: a broker that writes faster than that is busy enough to do without, since large syncs gain little.
 * What fails is begun anew later, and gives back the space it took.
 */
final class ZeroedFiles implements AutoCloseable {
    /** As small as the kernel's pages: the page cache would otherwise hold, and later write, larger pieces than were changed. */
    private static final int WRITE_BYTES = 4 << 10;

    /** 10 MiB a second, each piece forced: all of a file at once would hold up the journal's syncs for tens of milliseconds. */
    private static final int PIECE_BYTES = 1 << 20;

    private static final long PIECE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Until the free space is looked at again, after there was too little. */
    private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final String READY = "zeroed";
    private static final String UNFINISHED = "unfinished";

    private final Path folder;
    private final long fileBytes;
    private final long reservedBytes;
    private final ChannelOpener opener;
    private final Chore chore =
            new Chore("zeroing-files", "TQ-2013 can't prepare a journal file; writing goes on, slower");
    private final Thread thread = Threads.daemon("telpher-zero", this::run, chore::failed);
    private volatile boolean ready;
    private volatile boolean stopping;

    /**
     * @param folder on the journal's own file system; only this object's files lie in it
     * @param reservedBytes free space that zeros may not take
     */
    ZeroedFiles(Path folder, long fileBytes, long reservedBytes, ChannelOpener opener) throws IOException {
        this.opener = opener;
        this.folder = Files.createDirectories(folder);
        this.fileBytes = fileBytes;
        this.reservedBytes = reservedBytes;
        Files.deleteIfExists(folder.resolve(UNFINISHED));
        ready = Files.exists(folder.resolve(READY)) && Files.size(folder.resolve(READY)) == fileBytes;
    }

    void start() {
        thread.start();
    }

    boolean isReady() {
        return ready;
    }

    /** Gives the file that is ready this name, if there is one. The caller makes the name durable. */
    boolean moveTo(Path target) throws IOException {
        if (!ready) {
            return false;
        }
        Files.move(folder.resolve(READY), target, StandardCopyOption.ATOMIC_MOVE);
        ready = false;
        LockSupport.unpark(thread);
        return true;
    }

    Chore chore() {
        return chore;
    }

    private void run() {
        while (!stopping) {
            try {
                if (ready) {
                    LockSupport.park(this);
                } else if (hasRoom()) {
                    make();
                    chore.succeeded();
                } else {
                    LockSupport.parkNanos(this, NO_ROOM_NANOS);
                }
            } catch (IOException | RuntimeException | Error e) {
                long retryNanos = chore.failed(e);
                giveSpaceBack(e);
                LockSupport.parkNanos(this, retryNanos);
            }
        }
    }

    private void giveSpaceBack(Throwable failure) {
        try {
            Files.deleteIfExists(folder.resolve(UNFINISHED));
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private boolean hasRoom() throws IOException {
        return Files.getFileStore(folder).getUsableSpace() > fileBytes + reservedBytes;
    }

    private void make() throws IOException {
        Path unfinished = folder.resolve(UNFINISHED);
        Files.write(unfinished, new byte[0]);
        try (FileChannel channel = opener.open(unfinished)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(WRITE_BYTES);
            for (long at = 0; at < fileBytes && !stopping; at += zeros.limit()) {
                if (at % PIECE_BYTES == 0) {
                    channel.force(false);
                    LockSupport.parkNanos(this, PIECE_NANOS);
                }
                zeros.clear().limit((int) Math.min(WRITE_BYTES, fileBytes - at));
                while (zeros.hasRemaining()) {
                    channel.write(zeros, at + zeros.position());
                }
            }
            channel.force(true);
        }
        if (!stopping) {
            Files.move(unfinished, folder.resolve(READY), StandardCopyOption.ATOMIC_MOVE);
            DurableFile.force(folder);
            ready = true;
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }
}
