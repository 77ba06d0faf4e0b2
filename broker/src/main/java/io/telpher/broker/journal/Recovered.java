package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.util.List;

/**
 * What earlier runs left in a journal's directory.
 *
 * @param files open, in the order written
 * @param nextPlace of the first record of this run
 * @param lastLocation of the batch before that
 * @param localRecords how many of those before have no sequence
 */
record Recovered(
        List<JournalFile> files, long nextPlace, long lastLocation, long localRecords, long lastRun, int lastFile) {
    /** Hands every record from the start on to {@code replay}, and makes sure that all of it is on the disk. */
    static Recovered from(JournalDirectory directory, JournalStart start, Replay replay) throws IOException {
        List<JournalFile> files = directory.open();
        JournalScanner scanner = new JournalScanner(files, start, replay);
        scanner.scan();
        scanner.unsure().writeAgain(files);
        List<Long> runs = directory.runs();
        long lastRun = runs.isEmpty() ? 0 : runs.get(runs.size() - 1);
        int lastFile = 0;
        for (JournalFile file : files) {
            lastFile = Math.max(lastFile, file.number());
            if (file.run() == lastRun) {
                // What a process left in the page cache counts from here on, so it must be on the disk.
                file.force();
            }
        }
        if (lastRun > 0) {
            // Nor is a file, under a name that it was given a moment before the process ended.
            DurableFile.force(directory.runFolder(lastRun));
        }
        return new Recovered(
                files, scanner.nextPlace(), scanner.lastLocation(), scanner.localRecords(), lastRun, lastFile);
    }
}
