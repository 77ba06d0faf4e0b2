package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import io.telpher.broker.thread.Chore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The journal on Chronicle Queue's files, with framing, syncing, reading and recovery of our own; see docs/FORMAT.md. */
public final class ChronicleJournal implements Log, Store, AutoCloseable {
    /** As much as is mapped at a time: the kernel allocates a sparse file's blocks only when it writes them. */
    private static final long ACK_ROOM_BYTES = ChronicleFiles.BLOCK_BYTES;

    /** What zeros made ahead must leave free: no task is refused because of them. */
    private static final long ZEROS_ROOM_BYTES = ACK_ROOM_BYTES * 3 / 2;

    /** A batch up to this size may be synced by {@link #poll} itself. */
    private static final int SYNC_HERE_BYTES_MAX = 64 << 10;

    private final JournalOptions options;
    private final DirectoryLock lock;
    private final JournalDirectory directory;
    private final JournalFiles files;
    private final Deque<Batch> inFlight = new ArrayDeque<>();
    private final IdleBatches idle = new IdleBatches();
    private final long run;
    private final ZeroedFiles zeroed;
    private final UnwantedFiles unwanted = new UnwantedFiles();
    private final ChronicleFiles chronicle;
    private final UnforcedFiles unforced;
    private final SyncThread syncThread;
    private long appendedPlace;
    private long localRecords;
    private long releasedSequence;
    private long polledPlace;
    private long notedSynced;
    private long inFlightBytes;
    private long appendedBytes;
    private long bytesInFile;
    private long polledLocation;
    private boolean isZeroed;
    private boolean syncNotStarted;
    private @Nullable JournalException failure;

    private ChronicleJournal(
            JournalOptions options, DirectoryLock lock, JournalDirectory directory, Recovered recovered)
            throws IOException {
        this.options = options;
        this.files = new JournalFiles(options.fileBytes());
        this.lock = lock;
        this.directory = directory;
        this.run = recovered.lastRun() + 1;
        this.appendedPlace = recovered.nextPlace() - 1;
        this.localRecords = recovered.localRecords();
        this.releasedSequence = appendedSequence();
        this.polledPlace = appendedPlace;
        this.polledLocation = recovered.lastLocation();
        this.notedSynced = appendedPlace;
        recovered.files().forEach(files::add);
        this.zeroed = new ZeroedFiles(
                options.directory().resolve("zeroed"), options.fileBytes(), ZEROS_ROOM_BYTES, ChannelOpener.DISK);
        this.chronicle = new ChronicleFiles(directory, run, zeroed);
        this.isZeroed = chronicle.moveTo(recovered.lastFile() + 1);
        this.unforced = new UnforcedFiles(writeFirstBatch());
        this.syncThread = new SyncThread(options.syncPolicy(), unforced, appendedPlace, options.wakeUp());
    }

    /** Begins a run behind those that left what was recovered. */
    static ChronicleJournal begin(
            JournalOptions options, DirectoryLock lock, JournalDirectory directory, Recovered recovered)
            throws IOException {
        Files.createDirectories(directory.runFolder(recovered.lastRun() + 1));
        ChronicleJournal journal = new ChronicleJournal(options, lock, directory, recovered);
        directory.forceNames();
        journal.syncThread.start();
        // Zeros make small syncs shorter. Without any, as in a cluster, they would only be bytes written for nothing.
        if (options.syncPolicy().mode() != SyncPolicy.Mode.NONE) {
            journal.zeroed.start();
        }
        journal.unwanted.start();
        return journal;
    }

    /**
     * Begins a journal in an empty directory that goes on where another one ends, of which nothing is copied.
     *
     * @param place of the last record that was written elsewhere
     * @param run the last one there
     * @param file the number of the last file there
     */
    public static ChronicleJournal continueIn(JournalOptions options, long place, long run, int file)
            throws IOException {
        Files.createDirectories(options.directory());
        DirectoryLock lock = DirectoryLock.take(options.directory());
        try {
            JournalDirectory directory = new JournalDirectory(options.directory(), ChannelOpener.DISK);
            Files.createDirectories(directory.runFolder(run + 1));
            Recovered nothing = new Recovered(List.of(), place + 1, Location.NOWHERE, 0, run, file);
            ChronicleJournal journal = new ChronicleJournal(options, lock, directory, nothing);
            directory.forceNames();
            journal.syncThread.start();
            return journal;
        } catch (IOException | RuntimeException | InternalError e) {
            lock.close();
            throw e;
        }
    }

