package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A journal on a {@link SimulatedDisk}: the real batches, framing and scanner, laid out in the excerpts that Chronicle makes, with
 * the release rules of {@link ChronicleJournal}. Instead of a sync thread, whoever simulates begins and completes each sync.
 */
public final class SimulatedJournal implements Log, Store, AutoCloseable {
    private static final int EXCERPT_HEADER_BYTES = 4;
    private static final int META = 0x4000_0000;
    private static final int NOT_COMPLETE = 0x8000_0000;
    private static final int FILE_HEADER_BYTES = 184;
    private static final int INDEX_BYTES = 96;
    private static final int BATCHES_PER_INDEX = 32;
    private static final long IN_FLIGHT_BYTES_MAX = 1L << 20;
    private static final long ACK_ROOM_BYTES = 170L << 10;

    private final SimulatedDisk disk;
    private final int fileBytes;
    private final long run;
    private final Deque<Batch> inFlight = new ArrayDeque<>();
    private final Deque<Batch> idle = new ArrayDeque<>();
    private final List<SimulatedFile> retired = new ArrayList<>();
    private final List<SimulatedFile> syncing = new ArrayList<>();
    private final Observer observer;
    private final boolean syncsItself;
    private SimulatedFile current;
    private int position;
    private int batchesInFile;
    private long appended;
    private long localRecords;
    private long released;
    private long polledPlace;
    private long wanted;
    private long synced;
    private long notedSynced;
    private long syncTarget = -1;
    private boolean noteWanted;
    private boolean folderUnforced;
    private long inFlightBytes;
    private long polledLocation;
    private long bytes;
    private ByteBuffer readBuffer = allocate(1 << 10);
    private @Nullable JournalException failure;

    /** Sees what is appended and what was applied, each in order. */
    public interface Observer {
        /** @param ends whether it is the last of its batch */
        void appended(Record record, boolean ends, boolean durable);

        /** The partition has applied this record. */
        void applied(Record record);
    }

    private SimulatedJournal(
            SimulatedDisk disk,
            int fileBytes,
            long run,
            JournalScanner scanned,
            Observer observer,
            boolean syncsItself) {
        long appended = scanned.nextPlace() - 1;
        long localRecords = scanned.localRecords();
        this.syncsItself = syncsItself;
        this.disk = disk;
        this.fileBytes = fileBytes;
        this.run = run;
        this.appended = appended;
        this.localRecords = localRecords;
        this.released = appended - localRecords;
        this.polledPlace = appended;
        this.wanted = appended;
        this.synced = appended;
        this.notedSynced = appended;
        this.observer = observer;
        this.current = begin(disk.lastFile() + 1);
    }

    /**
     * What {@link ChronicleJournal#open} does.
     *
     * @throws CorruptJournalException when something that was synced is damaged
     */
    public static SimulatedJournal open(SimulatedDisk disk, int fileBytes, RecordHandler replay, Observer observer)
            throws IOException {
        return open(disk, fileBytes, replay, observer, true);
    }

    /** As a node's: what is appended is released at once, and only {@link #sync} makes it durable. */
    public static SimulatedJournal openUnsynced(
            SimulatedDisk disk, int fileBytes, RecordHandler replay, Observer observer) throws IOException {
        return open(disk, fileBytes, replay, observer, false);
    }

    private static SimulatedJournal open(
            SimulatedDisk disk, int fileBytes, RecordHandler replay, Observer observer, boolean syncsItself)
            throws IOException {
        JournalScanner scanner = scan(disk, replay);
        scanner.unsure().writeAgain(disk.files());
        List<SimulatedFile> unsynced = disk.filesOfLastRun();
        disk.beginSync(unsynced);
        disk.completeSync();
        unsynced.forEach(file -> disk.forceNames(file.run()));
        try {
            SimulatedJournal journal =
                    new SimulatedJournal(disk, fileBytes, disk.lastRun() + 1, scanner, observer, syncsItself);
            disk.beginSync(List.of(journal.current));
            disk.completeSync();
            disk.forceNames(journal.run);
            return journal;
        } catch (IOException | InternalError e) {
            throw new JournalException("TQ-2003 can't write the journal's first batch: " + e.getMessage(), e);
        }
    }

    /** Hands over what the disk holds, changes nothing, and returns the last record's place. */
    public static long recover(SimulatedDisk disk, RecordHandler replay) throws IOException {
        return scan(disk, replay).nextPlace() - 1;
    }

