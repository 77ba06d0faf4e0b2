package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A disk under the journal's real framing: files in the kernel's memory and on the platter, that lose, tear, reorder, fail and run full
 * as they are told. It also notes every batch that was written, so that damage can be judged by someone who knows.
 */
public final class SimulatedDisk {
    /** The process ends here: between two operations of the disk, or in the middle of a write. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1;

        Crash() {
            super("simulated crash", null, false, false);
        }
    }

    /** A batch as it was written. */
    record Written(int file, int offset, int bytes, long first, int count, long claims, long run, int crc) {
        long last() {
            return first + count - 1;
        }
    }

    private static final long PLENTY = 1L << 40;

    private final Random random;
    private int readsToFail;
    private final List<SimulatedFile> files = new ArrayList<>();
    private final TreeSet<Long> runs = new TreeSet<>();
    private final TreeSet<Long> namedRuns = new TreeSet<>();
    private final List<Written> written = new ArrayList<>();
    private List<SimulatedFile> syncing = List.of();
    private long freeBytes = PLENTY;
    private int operationsUntilCrash = -1;
    private boolean failsNextSync;

    public SimulatedDisk(long seed) {
        random = new Random(seed);
    }

    // ---- faults

    public void freeBytes(long bytes) {
        freeBytes = bytes;
    }

    public void plentyOfSpace() {
        freeBytes = PLENTY;
    }

    /** The n-th operation from now on does not end; negative: all do. */
    public void crashIn(int operations) {
        operationsUntilCrash = operations;
    }

    /** The next sync fails; what it should have kept is seen until the power goes, but may not be on the platter. */
    public void failNextSync() {
        failsNextSync = true;
    }

    /** The process is killed. */
    public void kill() {
        files.forEach(SimulatedFile::kill);
        settle();
    }

    /** The machine loses power. */
    public void powerCut(Tear tear) {
        files.removeIf(file -> !file.isNamed() && random.nextBoolean());
        runs.removeIf(run -> !namedRuns.contains(run) && files.stream().noneMatch(file -> file.run() == run));
        for (SimulatedFile file : files) {
            tear.begin();
            file.powerCut(tear, random);
        }
        namedRuns.addAll(runs);
        settle();
    }

    private void settle() {
        syncing = List.of();
        operationsUntilCrash = -1;
        failsNextSync = false;
    }

