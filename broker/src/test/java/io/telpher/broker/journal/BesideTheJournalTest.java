package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files are made ready and deleted beside the journal: neither ends when it fails, and neither waits for the other. */
@Timeout(60)
class BesideTheJournalTest {
    private static final int FILE_BYTES = 3 << 20;

    @TempDir
    Path directory;

    private FaultyDisk disk;

    @BeforeEach
    void makeDisk() {
        disk = new FaultyDisk(directory, directory.resolve("survivors"));
    }

    private ZeroedFiles zeroed(ChannelOpener opener) throws IOException {
        ZeroedFiles zeroed = new ZeroedFiles(directory.resolve("zeroed"), FILE_BYTES, 0, opener);
        zeroed.start();
        return zeroed;
    }

    @Test
    void shouldMakeZerosAgainWhenTheDiskWasFull() throws Exception {
        disk.fillUpAfter(FILE_BYTES / 2);
        try (ZeroedFiles zeroed = zeroed(disk)) {
            while (zeroed.chore().failures() < 2) {
                Patience.look();
            }
            assertFalse(zeroed.isReady());
            assertTrue(String.valueOf(zeroed.chore().trouble()).startsWith("TQ-2013 "));
            disk.fillUpAfter(Long.MAX_VALUE);
            while (zeroed.chore().trouble() != null) {
                Patience.look();
            }
            assertTrue(zeroed.isReady());
            Path target = directory.resolve("used");
            assertTrue(zeroed.moveTo(target));
            assertEquals(FILE_BYTES, Files.size(target));
        }
    }

    @Test
    void shouldGiveBackTheSpaceOfZerosThatWereNotFinished() throws Exception {
        disk.fillUpAfter(FILE_BYTES / 2);
        try (ZeroedFiles zeroed = zeroed(disk)) {
            while (zeroed.chore().failures() < 1) {
                Patience.look();
            }
            while (Files.exists(directory.resolve("zeroed/unfinished"))) {
                Patience.look();
            }
        }
    }

    /** An exception of the runtime, or an error, is a failure like any. */
    @Test
    void shouldMakeZerosAgainWhateverIsThrown() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        ChannelOpener broken = path -> {
            int times = opened.incrementAndGet();
            if (times == 1) {
                throw new IllegalStateException("broken");
            } else if (times == 2) {
                throw new InternalError("a fault in a mapped page");
            }
            return ChannelOpener.DISK.open(path);
        };
        try (ZeroedFiles zeroed = zeroed(broken)) {
            while (!zeroed.isReady()) {
                Patience.look();
            }
            assertEquals(2, zeroed.chore().failures());
        }
    }

    @Test
    void shouldDeleteTheOthersWhenOneCannotBeDeleted() throws Exception {
        Path folder = Files.createDirectories(directory.resolve("run"));
        // A folder with something in it can't be deleted as a file.
        Path stuck = Files.createDirectories(folder.resolve("1.cq4"));
        Path inside = Files.createFile(stuck.resolve("inside.cq4"));
        Path other = Files.createFile(folder.resolve("2.cq4"));
        try (UnwantedFiles unwanted = new UnwantedFiles()) {
            unwanted.start();
            unwanted.add(stuck);
            unwanted.add(other);
            while (unwanted.count() != 1) {
                Patience.look();
            }
            assertFalse(Files.exists(other));
            while (unwanted.chore().failures() < 2) {
                Patience.look();
            }
            assertNotNull(unwanted.chore().trouble());
            Files.delete(inside);
            while (Files.exists(folder)) {
                Patience.look();
            }
            while (unwanted.chore().trouble() != null) {
                Patience.look();
            }
            assertEquals(0, unwanted.count());
        }
    }

    @Test
    void shouldCountOneThatIsGoneAlreadyAsDeleted() throws Exception {
        try (UnwantedFiles unwanted = new UnwantedFiles()) {
            unwanted.start();
            unwanted.add(directory.resolve("gone/1.cq4"));
            while (unwanted.count() > 0) {
                Patience.look();
            }
            assertNull(unwanted.chore().trouble());
        }
    }
}
