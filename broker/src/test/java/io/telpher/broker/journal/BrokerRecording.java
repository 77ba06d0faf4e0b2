package io.telpher.broker.journal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.Session;
import io.telpher.broker.partition.SnapshotPlan;
import io.telpher.broker.partition.SnapshotPolicy;
import io.telpher.broker.partition.SnapshotStore;
import io.telpher.protocol.Ack;
import io.telpher.protocol.Cancel;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Nack;
import io.telpher.protocol.NewTerm;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Result;
import io.telpher.protocol.SetRetention;
import io.telpher.protocol.Snapshot;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A run of the real partition over the real journal, with snapshots, rolls and compaction: all bytes and names after each append, before
 * any of it is synced, and after each duty cycle; and the state's hash after every record.
 */
final class BrokerRecording {
    private static final Placement PLACEMENT = Placement.alone(0);
    private static final long START_MS = 1_700_000_000_000L;
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
     */
    record Moment(
            Recording.State synced,
            Recording.State seen,
            TreeMap<Integer, byte[]> gone,
            TreeMap<String, byte[]> durable,
            TreeMap<String, byte[]> present,
            long confirmed) {}

    private final Path data;
    private final Random random;
    private final Partition partition = new Partition(PLACEMENT, Outbox.DISCARD);
    private final SnapshotStore store;
    private final ChronicleJournal journal;
    private final PartitionAgent agent;
    private final Session session = new Quiet(1L << 32);
    private final FrameWriter out = new FrameWriter();
    private final List<Moment> moments = new ArrayList<>();
    private final Map<Long, Long> hashes = new HashMap<>();
    private final TreeMap<Long, Recording.State> captures = new TreeMap<>();
    private final TreeMap<Integer, byte[]> gone = new TreeMap<>();
    private Recording.State synced = new Recording.State(new TreeMap<>());
    private TreeMap<Integer, byte[]> last = new TreeMap<>();
    private NavigableMap<String, byte[]> snapshots = new TreeMap<>();
    private long nowMs = START_MS;
    private long applied;
    private int tasks;

    BrokerRecording(Path data, int fileBytes, long seed) throws IOException {
        this.data = data;
        this.random = new Random(seed);
        this.store = new SnapshotStore(data, PLACEMENT);
        hashes.put(0L, partition.stateHash());
        journal = ChronicleJournal.open(new JournalOptions(data, SyncPolicy.BATCH, fileBytes, () -> {}), record -> {});
        // Opening forced the first file and its name; the next one may come before the first batch.
        synced = Recording.capture(data.resolve("journal"));
        agent = new PartitionAgent(
                partition,
                new WatchedJournal(journal, this::capture, this::applied),
                () -> nowMs,
                cause -> {
                    throw new IllegalStateException(cause);
                },
                nanos -> LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100)));
        agent.takeSnapshots(
                new SnapshotPlan(store, new SnapshotPolicy(fileBytes / 2, Long.MAX_VALUE, false), 0L, () -> {}));
        agent.compact(store::oldestFile);
        agent.applyOwn(NewTerm.write(out.clear(), 0, journal.term(), Partition.SEMANTICS_VERSION));
        agent.applyOwn(SetRetention.write(out.clear(), 0, RETENTION_MS));
        agent.begin();
    }

    private static final class Quiet extends Session {
        Quiet(long id) {
            super(id);
        }

        @Override
        public String address() {
            return "recorded";
        }

        @Override
        public String clientName() {
            return "recorded";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        protected void send(ByteBuf frames) {
            frames.release();
        }

        @Override
        protected void taken() {
            // Nobody waits for room to send more.
        }
    }

    List<Moment> moments() {
        return moments;
    }

    /** Of the state after each record. */
    Map<Long, Long> hashes() {
        return hashes;
    }

    /** Some commands at once, and duty cycles until nothing is left to do. */
    void group() {
        nowMs += random.nextInt(8) == 0 ? random.nextInt(70_000) : random.nextInt(300);
        out.clear();
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
            command();
        }
        if (random.nextInt(10) == 0) {
            Snapshot.write(out, 1);
        }
        agent.receive(session, Unpooled.copiedBuffer(out.written()));
        int idle = 0;
        while (idle < 2 || applied < journal.appendedSequence()) {
            if (agent.step() == 0) {
                idle++;
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
            } else {
                idle = 0;
            }
        }
        capture();
    }

    private void command() {
        List<long[]> active = active();
        switch (active.isEmpty() ? random.nextInt(6) : random.nextInt(9)) {
            case 0, 1, 2 -> Submit.write(out, 1, task());
            case 3, 4 -> Reserve.write(out, 1, new Reserve.Wants(1 + random.nextInt(4), 0, 0, "w"), List.of("q", "r"));
            case 5 -> Cancel.write(out, 1, 1 + random.nextInt(Math.max(1, tasks)));
            case 6 -> {
                long[] held = active.get(random.nextInt(active.size()));
                Nack.write(out, 1, held[0], held[1], 10, random.nextInt(4) == 0, "no luck");
            }
            default -> {
                long[] held = active.get(random.nextInt(active.size()));
                ByteBuffer followUps = random.nextInt(4) == 0
                        ? Submit.write(new FrameWriter(), 1, task()).written()
                        : ByteBuffer.allocate(0);
                byte[] result = new byte[random.nextInt(200)];
                Ack.write(out, 1, held[0], held[1], Result.of("text/plain", result), followUps);
            }
        }
    }

    private TaskSpec task() {
        byte[] payload = new byte[random.nextInt(5) == 0 ? random.nextInt(4_000) : random.nextInt(300)];
        random.nextBytes(payload);
        TaskSpec task =
                TaskSpec.type("t").queue(random.nextBoolean() ? "q" : "r").payload(payload);
        tasks++;
        return random.nextInt(3) == 0 ? task.idempotencyKey("k" + random.nextInt(100) + "-" + tasks) : task;
    }

    private List<long[]> active() {
        List<long[]> active = new ArrayList<>();
        partition.list(
                new TaskFilter(0, 1000, TaskState.ACTIVE.mask(), "", ""),
                task -> active.add(new long[] {task.taskId(), task.leaseId()}));
        return active;
    }

    private void applied(Record record) {
        applied = record.sequence();
        hashes.put(applied, partition.stateHash());
    }

    private void capture() {
        try {
            Recording.State seen = Recording.capture(data.resolve("journal"));
            long kept = journal.syncedSequence();
            noteGone(seen);
            // As it was right after the last append: what was added since (Chronicle's, or a note) no sync may cover.
            captures.putIfAbsent(journal.appendedSequence(), seen);
            Map.Entry<Long, Recording.State> covered = captures.floorEntry(kept);
            if (covered != null) {
                synced = covered.getValue();
            }
            captures.headMap(kept).clear();
            captureSnapshots(seen, Math.min(applied, kept));
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

    private void captureSnapshots(Recording.State seen, long confirmed) throws IOException {
        String newest = String.format("%016x%s", store.newestSequence(), SUFFIX);
        NavigableMap<String, byte[]> now = readSnapshots();
        TreeMap<String, byte[]> present = new TreeMap<>(snapshots);
        present.putAll(now);
        TreeMap<String, byte[]> durable = new TreeMap<>(now);
        durable.keySet().removeIf(name -> name.compareTo(newest) > 0);
        Recording.State sure = new Recording.State(new TreeMap<>(synced.files()));
        // What was deleted since is not sure to be there any more.
        sure.files().keySet().retainAll(seen.files().keySet());
        moments.add(new Moment(sure, seen, new TreeMap<>(gone), durable, present, confirmed));
        snapshots = now;
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
