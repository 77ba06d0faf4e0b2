package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is intact in a journal that may be damaged anywhere, record by record: a batch that is hurt gives those of its records that are
 * not. Holds the directory's lock meanwhile and changes nothing else.
 *
 * <p>What a run wrote behind the record that the next one began with was never confirmed and is left out, as at a start. What the last
 * run wrote behind a hole is shown: whether it was confirmed can't be told.
 */
public final class JournalRemains implements AutoCloseable {
    /** Behind the last batch. */
    private static final long END = Long.MAX_VALUE;

    private final DirectoryLock lock;
    private final List<JournalFile> files;
    private final JournalFiles byNumber = new JournalFiles(Long.MAX_VALUE);
    private final long lastRun;

    private JournalRemains(DirectoryLock lock, List<JournalFile> files, long lastRun) {
        this.lock = lock;
        this.files = files;
        this.lastRun = lastRun;
        files.forEach(byNumber::add);
    }

    /** @throws JournalException when a broker uses the directory, or there is no journal in it */
    public static JournalRemains open(Path dataDirectory) throws IOException {
        if (!Files.isDirectory(dataDirectory.resolve("journal"))) {
            throw new JournalException(
                    "TQ-2016 there is no journal in " + dataDirectory + "; name the directory that journal.dir does");
        }
        DirectoryLock lock = DirectoryLock.take(dataDirectory);
        try {
            JournalDirectory directory = new JournalDirectory(dataDirectory, ChannelOpener.DISK);
            List<Long> runs = directory.runs();
            return new JournalRemains(lock, directory.open(), runs.isEmpty() ? 0 : runs.get(runs.size() - 1));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** A stretch of one file: a batch whose header is intact, or what lies where no batch can be read. */
    private record Span(JournalFile file, int from, int to, long first, int count, boolean isBatch) {
        long end() {
            return first + count;
        }
    }

    /**
     * Hands over every intact record that recovery may not know of otherwise, and says where some are missing.
     *
     * @param from the first record that is wanted
     * @param lastStampMs no record was written later, ms since 1970: what says so is damaged itself
     */
    public void walk(long from, long lastStampMs, RemainsHandler handler) throws IOException {
        List<Span> spans = spans();
        RecordScan scan = new RecordScan(handler, lastStampMs);
        long due = from;
        long read = 0;
        long all = spans.stream().mapToLong(span -> span.to() - span.from()).sum();
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            if (span.isBatch() && span.end() > from || span.isBatch() && span.count() == 0 && span.first() >= from) {
                if (span.first() > due && (i == 0 || spans.get(i - 1).isBatch())) {
                    handler.missing(span.file().path(), span.from(), 0, due);
                }
                due = Math.max(due, span.end());
                batch(span, scan, handler);
            } else if (!span.isBatch()) {
                gap(span, next(spans, i), due, scan, handler);
            }
            read += span.to() - span.from();
            handler.read(read, all);
        }
    }

    private static void gap(Span gap, long next, long due, RecordScan scan, RemainsHandler handler) throws IOException {
        boolean isMissing = next > due && next != END;
        if (isMissing) {
            handler.missing(gap.file().path(), gap.from(), gap.to() - gap.from(), due);
        }
        // At the journal's end it may be a torn tail as well, which is no damage.
        if (isMissing || next == END) {
            scan.find(gap.file(), gap.file().mapWithDamage(), gap.from(), gap.to());
        }
    }

    /** The record that the next batch begins with. When it is the one that is due, only bytes between batches lie here. */
    private static long next(List<Span> spans, int at) {
        for (Span later : spans.subList(at + 1, spans.size())) {
            if (later.isBatch()) {
                return later.first();
            }
        }
        return END;
    }

    private static void batch(Span span, RecordScan scan, RemainsHandler handler) throws IOException {
        ByteBuffer bytes = span.file().mapWithDamage();
        if (Framing.isIntact(bytes, span.from())) {
            scan.deliver(span.file(), bytes, span.from());
        } else {
            handler.missing(span.file().path(), span.from(), span.to() - span.from(), span.first());
            scan.damagedBatch(span.file(), bytes, span.from(), span.to());
        }
    }

    private List<Span> spans() throws IOException {
        List<Span> all = new ArrayList<>();
        for (JournalFile file : files) {
            all.addAll(spans(file));
        }
        List<Span> counted = new ArrayList<>();
        long voidFrom = Long.MAX_VALUE;
        long begin = Long.MAX_VALUE;
        for (int i = all.size() - 1; i >= 0; i--) {
            Span span = all.get(i);
            if (i + 1 < all.size() && all.get(i + 1).file().run() != span.file().run()) {
                voidFrom = Math.min(voidFrom, begin);
            }
            if (!span.isBatch() || span.first() < voidFrom) {
                begin = span.isBatch() ? Math.min(begin, span.first()) : begin;
                counted.add(span);
            }
        }
        Collections.reverse(counted);
        return counted;
    }

    private static List<Span> spans(JournalFile file) throws IOException {
        List<Span> spans = new ArrayList<>();
        ByteBuffer bytes = file.mapWithDamage();
        int behind = 0;
        int at = JournalScanner.nextHeader(bytes, 0);
        while (at != JournalScanner.NOTHING) {
            addGap(spans, file, bytes, behind, at);
            int count = bytes.getInt(at + Framing.BATCH_COUNT);
            long end = (long) at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES);
            int next = (int) Math.min(bytes.limit(), end + 3 & -Integer.BYTES);
            spans.add(new Span(file, at, next, bytes.getLong(at + Framing.BATCH_FIRST_PLACE), count, true));
            behind = next;
            at = JournalScanner.nextHeader(bytes, behind);
        }
        addGap(spans, file, bytes, behind, bytes.limit());
        return spans;
    }

    /** Only where there is something: Chronicle's own few bytes are too little for a record. */
    private static void addGap(List<Span> spans, JournalFile file, ByteBuffer bytes, int from, int to) {
        int last = to - Integer.BYTES;
        while (last >= from && bytes.getInt(last & -Integer.BYTES) == 0) {
            last -= Integer.BYTES;
        }
        int end = Math.min(to, last + Integer.BYTES);
        if (end - from > Framing.RECORD_HEADER_BYTES) {
            spans.add(new Span(file, from, end, 0, 0, false));
        }
    }

    /** Of the newest run, whether anything of it is intact or not. */
    public long lastRun() {
        return lastRun;
    }

    /** The number of the newest file; 0 when there is none. */
    public int lastFile() {
        return files.stream().mapToInt(JournalFile::number).max().orElse(0);
    }

    /**
     * At most so many bytes of the journal lie, or lay, from this location on, in files that are gone too.
     *
     * @param location {@link Location#NOWHERE}: from the first file ever on
     */
    public long bytesFrom(long location) throws IOException {
        long bytes = 0;
        int next = location == Location.NOWHERE ? 1 : Location.file(location);
        for (JournalFile file : files) {
            if (file.number() >= next) {
                bytes += (file.number() - next) * (JournalOptions.FILE_BYTES_DEFAULT + ChronicleFiles.BATCH_BYTES_MAX)
                        + file.length();
                next = file.number() + 1;
            }
        }
        return bytes;
    }

    /** See {@link Store#read(long, int)}. */
    public ByteBuffer read(long location, int crc) throws IOException {
        return byNumber.read(location, crc);
    }

    /** See {@link Store#read(long)}. */
    public ByteBuffer read(long location) throws IOException {
        return byNumber.read(location, byNumber.recordCrc(location));
    }

    @Override
    public void close() throws IOException {
        byNumber.close();
        lock.close();
    }
}
