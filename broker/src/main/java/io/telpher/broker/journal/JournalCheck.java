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
    private final Path dataDirectory;

    /** @param dataDirectory as {@code journal.dir} names it */
    public JournalCheck(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /**
     * What one file holds.
     *
     * @param firstSequence of its intact batches' records; 0 when it has none
     * @param damagedAt offsets of batches that are not what was written, and of places where some are missing
     */
    public record FileReport(
            Path path,
            int number,
            long term,
            int batches,
            long records,
            long firstSequence,
            long lastSequence,
            List<Long> damagedAt) {}

    /**
     * What the whole journal holds.
     *
     * @param refusal why a broker would refuse to start on it; null when it would start
     * @param replayed records that it would replay
     * @param tornFile where the last run's log ends in the middle of what was never confirmed; null when it ends cleanly
     */
    public record Report(
            List<FileReport> files,
            @Nullable String refusal,
            long replayed,
            @Nullable Path tornFile) {
        /** Damage to what was kept: a broker refuses to start, or will stop when it reads one of these payloads. */
        public boolean isDamaged() {
            return refusal != null || files.stream().anyMatch(this::isDamaged);
        }

        /** Whether what is damaged in this file was kept, and is no torn end. */
        public boolean isDamaged(FileReport file) {
            return !file.damagedAt().isEmpty() && !file.path().equals(tornFile);
        }
    }

    /**
     * @param replay is handed what a start would replay
     * @throws JournalException when a broker uses the directory, or there is none
     */
    public Report run(Replay replay) throws IOException {
        if (!Files.isDirectory(dataDirectory.resolve("journal"))) {
            throw new JournalException(
                    "TQ-2016 there is no journal in " + dataDirectory + "; name the directory that journal.dir does");
        }
        DirectoryLock lock = DirectoryLock.take(dataDirectory);
        List<JournalFile> files = List.of();
        try {
            files = new JournalDirectory(dataDirectory, ChannelOpener.DISK).open();
            List<FileReport> reports = new ArrayList<>();
            for (JournalFile file : files) {
                reports.add(report(file));
            }
            return scan(files, reports, replay);
        } finally {
            for (JournalFile file : files) {
                file.close();
            }
            lock.close();
        }
    }

    private static Report scan(List<JournalFile> files, List<FileReport> reports, Replay replay) throws IOException {
        long[] records = {0};
        try {
            JournalScanner scanner = new JournalScanner(files, replay.start(), new Replay() {
                @Override
                public JournalStart start() {
                    return JournalStart.BEGINNING;
                }

                @Override
                public void onRecord(Record record) {
                    records[0]++;
                    replay.onRecord(record);
                }

                @Override
                public void progress(long bytesRead, long bytesInAll) {
                    replay.progress(bytesRead, bytesInAll);
                }
            });
            scanner.scan();
            JournalBytes torn = scanner.tornFile();
            return new Report(reports, null, records[0], torn == null ? null : torn.path());
        } catch (JournalException e) {
            return new Report(reports, e.getMessage(), records[0], null);
        }
    }

    private static FileReport report(JournalFile file) throws IOException {
        ByteBuffer bytes = file.map();
        int batches = 0;
        long records = 0;
        long first = 0;
        long last = 0;
        List<Long> damagedAt = new ArrayList<>();
        int end = 0;
        int at = JournalScanner.nextHeader(bytes, 0);
        while (at != JournalScanner.NOTHING) {
            int count = bytes.getInt(at + Framing.BATCH_COUNT);
            long sequence = bytes.getLong(at + Framing.BATCH_FIRST_SEQUENCE);
            if (last > 0 && sequence > last + 1) {
                damagedAt.add((long) end);
            }
            int next = at + Integer.BYTES;
            if (Framing.isIntact(bytes, at)) {
                batches++;
                records += count;
                first = first == 0 && count > 0 ? sequence : first;
                // Payloads may look like batches: what an intact one holds is not looked into.
                next = at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES) + 3
                        & -Integer.BYTES;
            } else {
                damagedAt.add((long) at);
            }
            last = count > 0 ? sequence + count - 1 : last;
            end = next;
            at = JournalScanner.nextHeader(bytes, next);
        }
        return new FileReport(file.path(), file.number(), file.term(), batches, records, first, last, damagedAt);
    }
}
