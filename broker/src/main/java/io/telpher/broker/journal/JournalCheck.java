package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads every byte of a journal that no broker uses, and changes nothing but the lock it holds meanwhile. */
public final class JournalCheck {
    private static final long UNKNOWN = -1;

    private final Path dataDirectory;
    private final BytesRead told;

    /** @param dataDirectory as {@code journal.dir} names it */
    public JournalCheck(Path dataDirectory) {
        this(dataDirectory, BytesRead.NOBODY);
    }

    /** @param told of the bytes read; all are read twice, once as a start would and once to look for damage */
    public JournalCheck(Path dataDirectory, BytesRead told) {
        this.dataDirectory = dataDirectory;
        this.told = told;
    }

    /** A replay that is also told to somebody who waits. */
    private record Watched(Replay replay, BytesRead told, long bytes) implements Replay {
        @Override
        public void onRecord(Record entry) {
            replay.onRecord(entry);
        }

        @Override
        public void progress(long bytesRead, long bytesInAll) {
            replay.progress(bytesRead, bytesInAll);
            told.at(Math.max(0, bytes - bytesInAll) + bytesRead, 2 * bytes);
        }
    }

    /**
     * What one file holds.
     *
     * @param firstPlace of its intact batches' records; 0 when it has none
     * @param damagedAt where a batch that was kept is not what was written, or is missing: offsets in the file
     * @param isTorn whether something lies behind its log's end that was never confirmed
     */
    public record FileReport(
            Path path,
            int batches,
            long records,
            long firstPlace,
            long lastPlace,
            List<Long> damagedAt,
            boolean isTorn) {}

    /**
     * What the whole journal holds.
     *
     * @param refusal why a broker would refuse to start on it; null when it would start
     */
    public record Report(List<FileReport> files, @Nullable String refusal) {
        /** Damage to what was kept: a broker refuses to start, or will stop when it reads one of these payloads. */
        public boolean isDamaged() {
            return refusal != null
                    || files.stream().anyMatch(file -> !file.damagedAt().isEmpty());
        }
    }

    /** Where the record with this place is due and not there. */
    private record Spot(long offset, long place) {}

    /** Says where a start would begin to read; asked when the directory is taken. */
    @FunctionalInterface
    public interface Beginning {
        JournalStart read() throws IOException;
    }

    /**
     * @param replay is handed what a start would replay
     * @throws JournalException when a broker uses the directory, or there is none
     */
    public Report run(Beginning beginning, Replay replay) throws IOException {
        if (!Files.isDirectory(dataDirectory.resolve("journal"))) {
            throw new JournalException(
                    "TQ-2016 there is no journal in " + dataDirectory + "; name the directory that journal.dir does");
        }
        DirectoryLock lock = DirectoryLock.take(dataDirectory);
        List<JournalFile> files = List.of();
        try {
            files = new JournalDirectory(dataDirectory, ChannelOpener.DISK).open();
            return report(files, beginning, replay);
        } finally {
            for (JournalFile file : files) {
                file.close();
            }
            lock.close();
        }
    }

    private Report report(List<JournalFile> files, Beginning beginning, Replay replay) throws IOException {
        long bytes = 0;
        for (JournalFile file : files) {
            bytes += file.length();
        }
        long done = bytes;
        long end = Long.MAX_VALUE;
        String refusal = null;
        try {
            JournalScanner scanner = new JournalScanner(files, beginning.read(), new Watched(replay, told, bytes));
            scanner.scan();
            end = scanner.nextPlace();
        } catch (JournalException e) {
            refusal = e.getMessage();
        }
        long[] ends = ends(files, end);
        List<FileReport> reports = new ArrayList<>();
        long due = UNKNOWN;
        for (int i = 0; i < files.size(); i++) {
            boolean goesOn = i > 0
                    && files.get(i).run() == files.get(i - 1).run()
                    && files.get(i).number() == files.get(i - 1).number() + 1;
            FileReport report = report(files.get(i), goesOn ? due : UNKNOWN, ends[i]);
            reports.add(report);
            done += files.get(i).length();
            told.at(done, 2 * bytes);
            due = report.records() == 0 ? UNKNOWN : report.lastPlace() + 1;
        }
        return new Report(reports, refusal);
    }

    /** For each file, the first record that its run had no say in: where a later run began, or the whole log ends. */
    private static long[] ends(List<JournalFile> files, long end) throws IOException {
        long[] ends = new long[files.size()];
        long ofRun = end;
        long begin = end;
        for (int i = files.size() - 1; i >= 0; i--) {
            if (i + 1 < files.size() && files.get(i + 1).run() != files.get(i).run()) {
                ofRun = begin;
            }
            ends[i] = ofRun;
            ByteBuffer bytes = files.get(i).mapWithDamage();
            int first = JournalScanner.nextHeader(bytes, 0);
            if (first != JournalScanner.NOTHING) {
                begin = Math.min(begin, bytes.getLong(first + Framing.BATCH_FIRST_PLACE));
            }
        }
        return ends;
    }

    /** @param expected the record that the file has to begin with */
    private static FileReport report(JournalFile file, long expected, long end) throws IOException {
        ByteBuffer bytes = file.mapWithDamage();
        int batches = 0;
        long records = 0;
        long first = 0;
        long last = 0;
        List<Spot> spots = new ArrayList<>();
        int behind = 0;
        int at = JournalScanner.nextHeader(bytes, 0);
        long due = expected;
        while (at != JournalScanner.NOTHING) {
            int count = bytes.getInt(at + Framing.BATCH_COUNT);
            long place = bytes.getLong(at + Framing.BATCH_FIRST_PLACE);
            if (due != UNKNOWN && place > due) {
                spots.add(new Spot(behind, due));
            }
            behind = at + Integer.BYTES;
            if (Framing.isIntact(bytes, at)) {
                batches++;
                records += count;
                first = first == 0 && count > 0 ? place : first;
                last = count > 0 ? place + count - 1 : last;
                // Payloads may look like batches: what an intact one holds is not looked into.
                behind = at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES) + 3
                        & -Integer.BYTES;
            } else {
                spots.add(new Spot(at, place));
            }
            due = place + count;
            at = JournalScanner.nextHeader(bytes, behind);
        }
        List<Long> damagedAt = spots.stream()
                .filter(spot -> spot.place() < end)
                .map(Spot::offset)
                .toList();
        return new FileReport(file.path(), batches, records, first, last, damagedAt, damagedAt.size() < spots.size());
    }
}
