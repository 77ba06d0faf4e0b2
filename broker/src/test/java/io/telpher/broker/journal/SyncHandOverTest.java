package io.telpher.broker.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hand-over of syncs between the partition's thread and the sync thread: whoever does one, none is forgotten and nobody sleeps on. With real
 * threads and a real file, over and over; {@link SyncHandOverInterleavingsTest} has the orders that Lincheck chooses.
 */
class SyncHandOverTest {
    private static final int ROUNDS = 500;
    private static final int SYNCS = 7;

    @TempDir
    static Path directory;

    @Test
    void shouldSyncWhatIsWantedHoweverTheTwoThreadsMeet() throws IOException {
        Path path = Files.createFile(directory.resolve("file"));
        for (int round = 0; round < ROUNDS; round++) {
            handOver(path);
        }
    }

    private static void handOver(Path path) {
        try (JournalFile file = JournalFile.open(1, 1, path, ChannelOpener.DISK)) {
            Thread partition = Thread.currentThread();
            SyncThread syncs =
                    new SyncThread(SyncPolicy.BATCH, new UnforcedFiles(file), 0, () -> LockSupport.unpark(partition));
            syncs.start();
            for (int sequence = 1; sequence <= SYNCS; sequence++) {
                syncs.appended(sequence, true);
                if (sequence % 3 == 0 || !syncs.tryHere()) {
                    syncs.request();
                }
                while (syncs.synced() < sequence) {
                    LockSupport.park();
                }
            }
            syncs.finish();
            syncs.join();
            if (syncs.synced() != SYNCS || syncs.failure() != null) {
                throw new AssertionError("synced up to " + syncs.synced() + ", " + syncs.failure());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
