package io.telpher.broker.partition.snapshot;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.image.SnapshotLoad;
import io.telpher.broker.core.snapshot.DamagedSnapshotException;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.Location;
import io.telpher.broker.thread.Chore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots of one partition under {@code <data directory>/snapshots}: the two newest that are known to be intact are kept. */
public final class SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);
    private static final int KEPT = 2;
    private static final int SEQUENCE_RADIX = 16;
    private static final String SUFFIX = ".snapshot";
    private static final String UNFINISHED = ".unfinished";

    private final Chore chore =
            new Chore("taking-snapshots", "TQ-2012 a snapshot can't be written; the journal is kept instead");
    private final Path folder;
    private final Placement placement;
    private final DurableFile.FolderForce names;
    /** Intact ones of which every byte was read by this process, the newest first. */
    private final List<SnapshotHeader> intact = new ArrayList<>();

    public SnapshotStore(Path dataDirectory, Placement placement) {
        this(dataDirectory, placement, DurableFile::force);
    }

    /** @param names how the names in a folder are brought to the disk */
    SnapshotStore(Path dataDirectory, Placement placement, DurableFile.FolderForce names) {
        this.folder = dataDirectory.resolve("snapshots");
        this.placement = placement;
        this.names = names;
    }

    /** Taking them, which is tried again whenever it fails. */
    public Chore chore() {
        return chore;
    }

    /**
     * Everything that was done up to the record that a snapshot ends with.
     *
     * @param bytes of the file
     */
    public record Loaded(Partition partition, SnapshotHeader header, long bytes) {}

    /** The newest intact snapshot; null when there is none. One that is damaged or can't be read is reported and left where it is. */
    @Nullable
    public Loaded loadNewest(StartProgress progress) throws IOException {
        for (Path file : newestFirst()) {
            Loaded loaded;
            try {
                loaded = load(file, progress);
            } catch (DamagedSnapshotException | IOException e) {
                // Also when the disk does not give it back.
                LOG.error(
                        "TQ-2011 snapshot {} can't be used: {}. The one before it and more of the journal are read instead",
                        file,
                        e.getMessage());
                continue;
            }
            // A process that was killed may have given it its name a moment before, and what it covers may be deleted
            // from here on.
            names.apply(folder);
            remember(loaded.header());
            return loaded;
        }
        return null;
    }

    /** A snapshot's header; the rest of the file may be damaged. */
    public static SnapshotHeader header(Path file) throws IOException {
        try (SnapshotReader reader = new SnapshotReader(file)) {
            return reader.header();
        }
    }

    /** The last record of the newest snapshot by its name, intact or not; 0 = there is none. */
    public long newestNamed() throws IOException {
        List<Path> files = newestFirst();
        if (files.isEmpty()) {
            return 0;
        }
        String name = String.valueOf(files.get(0).getFileName());
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()), SEQUENCE_RADIX);
    }

    /** @throws DamagedSnapshotException when it is not intact */
    public Loaded load(Path file) throws IOException {
        return load(file, new StartProgress());
    }

    private Loaded load(Path file, StartProgress progress) throws IOException {
        try (SnapshotReader reader = new SnapshotReader(file)) {
            return load(reader, placement, progress);
        }
    }

    /** @throws DamagedSnapshotException when it is not intact */
    public static Loaded load(SnapshotReader reader, Placement placement, StartProgress progress) throws IOException {
        Partition fresh = new Partition(placement, Outbox.DISCARD);
        SnapshotLoad load = fresh.load();
        long bytes = reader.bytes();
        reader.blocks((kind, body) -> {
            load.block(kind, body);
            progress.advance(load.tasks(), reader.bytesRead(), bytes);
        });
        load.finish();
        return new Loaded(fresh, reader.header(), bytes);
    }

    private synchronized void remember(SnapshotHeader header) {
        intact.add(0, header);
        while (intact.size() > KEPT) {
            intact.remove(KEPT);
        }
    }

    /** All there are. Any thread: one may go, for a newer one, while it is looked at. */
    public List<Path> newestFirst() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    /** For good: of a copy, whose journal is cut before what this snapshot covers. */
    public void deleteNewest() throws IOException {
        Files.delete(newestFirst().get(0));
        names.apply(folder);
    }

    /**
     * The last record that every kept snapshot covers: recovery needs all records behind it, and the batch that ends with it. 0 = all
     * records may be needed. Any thread.
     */
    public synchronized long oldestSequence() {
        return intact.size() < KEPT ? 0 : intact.get(KEPT - 1).sequence();
    }

    /** Number of the journal file that recovery from the oldest kept snapshot begins with; files before it are needed only for payloads. 0 = all are needed. Any thread. */
    public synchronized int oldestFile() {
        return intact.size() < KEPT ? 0 : Location.file(intact.get(KEPT - 1).location());
    }

    /** The last record that the newest snapshot covers; 0 = there is none. Any thread. */
    public synchronized long newestSequence() {
        return intact.isEmpty() ? 0 : intact.get(0).sequence();
    }

    /** A new snapshot, to be filled. */
    public SnapshotWriter begin(SnapshotHeader header, Runnable wakeUp) throws IOException {
        Files.createDirectories(folder);
        return new SnapshotWriter(this, header, wakeUp);
    }

    /** Deletes unfinished files that a killed process left. For the owner of the directory. */
    public void removeUnfinished() throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(UNFINISHED)) {
                    Files.delete(file);
                }
            }
        }
    }

    Path unfinished(SnapshotHeader header) {
        return folder.resolve(name(header) + UNFINISHED);
    }

    /** Reads the forced file back, gives it its name, and only then removes what is older than the one before it. */
    void finish(Path unfinished, SnapshotHeader header) throws IOException {
        try (SnapshotReader reader = new SnapshotReader(unfinished)) {
            reader.blocks((kind, body) -> {});
        }
        Files.move(unfinished, folder.resolve(name(header)), StandardCopyOption.ATOMIC_MOVE);
        names.apply(folder);
        if (newestSequence() == 0) {
            // The folder may be as new as the snapshot in it, which journal files are deleted for.
            names.apply(folder.resolveSibling("").toAbsolutePath());
        }
        remember(header);
        removeOthers();
    }

    /** Also what was found damaged, and what a killed process left unfinished. */
    private void removeOthers() throws IOException {
        List<String> kept = keptNames();
        if (kept.size() < KEPT) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!kept.contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    private synchronized List<String> keptNames() {
        return intact.stream().map(SnapshotStore::name).toList();
    }

    private static String name(SnapshotHeader header) {
        return String.format("%016x%s", header.sequence(), SUFFIX);
    }
}
