package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal from its files' raw bytes and tells a torn tail from corruption. Chronicle's own structures (excerpt headers, index
 * excerpts) are only a hint where the next batch lies: what counts is that batches are intact and the places of their records leave no gap.
 *
 * <p>At a bad spot where record E is due, the first of these that holds decides: the next intact batch starts with E, then
 * nothing is missing; some later intact header claims that E was synced, or belongs to a later run (whose broker had
 * seen the end of this one), then it is corruption; otherwise it is a torn tail, nothing behind it was ever confirmed,
 * and the log ends before E.
 */
final class JournalScanner {
    private static final int EXCERPT_HEADER_BYTES = 4;
    private static final int LENGTH_MASK = 0x3FFF_FFFF;
    private static final int META = 0x4000_0000;
    private static final int NOT_COMPLETE = 0x8000_0000;
    static final int NOTHING = -1;

    /** Of a journal that nothing was deleted from. */
    private static final int FIRST_FILE = 1;

    private static final int BATCHES_PER_PROGRESS = 16;

    /** A multiple of {@link #EXCERPT_HEADER_BYTES}. */
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(16 << 10);

    private final List<? extends JournalBytes> files;
    private final JournalStart start;
    private final long last;
    private final Replay handler;
    private final Record record = new Record();
    private final UnsureTail unsure = new UnsureTail();
    private long nextPlace;
    private long localBefore;
    private int batches;
    private int endOfLastBatch;
    private long lastLocation;
    private long bytesBefore;
    private long bytesInAll;
    private long tornBytesFrom = NOTHING;
    private @Nullable JournalBytes tornFile;

    /** @param files in the order written; those wholly before {@code start} are not read */
    JournalScanner(List<? extends JournalBytes> files, JournalStart start, Replay handler) {
        this(files, start, Long.MAX_VALUE, handler);
    }

    /** @param last the sequence with which to end; it must be known to be in the journal, which may go on meanwhile */
    JournalScanner(List<? extends JournalBytes> files, JournalStart start, long last, Replay handler) {
        this.files = files;
        this.last = last;
        this.start = start;
        this.nextPlace = start.place() + 1;
        this.lastLocation = start.location();
        this.handler = handler;
    }

    /** Hands every record from the start on to the handler. */
    void scan() throws IOException {
        int first = start.location() == Location.NOWHERE ? requireBeginning() : firstFile();
        for (int i = first; i < files.size(); i++) {
            bytesInAll += files.get(i).length();
        }
        for (int i = first; i < files.size() && isWanted(); i++) {
            scan(i, i == first ? positionInFirst(files.get(i)) : 0);
            bytesBefore += files.get(i).length();
        }
        requireReach();
    }

    /** A snapshot is named only after the journal was forced as far as it goes, so this holds also where it can't be read any more. */
    private void requireReach() {
        if (lastSequence() < start.leastSequence()) {
            throw new JournalException(
                    "TQ-2010 the journal ends with record " + lastSequence()
                            + ", but there is a snapshot of record " + start.leastSequence()
                            + ". Restore journal/ and snapshots/ from the same copy, or copy what is intact with `tq journal salvage`.");
        }
    }

    /** By its number, not by what is intact in it: whether damage at its beginning is a torn tail is for the scan to tell. */
    private int requireBeginning() {
        if (!files.isEmpty() && files.get(0).number() > FIRST_FILE) {
            throw new JournalException(
                    "TQ-2010 the journal begins with file " + files.get(0).path()
                            + ", number " + files.get(0).number()
                            + "; what came before lies in a snapshot, and no intact one is there. Restore snapshots/ from a copy, or copy what is intact with `tq journal salvage`.");
        }
        return 0;
    }

