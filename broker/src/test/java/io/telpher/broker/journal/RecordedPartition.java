package io.telpher.broker.journal;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.snapshot.SnapshotPolicy;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetRetention;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * A real partition over the real journal, with snapshots, rolls and compaction: all its bytes and names when they are asked for, and the state's hash
 * after every record.
 */
final class RecordedPartition {
    private static final long RETENTION_MS = 4_000;
    private static final String SUFFIX = ".snapshot";

    /**
     * A moment at which the power may go.
     *
     * @param synced the journal's files as they are sure to be
     * @param seen as they may be
     * @param gone files that were deleted, but perhaps not for good
     * @param durable snapshots that are sure to be there
     * @param present snapshots that may be, those that were removed lately among them
     * @param confirmed the last record that is sure to be there
     * @param told the last task that a client was told of, by the number in its id
     */
    record Moment(
            Recording.State synced,
            Recording.State seen,
            TreeMap<Integer, byte[]> gone,
            TreeMap<String, byte[]> durable,
            TreeMap<String, byte[]> present,
            long confirmed,
            long told) {}

    private final Path data;
    private final Partition partition;
    private final SnapshotStore store;
    private final ChronicleJournal journal;
    private final PartitionAgent agent;
    private final Map<Long, Long> hashes = new HashMap<>();
    private final NavigableMap<Long, Integer> given = new TreeMap<>();
    private final TreeMap<Long, Recording.State> captures = new TreeMap<>();
    private final TreeMap<Integer, byte[]> gone = new TreeMap<>();
    private Recording.State synced = new Recording.State(new TreeMap<>());
    private TreeMap<Integer, byte[]> last = new TreeMap<>();
    private NavigableMap<String, byte[]> snapshots = new TreeMap<>();
    private long applied;
    private long told;

