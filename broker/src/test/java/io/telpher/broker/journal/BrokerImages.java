package io.telpher.broker.journal;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.salvage.HandOverCheck;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.TaskId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a power cut may leave of everything a broker has on the disk: journal files and snapshots, their bytes and their names. It hits all partitions
 * at the same moment, and what each had not synced is lost or not for itself. From each image the whole state is recovered; of each partition it must
 * be the one that the live run had after the record that the image ends with, every payload that a task needs must be there, and what one partition
 * decided for another is there, or is still owed and can be read.
 */
final class BrokerImages {
    private static final int FILE_BYTES = 24 << 10;
    private static final int GROUPS = 150;
    private static final int PARTITIONS_MAX = 2;
    private static final int PAGE_BYTES = 4096;
    private static final Tear.Kind[] KINDS = Tear.Kind.values();

    private final Random random;
    private final Path folder;
    private final Map<Integer, Map<String, byte[]>> placed = new HashMap<>();
    private long images;
    private long again;
    private long damages;
    private long refusals;
    private long fromSnapshots;
    private long deletedFiles;
    private long owed;

    BrokerImages(long seed) throws IOException {
        random = new Random(seed);
        folder = Files.createTempDirectory("telpher-image-");
        for (int i = 0; i < PARTITIONS_MAX; i++) {
            Files.createDirectories(folder(i).resolve("snapshots"));
        }
    }

    private Path folder(int partition) {
        return folder.resolve("partition-" + partition);
    }

    /** Records runs, of one partition and of two by turns, and makes images of them until there were so many, or of each number one. */
    void check(long wanted, long seed) throws IOException {
        try {
            for (long run = seed; images + again + damages < wanted || run < seed + PARTITIONS_MAX; run++) {
                Path data = Files.createTempDirectory("telpher-images-");
                try {
                    check(data, run);
                } catch (AssertionError | JournalException e) {
                    throw new AssertionError(
                            "bin/crash-images 1000000 " + run + " (whole broker): " + e.getMessage(), e);
                } finally {
                    CrashImages.delete(data);
                }
            }
        } finally {
            CrashImages.delete(folder);
        }
    }

    private void check(Path data, long seed) throws IOException {
        int count = 1 + (int) (seed % PARTITIONS_MAX);
        BrokerRecording recording = new BrokerRecording(data, count, FILE_BYTES, seed);
        try {
            for (int i = 0; i < GROUPS / count; i++) {
                recording.group();
            }
        } finally {
            recording.close();
        }
        List<RecordedPartition> partitions = recording.partitions();
        for (List<RecordedPartition.Moment> moment : recording.moments()) {
            for (Tear.Kind kind : KINDS) {
                powerCut(moment, kind, partitions);
            }
        }
        List<RecordedPartition.Moment> end =
                recording.moments().get(recording.moments().size() - 1);
        for (int i = 0; i < count; i++) {
            deletedFiles += end.get(i).seen().files().firstKey() - 1;
            damage(end.get(i), i, partitions);
        }
    }

    /**
     * What came back of a partition.
     *
     * @param last its last record
     */
    private record Recovered(long last, long local, Partition partition) {}

    private void powerCut(List<RecordedPartition.Moment> moment, Tear.Kind kind, List<RecordedPartition> partitions)
            throws IOException {
        List<Recovered> all = new ArrayList<>();
        List<Map<Integer, byte[]>> images = new ArrayList<>();
        StringBuilder what = new StringBuilder();
        for (int i = 0; i < partitions.size(); i++) {
            Tear.Kind own = i == 0 ? kind : KINDS[random.nextInt(KINDS.length)];
            Tear tear = new Tear(own, random.nextInt(100));
            what.append(i == 0 ? "" : " and ").append(tear);
            NavigableMap<Integer, byte[]> files = powerCut(moment.get(i), i, tear);
            Recovered recovered = recover(files, i, partitions, tear.toString());
            long confirmed = moment.get(i).confirmed();
            require(
                    recovered.last >= confirmed,
                    tear + ": " + confirmed + " was confirmed, " + recovered.last + " came back");
            require(
                    TaskId.sequence(recovered.partition.lastTaskId())
                            >= moment.get(i).told(),
                    tear + ": a client knows of task " + moment.get(i).told());
            cutAgain(files, i, recovered.last, recovered.local, partitions, tear);
            all.add(recovered);
            images.add(files);
        }
        this.images++;
        together(all, images, partitions, what.toString());
    }