    private int firstFile() {
        int number = Location.file(start.location());
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).number() == number) {
                return i;
            }
        }
        throw new JournalException(
                "TQ-2010 the snapshot goes on behind record " + start.place() + " in journal file " + number
                        + ", which is not there. Restore journal/ and snapshots/ from the same copy, or copy what is intact with `tq journal salvage`.");
    }

    /** Behind the batch that ends with the last record not wanted. */
    private int positionInFirst(JournalBytes file) throws IOException {
        endOfLastBatch = 0;
        if (start.location() == Location.NOWHERE) {
            return 0;
        }
        ByteBuffer bytes = file.map();
        int at = Math.toIntExact(Location.offset(start.location()));
        boolean isThere = Framing.isHeader(bytes, at)
                && Framing.isIntact(bytes, at)
                && bytes.getLong(at + Framing.BATCH_FIRST_PLACE) + bytes.getInt(at + Framing.BATCH_COUNT) == nextPlace;
        if (!isThere) {
            throw new CorruptJournalException(
                    file.path(), at, "record " + start.place() + ", which a snapshot ends with, is not here");
        }
        localBefore = Framing.localUpTo(bytes, at);
        endOfLastBatch = at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES);
        return endOfLastBatch + 3 & -EXCERPT_HEADER_BYTES;
    }

    /** Behind the last record. */
    long nextPlace() {
        return nextPlace;
    }

    /** Of the batch that ends with the last record; {@link Location#NOWHERE} when there is none. */
    long lastLocation() {
        return lastLocation;
    }

    /** How many of the records have no sequence. */
    long localRecords() {
        return localBefore;
    }

    private long lastSequence() {
        return nextPlace - 1 - localBefore;
    }

    private boolean isWanted() {
        return lastSequence() < last;
    }

    /** Of what was scanned, the end that may not be on the disk yet. */
    UnsureTail unsure() {
        return unsure;
    }

    int batches() {
        return batches;
    }

    /** The file whose tail was torn in the run before this one; null when none was. */
    @Nullable
    JournalBytes tornFile() {
        return tornFile;
    }

    long tornOffset() {
        return tornBytesFrom;
    }

    private void scan(int index, int from) throws IOException {
        JournalBytes file = files.get(index);
        ByteBuffer bytes = file.map();
        Framing.requireVersion(file.path(), bytes);
        int position = from;
        if (from == 0) {
            endOfLastBatch = 0;
        }
        while (position != NOTHING && isWanted()) {
            position = readBatches(file, bytes, position);
            if (isWanted()) {
                position = nextAt(index, bytes, position);
            }
        }
    }

    /** Follows Chronicle's excerpts while they lead to the batches that are due; returns where they stop doing so. */
    private int readBatches(JournalBytes file, ByteBuffer bytes, int from) {
        int position = from;
        while (bytes.limit() - position >= EXCERPT_HEADER_BYTES && isWanted()) {
            int header = bytes.getInt(position);
            int length = header & LENGTH_MASK;
            int content = position + EXCERPT_HEADER_BYTES;
            if (header == 0 || (header & NOT_COMPLETE) != 0 || length > bytes.limit() - content) {
                return position;
            }
            if ((header & META) == 0) {
                if (!isDue(bytes, content, file.run()) || !Framing.isIntact(bytes, content)) {
                    return position;
                }
                deliver(file, bytes, content);
            }
            position = content + length + 3 & -EXCERPT_HEADER_BYTES;
        }
        return position;
    }

    private boolean isDue(ByteBuffer bytes, int at, long run) {
        return Framing.isHeader(bytes, at)
                && bytes.getLong(at + Framing.BATCH_FIRST_PLACE) == nextPlace
                && bytes.getLong(at + Framing.BATCH_LOCAL_BEFORE) == localBefore
                && bytes.getLong(at + Framing.BATCH_RUN) == run;
    }

    private void deliver(JournalBytes file, ByteBuffer bytes, int at) {
        lastLocation = Location.of(file.number(), at);
        Batch.deliver(bytes, at, lastLocation, record, handler);
        nextPlace += bytes.getInt(at + Framing.BATCH_COUNT);
        localBefore = Framing.localUpTo(bytes, at);
        endOfLastBatch = at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES);
        long synced = bytes.getLong(at + Framing.BATCH_SYNCED_PLACE);
        unsure.add(file.number(), at, endOfLastBatch, nextPlace - 1, synced);
        batches++;
        if (batches % BATCHES_PER_PROGRESS == 0) {
            handler.progress(bytesBefore + at, bytesInAll);
        }
    }

    /** Where to go on in this file after the excerpts ended at {@code from}; {@link #NOTHING} when the file is done. */
    private int nextAt(int index, ByteBuffer bytes, int from) throws IOException {
        JournalBytes file = files.get(index);
        if (continuesInNextFile(index)) {
            return NOTHING;
        }
        // Not from where the excerpts led: a damaged length may have led over batches, or behind the last one.
        int at = nextHeader(bytes, endOfLastBatch);
        if (at != NOTHING && isDue(bytes, at, file.run()) && Framing.isIntact(bytes, at)) {
            // Only Chronicle's own bytes in between were damaged, perhaps those right before this batch.
            deliver(file, bytes, at);
            return endOfLastBatch + 3 & -EXCERPT_HEADER_BYTES;
        }
        int damagedAt = at;
        while (at != NOTHING) {
            requireUnsynced(file, endOfLastBatch, bytes, at, file.run());
            at = nextHeader(bytes, at + EXCERPT_HEADER_BYTES);
        }
        for (JournalBytes later : files.subList(index + 1, files.size())) {
            ByteBuffer laterBytes = later.map();
            for (int i = nextHeader(laterBytes, 0);
                    i != NOTHING;
                    i = nextHeader(laterBytes, i + EXCERPT_HEADER_BYTES)) {
                requireUnsynced(file, endOfLastBatch, laterBytes, i, file.run());
            }
        }
        if (damagedAt != NOTHING || hasBytes(bytes, from)) {
            tornFile = file;
            tornBytesFrom = from;
        }
        return NOTHING;
    }

    /**
     * Nothing is missing here: the next file of this run goes on with the record that is due, or the next run does, whose broker saw this
     * one's log end here. What this run wrote behind, also into further files, was never synced and is void.
     */
    private boolean continuesInNextFile(int index) throws IOException {
        JournalBytes file = files.get(index);
        boolean nextOfRunSeen = false;
        for (JournalBytes later : files.subList(index + 1, files.size())) {
            boolean sameRun = later.run() == file.run();
            if (sameRun && nextOfRunSeen) {
                continue;
            }
            ByteBuffer bytes = later.map();
            int at = nextHeader(bytes, 0);
            if (at != NOTHING && bytes.getLong(at + Framing.BATCH_FIRST_PLACE) == nextPlace) {
                return true;
            }
            if (at != NOTHING && !sameRun) {
                return false;
            }
            nextOfRunSeen |= at != NOTHING;
        }
        return false;
    }

    private void requireUnsynced(JournalBytes file, int damage, ByteBuffer bytes, int at, long run) {
        long synced = bytes.getLong(at + Framing.BATCH_SYNCED_PLACE);
        boolean laterRun = bytes.getLong(at + Framing.BATCH_RUN) > run;
        if (synced >= nextPlace || laterRun) {
            throw new CorruptJournalException(
                    file.path(),
                    damage,
                    "record " + nextPlace + " is due here, and a later batch (records from "
                            + bytes.getLong(at + Framing.BATCH_FIRST_PLACE) + ") says that all up to "
                            + Math.max(synced, nextPlace) + " were kept");
        }
    }

    /** The next intact batch header of any run at or behind {@code from}; {@link #NOTHING} when none follows. */
    static int nextHeader(ByteBuffer bytes, int from) {
        int end = bytes.limit() - Framing.BATCH_HEADER_BYTES;
        int at = from;
        while (at <= end) {
            int piece = Math.min(at + ZEROS.capacity(), bytes.limit());
            if (isZero(bytes, at, piece)) {
                at = piece;
                continue;
            }
            for (; at < piece && at <= end; at += EXCERPT_HEADER_BYTES) {
                if (bytes.getInt(at) == Framing.MAGIC && Framing.isHeader(bytes, at)) {
                    return at;
                }
            }
        }
        return NOTHING;
    }

    private static boolean hasBytes(ByteBuffer bytes, int from) {
        for (int at = from; at < bytes.limit(); at += ZEROS.capacity()) {
            if (!isZero(bytes, at, Math.min(at + ZEROS.capacity(), bytes.limit()))) {
                return true;
            }
        }
        return false;
    }

    /** Files end with up to 160 MiB of zeros, which a start has to look through before anything is compiled: this takes a tenth of the time. */
    private static boolean isZero(ByteBuffer bytes, int from, int to) {
        return bytes.slice(from, to - from).mismatch(ZEROS.slice(0, to - from)) < 0;
    }
}
