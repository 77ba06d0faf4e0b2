package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.snapshot.SnapshotFormat;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.StartProgress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots of every format version, made once by the broker that wrote it, are read; and this broker writes its own version byte by byte as it did. */
class SnapshotFormatTest {
    private static final Placement PLACEMENT = Placement.alone(0);
    private static final int HEADER_CRC_AT = 60;

    @TempDir
    Path directory;

    private final Partition fixed = new Partition(PLACEMENT, Outbox.DISCARD);

    private static byte[] golden(int version) throws IOException {
        String name = "/snapshots/version-" + version + ".snapshot.gz";
        try (InputStream packed = Objects.requireNonNull(SnapshotFormatTest.class.getResourceAsStream(name), name);
                InputStream bytes = new GZIPInputStream(packed)) {
            return bytes.readAllBytes();
        }
    }

    private void put(byte[] snapshot) throws IOException {
        Files.createDirectories(directory.resolve("snapshots"));
        Files.write(directory.resolve("snapshots").resolve("0000000000001234.snapshot"), snapshot);
    }

    private Partition load(byte[] snapshot) throws IOException {
        put(snapshot);
        return Objects.requireNonNull(
                        new SnapshotStore(directory, PLACEMENT).loadNewest(new StartProgress()), "not intact")
                .partition();
    }

    @ParameterizedTest
    @ValueSource(ints = 6)
    void shouldReadSnapshotsOfEveryVersion(int version) throws Exception {
        Partition read = load(golden(version));
        Files.writeString(Path.of("target", "state.txt"), dump(read));
        try (InputStream expected =
                Objects.requireNonNull(SnapshotFormatTest.class.getResourceAsStream("/snapshots/state.txt"))) {
            assertEquals(new String(expected.readAllBytes(), StandardCharsets.UTF_8), dump(read));
        }
        FixedState.bringAbout(fixed);
        assertEquals(fixed.stateHash(), read.stateHash());
        assertEquals(fixed.nextDeadlineMs(), read.nextDeadlineMs());
    }

    @Test
    void shouldHaveAGoldenFileOfThePresentVersion() {
        assertEquals(6, SnapshotFormat.VERSION, "add the new version to the test above, and its file");
        assertEquals(6, SnapshotFormat.OLDEST_VERSION);
    }

    /** When it fails, and what changed was meant to change: raise the version (once the present one was released), keep reading the old one, and add target/version-N.snapshot.gz and target/state.txt. */
    @Test
    void shouldWriteThePresentVersionByteByByteAsEver() throws Exception {
        FixedState.bringAbout(fixed);
        byte[] written =
                Files.readAllBytes(FixedState.write(fixed, new SnapshotStore(directory, PLACEMENT), directory));
        Path packed = Path.of("target", "version-" + SnapshotFormat.VERSION + ".snapshot.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(written);
        }
        assertArrayEquals(golden(SnapshotFormat.VERSION), written);
    }

    @Test
    void shouldNotReadSnapshotsOfALaterVersion() throws Exception {
        byte[] later = golden(SnapshotFormat.VERSION);
        later[4]++;
        put(signed(later));
        assertNull(new SnapshotStore(directory, PLACEMENT).loadNewest(new StartProgress()));
    }

    /** Not taken for damage, which would have the journal behind it read, and refused with another message. */
    @Test
    void shouldRefuseAnOlderVersionAndSayHowItsTasksCanBeMoved() throws Exception {
        byte[] older = golden(SnapshotFormat.VERSION);
        older[4] = (byte) (SnapshotFormat.OLDEST_VERSION - 1);
        put(signed(older));
        JournalException refused = assertThrows(
                JournalException.class, () -> new SnapshotStore(directory, PLACEMENT).loadNewest(new StartProgress()));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.startsWith("TQ-2032 ") && said.contains("tq export") && said.contains("tq import"), said);
    }

    private static byte[] signed(byte[] snapshot) {
        CRC32C crc = new CRC32C();
        crc.update(snapshot, 0, HEADER_CRC_AT);
        ByteBuffer.wrap(snapshot).order(ByteOrder.LITTLE_ENDIAN).putInt(HEADER_CRC_AT, (int) crc.getValue());
        return snapshot;
    }

    private static String dump(Partition partition) {
        StringBuilder out = new StringBuilder(partition.counts() + "\n");
        out.append(String.format(
                "now %d retention %d last %d%n", partition.now(), partition.retentionMs(), partition.lastTaskId()));
        partition.queues("", queue -> {
            out.append(String.format(
                    "%s %s paused %b %s refuses %b note %s waiters %d submitted %d completed %d dead %d died %d oldest %d%n",
                    queue.name(),
                    queue.ownPolicy(),
                    queue.paused(),
                    queue.pause(),
                    queue.refusesSubmits(),
                    queue.note(),
                    queue.waiters(),
                    queue.submitted(),
                    queue.completed(),
                    queue.dead(),
                    queue.died(),
                    queue.oldestReadySinceMs()));
            return true;
        });
        partition.list(new TaskFilter(0, 0, "", ""), Integer.MAX_VALUE, task -> {
            out.append(line(task));
            return true;
        });
        return out.toString();
    }

    private static String line(TaskCursor task) {
        return String.format(
                "%d %s %s %s at %d frame %d+%d crc %d attempts %d lease %d until %d by %s session %x progress %d note"
                        + " %d outcome %s %d%n",
                task.taskId(),
                task.queue(),
                task.type(),
                task.state(),
                task.createdAtMs(),
                task.submitLocation(),
                task.submitBytes(),
                task.submitCrc(),
                task.attempts(),
                task.leaseId(),
                task.leaseDeadlineMs(),
                task.worker(),
                task.session(),
                task.progress(),
                task.noteLocation(),
                task.lastOutcome(),
                task.outcomeLocation());
    }
}
