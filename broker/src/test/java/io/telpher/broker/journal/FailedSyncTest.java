package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.task.Submit;
import io.telpher.testing.faults.PowerLossFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sync fails, the broker stops and is started again on the same machine, finds in the page cache what that sync did not bring to the disk, and builds
 * on it; then the power goes. Found by the torture of the real process, seed 2.
 */
class FailedSyncTest {
    private static final long FILE_BYTES = 1L << 30;

    /** Of two records each one has a file of its own. */
    private static final long SMALL_FILE_BYTES = 32 << 10;

    /** Each with a few rounds: a start reads all that the runs before it left, whose files end with 160 MiB of zeros. */
    private static final int DISKS = 4;

    private static final int ROUNDS = 2;

    @TempDir
    Path work;

    private final Semaphore wakeUps = new Semaphore(0);
    private final List<Integer> recovered = new ArrayList<>();
    private int confirmed;

    private static int number(Record record) {
        Submit submit = new Submit().wrap(record.buffer(), record.frameOffset());
        return Integer.parseInt(submit.taskType());
    }

    private ChronicleJournal open(Path data) throws IOException {
        return open(data, FILE_BYTES);
    }

    private ChronicleJournal open(Path data, long fileBytes) throws IOException {
        recovered.clear();
        return Journals.open(
                new JournalOptions(data, SyncPolicy.BATCH, fileBytes, wakeUps::release),
                record -> recovered.add(number(record)));
    }

    private static void append(Log journal, int number) {
        byte[] payload = new byte[20_000];
        new Random(number).nextBytes(payload);
        Batch batch = journal.newBatch();
        batch.add(
                1,
                7,
                Submit.write(
                                new FrameWriter(),
                                0,
                                TaskSpec.type(String.valueOf(number)).payload(payload))
                        .written(),
                true);
        assertTrue(journal.append(batch) > 0);
    }

    private void confirm(Log journal, int until) {
        while (confirmed < until) {
            if (journal.poll(record -> confirmed = number(record), 10) == 0) {
                wakeUps.acquireUninterruptibly();
            }
        }
    }

    @Test
    void shouldKeepOverAPowerCutWhatItFoundAfterAFailedSync() throws IOException {
        String missing = PowerLossFileSystem.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no power cuts, " + missing);
        Random random = new Random(5);
        for (int i = 0; i < DISKS; i++) {
            confirmed = 0;
            shouldKeep(Files.createDirectory(work.resolve("disk-" + i)), FILE_BYTES, random);
        }
    }

    /** Found by the torture of the real process, seed 12260737: the file's content was forced by the next start, its name was not. */
    @Test
    void shouldKeepOverAPowerCutTheFileThatItFoundAfterAFailedSync() throws IOException {
        String missing = PowerLossFileSystem.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no power cuts, " + missing);
        Random random = new Random(7);
        for (int i = 0; i < DISKS / 2; i++) {
            confirmed = 0;
            shouldKeep(Files.createDirectory(work.resolve("files-" + i)), SMALL_FILE_BYTES, random);
        }
    }

    /** As after a restore, or on a disk that another node's data was copied to. */
    @Test
    void shouldKeepWhatIsConfirmedInAFolderThatHasJustGotItsName() throws IOException {
        String missing = PowerLossFileSystem.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no power cuts, " + missing);
        Random random = new Random(6);
        try (PowerLossFileSystem disk = PowerLossFileSystem.mount(work)) {
            Path data = disk.directory().resolve("data");
            for (int last = 0; last < ROUNDS; last++) {
                Path renamed = disk.directory().resolve("data-" + last);
                if (last > 0) {
                    Files.move(data, renamed);
                    data = renamed;
                }
                try (ChronicleJournal journal = open(data)) {
                    append(journal, last + 1);
                    confirm(journal, last + 1);
                }
                disk.cut(random);
                try (ChronicleJournal journal = open(data)) {
                    assertEquals(last + 1, recovered.size(), "of " + data);
                }
            }
        }
    }

    private void shouldKeep(Path on, long fileBytes, Random random) throws IOException {
        try (PowerLossFileSystem disk = PowerLossFileSystem.mount(on)) {
            Path data = disk.directory().resolve("data");
            for (int round = 0; round < ROUNDS; round++) {
                int last = confirmed;
                try (ChronicleJournal journal = open(data, fileBytes)) {
                    append(journal, last + 1);
                    confirm(journal, last + 1);
                    // All until it is over: the thread that makes files of zeros forces, too.
                    disk.failSyncs(Integer.MAX_VALUE);
                    append(journal, last + 2);
                    assertThrows(JournalException.class, () -> confirm(journal, last + 2));
                }
                disk.failSyncs(0);
                try (ChronicleJournal journal = open(data, fileBytes)) {
                    assertEquals(last + 2, recovered.size(), "nobody took it out of the page cache");
                    append(journal, last + 3);
                    confirm(journal, last + 3);
                }
                disk.cut(random);
                try (ChronicleJournal journal = open(data, fileBytes)) {
                    assertEquals(last + 3, recovered.size());
                    for (int i = 0; i < recovered.size(); i++) {
                        assertEquals(i + 1, recovered.get(i));
                    }
                }
            }
        }
    }
}