    private static JournalScanner scan(SimulatedDisk disk, RecordHandler replay) throws IOException {
        JournalScanner scanner = new JournalScanner(disk.files(), JournalStart.BEGINNING, replay::onRecord);
        scanner.scan();
        return scanner;
    }

    private SimulatedFile begin(int number) {
        SimulatedFile file = disk.create(run, number, fileBytes + fileBytes / 4);
        current = file;
        position = 0;
        batchesInFile = 0;
        excerpt(ByteBuffer.allocate(FILE_HEADER_BYTES).putLong(0, 0x5EED_F11E_0000L + number), META);
        write(new Batch());
        return file;
    }

    @Override
    public Batch newBatch() {
        Batch batch = idle.poll();
        return batch != null ? batch : new Batch();
    }

    @Override
    public Batch newLocalBatch() {
        return newBatch().local();
    }

    @Override
    public long appendLocal(Batch batch) {
        return isAppended(batch) ? appended : BACK_PRESSURED;
    }

    @Override
    public long append(Batch batch) {
        return isAppended(batch) ? appendedSequence() : BACK_PRESSURED;
    }

    private boolean isAppended(Batch batch) {
        requireSound();
        if (inFlightBytes > 0 && inFlightBytes + batch.bytes() > IN_FLIGHT_BYTES_MAX) {
            return false;
        }
        try {
            if (position > fileBytes) {
                roll();
            }
            notedSynced = synced;
            announce(batch);
            write(batch);
        } catch (InternalError e) {
            throw fail("TQ-2004 appending to the journal failed", e);
        }
        appended += batch.count();
        localRecords = batch.localUpTo();
        inFlight.add(batch);
        inFlightBytes += batch.bytes();
        if (batch.needsSync() && syncsItself) {
            wanted = appended;
        }
        return true;
    }

    /** Before it is written: a crash may leave all of it there. */
    private void announce(Batch batch) {
        batch.seal(run, appended + 1, localRecords, synced);
        boolean durable = batch.needsSync();
        batch.handOver(record -> observer.appended(record, record.place() == batch.lastPlace(), durable));
    }

