package io.telpher.broker.journal;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.Recovery;
import io.telpher.broker.partition.SnapshotStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a power cut may leave of everything a partition has on the disk: journal files and snapshots, their bytes and their names. From each
 * image the whole state is recovered; it must be the one that the live run had after the record that the image ends with, and every
 * payload that a task needs must be there.
 */
final class BrokerImages {
    private static final int FILE_BYTES = 24 << 10;
    private static final int GROUPS = 150;
    private static final int PAGE_BYTES = 4096;
    private static final Placement PLACEMENT = Placement.alone(0);
    private static final Tear.Kind[] KINDS = Tear.Kind.values();

    private final Random random;
    private final Path folder;
    private Map<String, byte[]> placed = Map.of();
    private long images;
    private long again;
    private long damages;
    private long refusals;
    private long fromSnapshots;
    private long deletedFiles;

    BrokerImages(long seed) throws IOException {
        random = new Random(seed);
        folder = Files.createTempDirectory("telpher-image-");
        Files.createDirectories(folder.resolve("snapshots"));
    }

    /** Records runs and makes images of them until there were so many. */
    void check(long wanted, long seed) throws IOException {
        try {
            for (long run = seed; images + again + damages < wanted; run++) {
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
        BrokerRecording recording = new BrokerRecording(data, FILE_BYTES, seed);
        try {
            for (int i = 0; i < GROUPS; i++) {
                recording.group();
            }
        } finally {
            recording.close();
        }
        List<BrokerRecording.Moment> moments = recording.moments();
        BrokerRecording.Moment end = moments.get(moments.size() - 1);
        deletedFiles += end.seen().files().firstKey() - 1;
        for (BrokerRecording.Moment moment : moments) {
            for (Tear.Kind kind : KINDS) {
                powerCut(moment, new Tear(kind, random.nextInt(100)), recording.hashes());
            }
        }
        damage(end, recording.hashes());
    }

    private void powerCut(BrokerRecording.Moment moment, Tear tear, Map<Long, Long> hashes) throws IOException {
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
        place(snapshots);
        images++;
        long last = recover(files, hashes, tear.toString());
        require(
                last >= moment.confirmed(),
                tear + ": " + moment.confirmed() + " was confirmed, " + last + " came back");
        cutAgain(files, last, hashes, tear);
    }

    /** The next run begins its first file, and the power goes again before that is synced. */
    private void cutAgain(NavigableMap<Integer, byte[]> files, long last, Map<Long, Long> hashes, Tear tear)
            throws IOException {
        byte[] begun = CrashImages.firstFile(last);
        int number = files.isEmpty() ? 1 : files.lastKey() + 1;
        int cut = random.nextInt(begun.length + 1);
        byte[] left = new byte[begun.length];
        System.arraycopy(begun, 0, left, 0, cut);
        again++;
        List<JournalBytes> more = new ArrayList<>(Recording.files(files));
        more.add(new ImageFile(number, 2, left));
        long now = recover(more, files, hashes, tear + ", cut again");
        require(now == last, tear + ", cut again after " + cut + " bytes: " + now + " instead of " + last);
    }

    private long recover(Map<Integer, byte[]> files, Map<Long, Long> hashes, String what) throws IOException {
        return recover(Recording.files(files), files, hashes, what);
    }

    /** The last record; the state must be the live run's after it. */
    private long recover(List<JournalBytes> files, Map<Integer, byte[]> bytes, Map<Long, Long> hashes, String what)
            throws IOException {
        Recovery recovery =
                new Recovery(new Partition(PLACEMENT, Outbox.DISCARD), new SnapshotStore(folder, PLACEMENT));
        JournalStart start = recovery.start();
        fromSnapshots += start.sequence() > 0 ? 1 : 0;
        JournalScanner scanner = new JournalScanner(files, start, recovery);
        scanner.scan();
        long last = scanner.nextSequence() - 1;
        Partition partition = recovery.partition();
        Long expected = hashes.get(last);
        require(
                expected != null && expected == partition.stateHash(),
                what + ": the state after record " + last + " is another than it was, from the snapshot of "
                        + start.sequence());
        partition.list(new TaskFilter(0, Integer.MAX_VALUE, 0, "", ""), task -> {
            boolean isWhole = !task.isSubmitNeeded() || BrokerRecording.isReadable(task, bytes);
            require(isWhole, what + ": the payload of task " + task.taskId() + " is not there");
        });
        return last;
    }

    private void place(Map<String, byte[]> snapshots) throws IOException {
        if (snapshots.equals(placed)) {
            return;
        }
        try (Stream<Path> old = Files.list(folder.resolve("snapshots"))) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        for (Map.Entry<String, byte[]> snapshot : snapshots.entrySet()) {
            Files.write(folder.resolve("snapshots").resolve(snapshot.getKey()), snapshot.getValue());
        }
        placed = snapshots;
    }

    // ---- damage

    /** Bits, pages and ends of one snapshot, which the one before it makes good; and of both, which must be noticed. */
    private void damage(BrokerRecording.Moment end, Map<Long, Long> hashes) throws IOException {
        TreeMap<Integer, byte[]> files = end.seen().files();
        require(
                end.durable().size() >= 2,
                "two snapshots are kept, not " + end.durable().size());
        for (int i = 0; i < 60; i++) {
            TreeMap<String, byte[]> hurt = new TreeMap<>(end.durable());
            boolean both = i % 6 == 0;
            String one = random.nextBoolean() ? hurt.firstKey() : hurt.lastKey();
            hurt.replaceAll((name, content) -> both || name.equals(one) ? damaged(content) : content);
            place(hurt);
            damages++;
            try {
                recover(files, hashes, "a snapshot damaged");
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

    long deletedFiles() {
        return deletedFiles;
    }

    @Override
    public String toString() {
        return images + " images of whole brokers recovered, " + again + " of them cut again during recovery, "
                + fromSnapshots + " times from a snapshot, " + deletedFiles + " journal files compacted away; "
                + damages + " damaged sets of snapshots, " + refusals + " of them refused since none was intact";
    }
}