    /** A batch without records: it says where the log goes on, which closes whatever lies torn at the end of the file before. */
    private JournalFile writeFirstBatch() {
        Batch batch = new Batch();
        try {
            chronicle.write(batch.seal(run, appendedPlace + 1, localRecords, appendedPlace));
            JournalFile file = chronicle.file();
            files.add(file);
            files.wrote(file.number(), 0);
            file.force();
            DurableFile.force(directory.runFolder(run));
            return file;
        } catch (IOException | InternalError e) {
            throw new JournalException("TQ-2003 can't write the journal's first batch: " + e.getMessage(), e);
        }
    }

    @Override
    public Batch newBatch() {
        return idle.take();
    }

    private void keep(Batch batch) {
        idle.keep(batch, options.inFlightBytesMax() - inFlightBytes);
    }

    @Override
    public Batch newLocalBatch() {
        return idle.take().local();
    }

    @Override
    public long appendLocal(Batch batch) {
        if (!batch.isLocal()) {
            throw new IllegalArgumentException("a batch of records that have a sequence");
        }
        return isAppended(batch) ? appendedPlace : BACK_PRESSURED;
    }

    @Override
    public long append(Batch batch) {
        if (batch.isLocal()) {
            throw new IllegalArgumentException("a batch of records that have no sequence");
        }
        return isAppended(batch) ? appendedSequence() : BACK_PRESSURED;
    }

    private boolean isAppended(Batch batch) {
        requireSound();
        if (inFlightBytes > 0 && mustWait(batch)) {
            return false;
        }
        write(batch);
        inFlight.add(batch);
        inFlightBytes += batch.heldBytes();
        boolean isWanted = batch.needsSync() && options.syncPolicy().mode() != SyncPolicy.Mode.NONE;
        syncThread.appended(appendedPlace, isWanted);
        if (isWanted && batch.bytes() > SYNC_HERE_BYTES_MAX) {
            syncThread.request();
        } else if (isWanted) {
            syncNotStarted = true;
        }
        return true;
    }

    /** Buffers that are half empty take room, too, that others need while a sync takes long: they may have half of it, and fill up until then. */
    private boolean mustWait(Batch batch) {
        long bytes = inFlightBytes + batch.heldBytes();
        boolean isHalfEmpty = 2L * batch.bytes() < batch.heldBytes();
        return bytes > (isHalfEmpty ? options.inFlightBytesMax() / 2 : options.inFlightBytesMax());
    }

    private void write(Batch batch) {
        try {
            // Early, too, when the file began before zeros were ready: that is the first one of a new directory.
            if (bytesInFile + batch.bytes() > options.fileBytes() && bytesInFile > 0 || !isZeroed && zeroed.isReady()) {
                roll();
            }
            notedSynced = syncedPlace();
            long offset = chronicle.write(batch.seal(run, appendedPlace + 1, localRecords, notedSynced));
            batch.appendedAt(Location.of(chronicle.number(), offset));
            files.wrote(chronicle.number(), offset + batch.bytes());
            appendedPlace += batch.count();
            localRecords = batch.localUpTo();
            bytesInFile += batch.bytes();
            appendedBytes += batch.bytes();
        } catch (IOException | RuntimeException | InternalError e) {
            // InternalError: a store into a mapped page failed, on a full or broken disk. Part of the batch may be
            // there.
            throw fail("TQ-2004 appending to the journal failed", e);
        }
    }

    private void roll() throws IOException {
        isZeroed = chronicle.moveTo(chronicle.number() + 1);
        // Its first batch makes the file; it carries no record, so that the file is there before it is needed.
        chronicle.write(new Batch().seal(run, appendedPlace + 1, localRecords, syncedPlace()));
        JournalFile file = chronicle.file();
        files.add(file);
        files.wrote(file.number(), 0);
        unforced.rolledTo(file, directory.runFolder(run));
        bytesInFile = 0;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        requireSound();
        if (syncThread.takeQuiet()) {
            noteSynced();
        }
        if (syncNotStarted) {
            syncNotStarted = false;
            if (!syncThread.tryHere()) {
                syncThread.request();
            }
            requireSound();
        }
        int records = 0;
        for (int i = 0; i < batchesMax; i++) {
            Batch batch = inFlight.peek();
            if (batch == null || !isReleased(batch)) {
                break;
            }
            inFlight.remove();
            batch.handOver(handler);
            records += batch.count();
            releasedSequence = batch.lastSequence();
            polledPlace = batch.lastPlace();
            polledLocation = batch.location();
            inFlightBytes -= batch.heldBytes();
            keep(batch);
        }
        return records;
    }

    private boolean isReleased(Batch batch) {
        return options.syncPolicy().mode() != SyncPolicy.Mode.BATCH
                || !batch.needsSync()
                || batch.lastPlace() <= syncThread.synced();
    }

    private void noteSynced() {
        if (notedSynced < syncThread.synced()) {
            Batch note = newBatch();
            write(note);
            keep(note);
            syncThread.noteAppended();
        }
    }