    /** The same disk once more, to be hurt. */
    public SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(0);
        files.forEach(file -> copy.files.add(file.copy()));
        copy.runs.addAll(runs);
        copy.namedRuns.addAll(namedRuns);
        copy.written.addAll(written);
        return copy;
    }

    public void damage(Damage damage) {
        file(damage.file()).damage(damage);
    }

    /** Somewhere in a batch that is there: a flipped bit, or a page or sector of zeros. Null when there is none. */
    public @Nullable Damage drawDamage(Random from) {
        List<Written> intact = intact();
        if (intact.isEmpty()) {
            return null;
        }
        Written target = intact.get(from.nextInt(intact.size()));
        // Half of them in the headers, which are a small part of the bytes.
        int reach = from.nextBoolean() ? Math.min(target.bytes(), 48 + 24) : target.bytes();
        int offset = target.offset() + from.nextInt(reach);
        return switch (from.nextInt(4)) {
            case 0 -> new Damage(target.file(), offset & -4096, 4096, -1);
            case 1 -> new Damage(target.file(), offset & -512, 512, -1);
            default -> new Damage(target.file(), offset, 1, from.nextInt(8));
        };
    }

    /** The last record that the undamaged part of the disk says was kept. */
    public long claimedDespite(Damage damage) {
        long claimed = 0;
        for (Written batch : intact()) {
            if (batch.file() != damage.file() || !damage.touches(batch.offset(), batch.offset() + batch.bytes())) {
                claimed = Math.max(claimed, Math.max(batch.claims(), beginOf(batch.run()) - 1));
            }
        }
        return claimed;
    }

    /** A run's broker had seen the end of the runs before it. */
    private long beginOf(long run) {
        return written.stream()
                .filter(batch -> batch.run() == run)
                .mapToLong(Written::first)
                .min()
                .orElse(1);
    }

    private List<Written> intact() {
        List<Written> intact = new ArrayList<>();
        for (Written batch : written) {
            SimulatedFile file = find(batch.file());
            if (file != null
                    && batch.offset() + batch.bytes() <= file.bytes().length
                    && crc(file.bytes(), batch.offset(), batch.bytes()) == batch.crc()) {
                intact.add(batch);
            }
        }
        return intact;
    }

    // ---- what the journal asks for

    List<SimulatedFile> files() {
        return List.copyOf(files);
    }

    long lastRun() {
        return runs.isEmpty() ? 0 : runs.last();
    }

    List<SimulatedFile> filesOfLastRun() {
        return files.stream().filter(file -> file.run() == lastRun()).toList();
    }

    List<Store.ClosedFile> closedFiles(SimulatedFile current) {
        return files.stream()
                .filter(file -> file != current && file.isThere())
                .map(file -> new Store.ClosedFile(file.number(), file.end()))
                .toList();
    }

    /** The broker may read frames from it. */
    /** So many of the next reads of frames are not given back: sectors that go bad where somebody looks. */
    public void failReads(int count) {
        readsToFail = count;
    }

    boolean failsRead() {
        readsToFail -= readsToFail > 0 ? 1 : 0;
        return readsToFail > 0;
    }

    SimulatedFile readable(int number) {
        SimulatedFile file = file(number);
        if (!file.isThere()) {
            throw new IllegalStateException("a frame is wanted that lay in file " + number + ", which was deleted");
        }
        return file;
    }

    public int deletedFiles() {
        return (int) files.stream().filter(file -> !file.isThere()).count();
    }

    int lastFile() {
        int last = 0;
        for (SimulatedFile file : files) {
            last = Math.max(last, file.number());
        }
        return last;
    }

    SimulatedFile file(int number) {
        SimulatedFile file = find(number);
        if (file == null) {
            throw new IllegalStateException("there is no file " + number);
        }
        return file;
    }

    private @Nullable SimulatedFile find(int number) {
        for (int i = files.size() - 1; i >= 0; i--) {
            if (files.get(i).number() == number) {
                return files.get(i);
            }
        }
        return null;
    }

    SimulatedFile create(long run, int number, int bytes) {
        operation();
        runs.add(run);
        SimulatedFile file = new SimulatedFile(number, run, bytes);
        // A file of that name that a crash left without a name on the disk is this one's predecessor.
        written.removeIf(batch -> batch.file() == number);
        files.add(file);
        return file;
    }

    void write(SimulatedFile file, int offset, ByteBuffer bytes) {
        if (operationsUntilCrash == 0 && bytes.remaining() > 1) {
            file.write(offset, bytes.slice().limit(random.nextInt(bytes.remaining())));
        }
        operation();
        if (freeBytes < bytes.remaining()) {
            file.write(offset, bytes.slice().limit((int) Math.max(0, freeBytes)));
            freeBytes = 0;
            throw new InternalError("a fault occurred in an unsafe memory access operation (simulated: no space left)");
        }
        freeBytes -= bytes.remaining();
        file.write(offset, bytes);
    }

    void note(Written batch) {
        written.add(batch);
    }

    void beginSync(List<SimulatedFile> which) {
        operation();
        syncing = List.copyOf(which);
        syncing.forEach(SimulatedFile::beginSync);
    }

    void completeSync() throws IOException {
        operation();
        if (failsNextSync) {
            boolean keepsSome = random.nextBoolean();
            syncing.forEach(file -> file.failSync(keepsSome, random));
            syncing = List.of();
            throw new IOException("Input/output error (simulated)");
        }
        syncing.forEach(SimulatedFile::completeSync);
        syncing = List.of();
    }

    void forceNames(long run) {
        operation();
        namedRuns.add(run);
        files.stream().filter(file -> file.run() == run).forEach(SimulatedFile::named);
    }

    long freeBytes() {
        return freeBytes;
    }

    private void operation() {
        if (operationsUntilCrash == 0) {
            throw new Crash();
        }
        if (operationsUntilCrash > 0) {
            operationsUntilCrash--;
        }
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** Of all bytes. */
    public long hash() {
        long hash = runs.hashCode();
        for (SimulatedFile file : files) {
            hash = hash * 31 + file.hash();
        }
        return hash;
    }
}
