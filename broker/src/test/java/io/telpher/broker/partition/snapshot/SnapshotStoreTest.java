package io.telpher.broker.partition.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.Location;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journal files go because there are snapshots: one counts when its contents and its name are on the disk, not before. */
class SnapshotStoreTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Path folder;
    private SnapshotStore store;
    private final List<String> forced = new ArrayList<>();
    private final Semaphore wakeUps = new Semaphore(0);

    @BeforeEach
    void open() {
        directory = temporary.resolve("data").toAbsolutePath();
        folder = directory.resolve("snapshots");
        store = new SnapshotStore(directory, Placement.alone(0), this::force);
    }

    /** What a power cut would leave from here on: the names that are there, and what the store says by now. */
    private void force(Path names) throws IOException {
        forced.add(directory.relativize(names) + " " + names() + " newest " + store.newestSequence());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static SnapshotHeader header(long sequence) {
        return new SnapshotHeader(
                0, Recovery.SEMANTICS_VERSION, sequence, Location.of((int) sequence, 64), 1, 1_000, sequence);
    }

    private SnapshotWriter begin(long sequence) throws IOException {
        SnapshotWriter writer = store.begin(header(sequence), wakeUps::release);
        writer.start();
        return writer;
    }

    private void take(long sequence) throws IOException {
        SnapshotWriter writer = begin(sequence);
        writer.seal();
        wakeUps.acquireUninterruptibly();
        assertTrue(writer.isDone(), () -> "it failed with " + writer.failure());
    }

    @Test
    void shouldCountASnapshotWhenItsNameIsForced() throws IOException {
        take(1);
        take(2);
        assertEquals(
                List.of(
                        "snapshots [0000000000000001.snapshot] newest 0",
                        " [0000000000000001.snapshot] newest 0",
                        "snapshots [0000000000000001.snapshot, 0000000000000002.snapshot] newest 1"),
                forced);
        assertEquals(2, store.newestSequence());
    }

    /** Of a process that was killed between giving the name and forcing it; what it covers may be deleted from here on. */
    @Test
    void shouldForceTheNameOfTheSnapshotThatAStartReads() throws IOException {
        Files.createDirectories(folder);
        String resource = "/snapshots/version-6.snapshot.gz";
        try (InputStream packed = SnapshotStoreTest.class.getResourceAsStream(resource);
                InputStream bytes = new GZIPInputStream(Objects.requireNonNull(packed, resource))) {
            Files.write(folder.resolve("0000000000001234.snapshot"), bytes.readAllBytes());
        }
        assertNotNull(store.loadNewest(new StartProgress()));
        assertEquals(List.of("snapshots [0000000000001234.snapshot] newest 0"), forced);
    }

    /** A copy's journal is cut before it; a power cut must not bring back what reaches beyond that. */
    @Test
    void shouldDeleteTheNewestForGood() throws IOException {
        take(1);
        take(2);
        forced.clear();
        store.deleteNewest();
        assertEquals(List.of("snapshots [0000000000000001.snapshot] newest 2"), forced);
    }

    @Test
    void shouldNeedTheJournalFromTheOldestKeptOneOn() throws IOException {
        take(1);
        assertEquals(0, store.oldestFile(), "one may turn out to be damaged");
        take(2);
        take(3);
        assertEquals(List.of("0000000000000002.snapshot", "0000000000000003.snapshot"), names());
        assertEquals(2, store.oldestSequence());
        assertEquals(2, store.oldestFile());
    }

    @Test
    void shouldRemoveNothingBeforeTwoAreKnownToBeIntact() throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("0000000000000001.snapshot"), "perhaps it can be repaired");
        take(2);
        assertEquals(List.of("0000000000000001.snapshot", "0000000000000002.snapshot"), names());
        take(3);
        assertEquals(List.of("0000000000000002.snapshot", "0000000000000003.snapshot"), names());
    }

    @Test
    void shouldNotNameWhatDoesNotReadBack() throws IOException {
        Files.createDirectories(folder);
        SnapshotHeader header = header(1);
        Path unfinished = store.unfinished(header);
        byte[] cut = new byte[SnapshotHeader.BYTES]; // without an end
        header.encode().get(cut);
        Files.write(unfinished, cut);
        assertThrows(DamagedSnapshotException.class, () -> store.finish(unfinished, header));
        assertEquals(List.of(unfinished.getFileName().toString()), names());
        assertEquals(0, store.newestSequence());
    }

    @Test
    void shouldLeaveNothingOfASnapshotThatWasAbandoned() throws IOException {
        SnapshotWriter writer = begin(1);
        writer.abandon();
        wakeUps.acquireUninterruptibly();
        assertFalse(writer.isDone());
        assertNotNull(writer.failure());
        assertEquals(List.of(), names());
    }

    /** Who waits for it would wait for ever. */
    @Test
    void shouldSayThatItFailed() throws IOException {
        Files.createDirectories(store.unfinished(header(1))); // a folder is in its way
        SnapshotWriter writer = begin(1);
        writer.seal();
        wakeUps.acquireUninterruptibly();
        assertFalse(writer.isDone());
        assertNotNull(writer.failure());
        assertEquals(0, store.newestSequence());
    }
}