    @Override
    public ByteBuffer read(long location, int crc) {
        requireSound();
        try {
            return files.read(location, crc);
        } catch (IOException | CorruptJournalException e) {
            throw unreadable(location, e);
        }
    }

    @Override
    public ByteBuffer read(long location) {
        requireSound();
        try {
            return files.read(location, files.recordCrc(location));
        } catch (IOException | CorruptJournalException e) {
            throw unreadable(location, e);
        }
    }

    /** Some bytes that the disk does not give back say nothing about the others; a file that is closed does. */
    private JournalException unreadable(long location, Exception e) {
        if (e instanceof ClosedChannelException closed) {
            return fail("TQ-2006 reading the journal failed", closed);
        }
        files.unreadable();
        return e instanceof CorruptJournalException corrupt
                ? corrupt
                : new CorruptJournalException(
                        files.path(location),
                        Location.offset(location),
                        "the disk does not give back what is here: " + e.getMessage());
    }

    @Override
    public boolean isKept(long location) {
        return files.isKept(location);
    }

    @Override
    public List<ClosedFile> closedFiles() {
        return files.closed(chronicle.number());
    }

    @Override
    public void delete(int number) {
        requireSound();
        if (number == chronicle.number()) {
            throw new IllegalStateException("deletion of journal file " + number + ", which is written to");
        }
        JournalFile file = files.remove(number);
        try {
            file.close();
        } catch (IOException e) {
            throw fail("TQ-2008 closing a journal file failed", e);
        }
        // Not here: with a large file it takes milliseconds. When it does not come to that, the next run finds the file
        // and deletes it.
        unwanted.add(file.path());
    }

    /** Is told of each read of a frame from here on. */
    public void onRead(ReadObserver observer) {
        files.onRead(observer);
    }

    /** Is told of each sync from here on, by whatever thread does it. */
    public void onSync(SyncObserver observer) {
        syncThread.observer(observer);
    }

    /** What goes on beside the writing, whatever fails. Any thread. */
    public List<Chore> chores() {
        return List.of(zeroed.chore(), unwanted.chore());
    }

    /** How long the sync under way has taken by now; 0 when there is none. Any thread. */
    public long syncingNanos() {
        return syncThread.forcingNanos();
    }

    /** Files that nothing needs and that are still there. Any thread. */
    public int unwantedFiles() {
        return unwanted.count();
    }

    @Override
    public long sync() {
        requireSound();
        syncThread.appended(appendedPlace, true);
        syncThread.request();
        return appendedPlace;
    }

    @Override
    public boolean isQuick() {
        return syncThread.isQuick();
    }

    @Override
    public long polledLocation() {
        return polledLocation;
    }

    @Override
    public long appendedSequence() {
        return appendedPlace - localRecords;
    }

    @Override
    public long releasedSequence() {
        return releasedSequence;
    }

    /** Of the last record appended. */
    long appendedPlace() {
        return appendedPlace;
    }

    @Override
    public long syncedPlace() {
        return syncThread.synced();
    }

    @Override
    public long polledPlace() {
        return polledPlace;
    }

    @Override
    public long epoch() {
        return run;
    }

    @Override
    public long ackRoomBytes() {
        return ACK_ROOM_BYTES;
    }

    @Override
    public long freeBytes() {
        return options.directory().toFile().getUsableSpace();
    }

    @Override
    public long appendedBytes() {
        return appendedBytes;
    }

    @Override
    public long bytes() {
        long current = isZeroed ? Math.max(options.fileBytes(), bytesInFile) : bytesInFile;
        return current + closedFiles().stream().mapToLong(ClosedFile::bytes).sum();
    }

    private void requireSound() {
        Throwable cause = syncThread.failure();
        if (cause != null && failure == null) {
            throw fail("TQ-2007 syncing the journal failed", cause);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private JournalException fail(String what, Throwable cause) {
        failure = new JournalException(
                what + ": " + cause
                        + ". Nothing unconfirmed is lost by stopping now; free or repair the disk, then start again.",
                cause);
        return failure;
    }

    /** Makes everything appended durable and says so in the journal itself. */
    @Override
    public void close() {
        try {
            syncThread.finish();
            syncThread.join();
            if (failure == null && syncThread.failure() == null) {
                chronicle.write(new Batch().seal(run, appendedPlace + 1, localRecords, syncThread.synced()));
                if (options.syncPolicy().mode() != SyncPolicy.Mode.NONE) {
                    chronicle.file().force();
                }
            }
            zeroed.close();
            unwanted.close();
            chronicle.close();
            files.close();
            lock.close();
        } catch (IOException | InternalError e) {
            throw new JournalException("TQ-2008 closing the journal failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException("TQ-2008 interrupted while closing the journal", e);
        }
    }
}