    private void roll() {
        // Chronicle's end of file.
        disk.write(
                current,
                position,
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, META | NOT_COMPLETE));
        retired.add(current);
        current = begin(current.number() + 1);
        folderUnforced = true;
    }

    private void write(Batch batch) {
        ByteBuffer sealed = batch.seal(run, appended + 1, localRecords, synced);
        if (++batchesInFile % BATCHES_PER_INDEX == 0) {
            excerpt(ByteBuffer.allocate(INDEX_BYTES).putLong(0, batchesInFile), META);
        }
        int length = sealed.remaining();
        int crc = Framing.crc(sealed, 0, length);
        // Noted first: a crash may leave all of it there.
        disk.note(new SimulatedDisk.Written(
                current.number(),
                position + EXCERPT_HEADER_BYTES,
                length,
                appended + 1,
                batch.count(),
                synced,
                run,
                crc));
        int offset = excerpt(sealed, 0);
        bytes += length;
        batch.appendedAt(Location.of(current.number(), offset));
    }

    /** As Chronicle does: the length, marked incomplete; the content; the length again. Returns where the content begins. */
    private int excerpt(ByteBuffer content, int flag) {
        ByteBuffer header = ByteBuffer.allocate(EXCERPT_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int length = content.remaining();
        int at = position;
        disk.write(current, at, header.putInt(0, NOT_COMPLETE | length).duplicate());
        disk.write(current, at + EXCERPT_HEADER_BYTES, content);
        disk.write(current, at, header.putInt(0, flag | length).duplicate());
        position = at + EXCERPT_HEADER_BYTES + length + 3 & -EXCERPT_HEADER_BYTES;
        return at + EXCERPT_HEADER_BYTES;
    }

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        requireSound();
        int records = 0;
        for (int i = 0; i < batchesMax; i++) {
            Batch batch = inFlight.peek();
            if (batch == null || !isReleased(batch)) {
                break;
            }
            inFlight.remove();
            batch.handOver(record -> {
                handler.onRecord(record);
                observer.applied(record);
            });
            records += batch.count();
            released = batch.lastSequence();
            polledPlace = batch.lastPlace();
            polledLocation = batch.location();
            inFlightBytes -= batch.bytes();
            batch.clear();
            idle.add(batch);
        }
        return records;
    }

    @Override
    public long sync() {
        requireSound();
        wanted = appended;
        return appended;
    }

    @Override
    public long polledPlace() {
        return polledPlace;
    }

    @Override
    public boolean isQuick() {
        return true;
    }

    @Override
    public long polledLocation() {
        return polledLocation;
    }

    @Override
    public long appendedBytes() {
        return bytes;
    }

    private boolean isReleased(Batch batch) {
        if (!syncsItself) {
            return true; // what it holds was agreed on
        }
        return !batch.needsSync() || batch.lastPlace() <= synced;
    }

    // ---- syncing, by whoever simulates

    public boolean isSyncWanted() {
        return failure == null && syncTarget < 0 && (wanted > synced || noteWanted);
    }

    public boolean isSyncing() {
        return syncTarget >= 0;
    }

    public void beginSync() {
        syncTarget = appended;
        noteWanted = false;
        syncing.clear();
        syncing.addAll(retired);
        syncing.add(current);
        retired.clear();
        disk.beginSync(syncing);
    }

    public void completeSync() {
        try {
            disk.completeSync();
        } catch (IOException e) {
            failure = new JournalException("TQ-2007 syncing the journal failed: " + e.getMessage(), e);
            return;
        }
        if (folderUnforced) {
            folderUnforced = false;
            disk.forceNames(run);
        }
        synced = syncTarget;
        syncTarget = -1;
    }

    /** Nothing came for a while: note what was synced last. */
    public void quiet() {
        if (failure == null && notedSynced < synced && wanted <= synced && !isSyncing()) {
            notedSynced = synced;
            try {
                write(new Batch());
            } catch (InternalError e) {
                throw fail("TQ-2004 appending to the journal failed", e);
            }
            noteWanted = true;
        }
    }

    // ---- the rest

    @Override
    public ByteBuffer read(long location, int crc) {
        ByteBuffer frame = frameAt(location);
        if (Framing.crc(frame, 0, frame.limit()) != crc) {
            throw new CorruptJournalException(
                    current.path(), Location.offset(location), "the frame there is not the one that was appended");
        }
        return frame;
    }

    @Override
    public ByteBuffer read(long location) {
        int header = (int) Location.offset(location) - Framing.RECORD_HEADER_BYTES;
        int crc = disk.readable(Location.file(location)).i32(header + Framing.RECORD_CRC);
        return read(location, crc);
    }

    @Override
    public boolean isKept(long location) {
        return disk.file(Location.file(location)).isThere();
    }

    @Override
    public List<ClosedFile> closedFiles() {
        return disk.closedFiles(current);
    }

    /** Recoveries read it all the same, for want of snapshots on this disk; nobody else may. */
    @Override
    public void delete(int file) {
        disk.file(file).delete();
    }

    private ByteBuffer frameAt(long location) {
        requireSound();
        if (disk.failsRead()) {
            throw new CorruptJournalException(
                    current.path(), Location.offset(location), "the disk does not give it back");
        }
        SimulatedFile file = disk.readable(Location.file(location));
        int offset = (int) Location.offset(location);
        int length = Integer.BYTES + file.i32(offset);
        if (length > readBuffer.capacity()) {
            readBuffer = allocate(length);
        }
        return readBuffer.clear().put(file.bytes(), offset, length).flip();
    }

    @Override
    public long appendedSequence() {
        return appended - localRecords;
    }

    /** Of the last record appended. */
    public long appendedPlace() {
        return appended;
    }

    @Override
    public long releasedSequence() {
        return released;
    }

    @Override
    public long syncedPlace() {
        return synced;
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
        return disk.freeBytes();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    private void requireSound() {
        if (failure != null) {
            throw failure;
        }
    }

    private JournalException fail(String what, Throwable cause) {
        failure = new JournalException(what + ": " + cause, cause);
        return failure;
    }

    @Override
    public void close() {
        requireSound();
        while (isSyncing() || wanted > synced || appended > synced) {
            if (!isSyncing()) {
                beginSync();
            }
            completeSync();
            requireSound();
        }
        try {
            write(new Batch());
        } catch (InternalError e) {
            throw fail("TQ-2008 closing the journal failed", e);
        }
        beginSync();
        completeSync();
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