    /** What each partition decided for another is there, or is owed and its bytes can be read: so it happens, and once. */
    private void together(
            List<Recovered> all, List<Map<Integer, byte[]>> images, List<RecordedPartition> partitions, String what) {
        List<String> problems = HandOverCheck.problems(all.stream()
                .map(each -> HandOverCheck.Standing.of(each.partition))
                .toList());
        require(problems.isEmpty(), what + ": " + problems);
        for (int source = 0; source < all.size(); source++) {
            Partition from = all.get(source).partition;
            Map<Long, HandOvers.Owed> stillOwed = new HashMap<>();
            from.handOvers().owed().forEach(each -> stillOwed.put(each.number(), each));
            for (Map.Entry<Long, Integer> given : partitions.get(source).given().entrySet()) {
                long number = given.getKey();
                int target = given.getValue();
                if (number > from.handOvers().given(target)
                        || number <= all.get(target).partition.handOvers().taken(source)) {
                    continue;
                }
                HandOvers.Owed debt = stillOwed.get(number);
                require(
                        debt != null && RecordedPartition.isReadable(debt, images.get(source)),
                        what + ": hand-over " + number + " of partition " + source + " to " + target + " is lost");
                owed++;
            }
        }
    }

    private NavigableMap<Integer, byte[]> powerCut(RecordedPartition.Moment moment, int partition, Tear tear)
            throws IOException {
        TreeMap<Integer, byte[]> files = new TreeMap<>();
        Recording.Moment bytes = new Recording.Moment(moment.synced(), moment.seen(), moment.confirmed());
        moment.seen().files().forEach((number, seen) -> {
            // A name that was not forced may be missing, whatever lies in the file.
            if (moment.synced().files().containsKey(number) || random.nextInt(4) > 0) {
                tear.begin();
                files.put(
                        number,
                        CrashImages.torn(bytes, number, seen, (sector, page) -> tear.keeps(sector, page, random)));
            }
        });
        moment.gone().forEach((number, content) -> {
            if (random.nextBoolean()) {
                files.put(number, content);
            }
        });
        TreeMap<String, byte[]> snapshots = new TreeMap<>(moment.durable());
        moment.present().forEach((name, content) -> {
            if (random.nextBoolean()) {
                snapshots.put(name, content);
            }
        });
        place(snapshots, partition);
        return files;
    }

    /** The next run begins its first file, and the power goes again before that is synced. */
    private void cutAgain(
            NavigableMap<Integer, byte[]> files,
            int partition,
            long last,
            long local,
            List<RecordedPartition> partitions,
            Tear tear)
            throws IOException {
        byte[] begun = CrashImages.firstFile(last, local);
        int number = files.isEmpty() ? 1 : files.lastKey() + 1;
        int cut = random.nextInt(begun.length + 1);
        byte[] left = new byte[begun.length];
        System.arraycopy(begun, 0, left, 0, cut);
        again++;
        List<JournalBytes> more = new ArrayList<>(Recording.files(files));
        more.add(new ImageFile(number, 2, left));
        long now = recover(more, files, partition, partitions, tear + ", cut again").last;
        require(now == last, tear + ", cut again after " + cut + " bytes: " + now + " instead of " + last);
    }

    private Recovered recover(
            Map<Integer, byte[]> files, int partition, List<RecordedPartition> partitions, String what)
            throws IOException {
        return recover(Recording.files(files), files, partition, partitions, what);
    }