    /**
     * @param data its own directory
     * @param appended run after each append, before any of it is synced
     */
    RecordedPartition(Path data, Placement placement, int fileBytes, LongSupplier clock, Runnable appended)
            throws IOException {
        this.data = data;
        partition = new Partition(placement, Outbox.DISCARD);
        store = new SnapshotStore(data, placement);
        hashes.put(0L, partition.stateHash());
        journal = Journals.open(new JournalOptions(data, SyncPolicy.BATCH, fileBytes, () -> {}), record -> {});
        // Opening forced the first file and its name; the next one may come before the first batch.
        synced = Recording.capture(data.resolve("journal"));
        agent = new PartitionAgent(new Parts(
                partition,
                new WatchedLog(journal, appended, this::applied),
                watched(journal, appended),
                Parts.Time.of(clock, nanos -> LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100))),
                new Parts.Upkeep(
                        new SnapshotPlan(store, new SnapshotPolicy(fileBytes / 2, Long.MAX_VALUE, false), 0L, () -> {}),
                        store::oldestFile,
                        null,
                        null),
                Parts.Room.own(),
                Parts.Observers.of(cause -> {
                    throw new IllegalStateException(cause);
                })));
    }

    /** Says so, too, when local records were appended: a sync covers them like others. */
    private static Store watched(Store store, Runnable appended) {
        InvocationHandler watch = (proxy, method, arguments) -> {
            try {
                Object result = method.invoke(store, arguments);
                if (method.getName().equals("appendLocal")) {
                    appended.run();
                }
                return result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, watch);
    }

    PartitionAgent agent() {
        return agent;
    }

    /** Its first records, once all partitions know each other. */
    void begin() {
        FrameWriter out = new FrameWriter();
        agent.lead(NewTerm.write(out, 0, journal.epoch(), Partition.SEMANTICS_VERSION));
        agent.applyOwn(SetRetention.write(out.clear(), 0, RETENTION_MS));
        agent.begin();
    }

    boolean isBehind() {
        return applied < journal.appendedPlace();
    }

    /** Of the state after each record. */
    Map<Long, Long> hashes() {
        return hashes;
    }

    /** The partition to which each hand-over goes, by its number. */
    NavigableMap<Long, Integer> given() {
        return given;
    }

    /** A client knows of the task with this number in its id. */
    void told(long sequence) {
        told = Math.max(told, sequence);
    }

    /** Ids and leases of all tasks that are leased. */
    List<long[]> active() {
        List<long[]> active = new ArrayList<>();
        partition.list(
                new TaskFilter(0, TaskState.ACTIVE.mask(), "", ""),
                Integer.MAX_VALUE,
                task -> active.add(new long[] {task.taskId(), task.leaseId()}));
        return active;
    }

    private void applied(Record record) {
        applied = record.place();
        hashes.put(applied, partition.stateHash());
        for (HandOvers.Owed owed : partition.owed()) {
            given.put(owed.number(), owed.target());
        }
    }

    Moment capture() {
        try {
            Recording.State seen = Recording.capture(data.resolve("journal"));
            long kept = journal.syncedPlace();
            seen.files().replaceAll((number, bytes) -> {
                byte[] before = last.get(number);
                return Arrays.equals(bytes, before) ? before : bytes; // thousands of moments, few changes
            });
            noteGone(seen);
            // As it was right after the last append: what was added since (Chronicle's, or a note) no sync may cover.
            captures.putIfAbsent(journal.appendedPlace(), seen);
            Map.Entry<Long, Recording.State> covered = captures.floorEntry(kept);
            if (covered != null) {
                synced = covered.getValue();
            }
            captures.headMap(kept).clear();
            return captureSnapshots(seen, Math.min(applied, kept));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names go for good with the next force of their folder, which comes with the next roll. */
    private void noteGone(Recording.State seen) {
        boolean rolled = !last.isEmpty() && seen.files().lastKey() > last.lastKey();
        if (rolled) {
            gone.clear();
        }
        last.forEach((number, bytes) -> {
            if (!seen.files().containsKey(number)) {
                gone.put(number, bytes);
            }
        });
        last = seen.files();
    }

    private Moment captureSnapshots(Recording.State seen, long confirmed) throws IOException {
        String newest = String.format("%016x%s", store.newestSequence(), SUFFIX);
        NavigableMap<String, byte[]> now = readSnapshots();
        TreeMap<String, byte[]> present = new TreeMap<>(snapshots);
        present.putAll(now);
        TreeMap<String, byte[]> durable = new TreeMap<>(now);
        durable.keySet().removeIf(name -> name.compareTo(newest) > 0);
        Recording.State sure = new Recording.State(new TreeMap<>(synced.files()));
        // What was deleted since is not sure to be there any more.
        sure.files().keySet().retainAll(seen.files().keySet());
        snapshots = now;
        return new Moment(sure, seen, new TreeMap<>(gone), durable, present, confirmed, told);
    }

    private NavigableMap<String, byte[]> readSnapshots() throws IOException {
        TreeMap<String, byte[]> found = new TreeMap<>();
        Path folder = data.resolve("snapshots");
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(SUFFIX)).toList()) {
                String name = String.valueOf(file.getFileName());
                byte[] before = snapshots.get(name);
                found.put(name, before != null ? before : Files.readAllBytes(file));
            }
        } catch (NoSuchFileException e) {
            return readSnapshots(); // removed by the snapshot's own thread meanwhile
        }
        return found;
    }

    /** Whether the batch or acknowledgement that is owed from lies in one of these files, whole as far as its length tells. */
    static boolean isReadable(HandOvers.Owed owed, Map<Integer, byte[]> files) {
        byte[] file = files.get(Location.file(owed.location()));
        int at = (int) Location.offset(owed.location());
        return file != null
                && at + owed.bytes() <= file.length
                && Frame.bytes(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN), at) == owed.bytes();
    }

    /** Whether this task's frame lies in one of these files as it was written. */
    static boolean isReadable(TaskCursor task, Map<Integer, byte[]> files) {
        byte[] file = files.get(Location.file(task.submitLocation()));
        int at = (int) Location.offset(task.submitLocation());
        return file != null
                && at + task.submitBytes() <= file.length
                && Framing.crc(ByteBuffer.wrap(file), at, task.submitBytes()) == task.submitCrc();
    }

    void close() {
        journal.close();
    }
}