    /** The state must be the live run's after the last record. */
    private Recovered recover(
            List<JournalBytes> files,
            Map<Integer, byte[]> bytes,
            int number,
            List<RecordedPartition> partitions,
            String what)
            throws IOException {
        Placement placement = new Placement(number, partitions.size());
        Recovery recovery =
                new Recovery(new Partition(placement, Outbox.DISCARD), new SnapshotStore(folder(number), placement));
        JournalStart start = recovery.readSnapshot();
        fromSnapshots += start.place() > 0 ? 1 : 0;
        JournalScanner scanner = new JournalScanner(files, start, recovery);
        scanner.scan();
        long last = scanner.nextPlace() - 1;
        Partition partition = recovery.partition();
        Long expected = partitions.get(number).hashes().get(last);
        require(
                expected != null && expected == partition.stateHash(),
                what + ": the state after record " + last + " is another than it was, from the snapshot of "
                        + start.place());
        partition.list(new TaskFilter(0, 0, "", ""), Integer.MAX_VALUE, task -> {
            boolean isWhole = !task.isSubmitNeeded() || RecordedPartition.isReadable(task, bytes);
            require(isWhole, what + ": the payload of task " + task.taskId() + " is not there");
            return true;
        });
        return new Recovered(last, scanner.localRecords(), partition);
    }

    private void place(Map<String, byte[]> snapshots, int partition) throws IOException {
        if (snapshots.equals(placed.get(partition))) {
            return;
        }
        Path into = folder(partition).resolve("snapshots");
        try (Stream<Path> old = Files.list(into)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        for (Map.Entry<String, byte[]> snapshot : snapshots.entrySet()) {
            Files.write(into.resolve(snapshot.getKey()), snapshot.getValue());
        }
        placed.put(partition, snapshots);
    }

    // ---- damage

    /** Bits, pages and ends of one snapshot, which the one before it makes good; and of both, which must be noticed. */
    private void damage(RecordedPartition.Moment end, int partition, List<RecordedPartition> partitions)
            throws IOException {
        TreeMap<Integer, byte[]> files = end.seen().files();
        require(
                end.durable().size() >= 2,
                "two snapshots are kept, not " + end.durable().size());
        for (int i = 0; i < 60; i++) {
            TreeMap<String, byte[]> hurt = new TreeMap<>(end.durable());
            boolean both = i % 6 == 0;
            String one = random.nextBoolean() ? hurt.firstKey() : hurt.lastKey();
            hurt.replaceAll((name, content) -> both || name.equals(one) ? damaged(content) : content);
            place(hurt, partition);
            damages++;
            try {
                recover(files, partition, partitions, "a snapshot damaged");
            } catch (JournalException e) {
                require(both, "refused with an intact snapshot: " + e.getMessage());
                refusals++;
            }
        }
    }

    private byte[] damaged(byte[] content) {
        byte[] hurt = content.clone();
        int at = random.nextInt(hurt.length);
        switch (random.nextInt(3)) {
            case 0 -> hurt[at] ^= (byte) (1 << random.nextInt(8));
            case 1 ->
                java.util.Arrays.fill(
                        hurt, at & -PAGE_BYTES, Math.min(hurt.length, (at & -PAGE_BYTES) + PAGE_BYTES), (byte) 0);
            default -> hurt = java.util.Arrays.copyOf(hurt, at);
        }
        return hurt;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    long images() {
        return images + again;
    }

    long damages() {
        return damages;
    }

    long fromSnapshots() {
        return fromSnapshots;
    }

    /** Hand-overs that were still owed in an image, and not taken. */
    long owed() {
        return owed;
    }

    long deletedFiles() {
        return deletedFiles;
    }

    @Override
    public String toString() {
        return images + " images of whole brokers recovered, " + again + " of them cut again during recovery, "
                + fromSnapshots + " times from a snapshot, " + deletedFiles + " journal files compacted away, " + owed
                + " hand-overs still owed; "
                + damages + " damaged sets of snapshots, " + refusals + " of them refused since none was intact";
    }
}
