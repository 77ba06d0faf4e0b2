package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * A file twice: as processes see it through the kernel's memory, and as it lies on the platter. Most files of a disk never change again, and
 * each crash and each comparison asks for all of them: so bytes are shared, also with copies, until one of those who share them writes.
 */
final class SimulatedFile implements RewritableBytes {
    static final int SECTOR_BYTES = 512;
    private static final int SECTORS_PER_PAGE = 8;

    private final int number;
    private final long run;
    private byte[] seen;
    private byte[] kept;
    private boolean sharesSeen;
    private boolean sharesKept;
    private final BitSet dirty = new BitSet();
    private final List<Sectors> underWay = new ArrayList<>();
    private int end;
    private boolean isNamed;
    private boolean isDeleted;

    /** What a sync that is under way takes along. */
    private static final class Sectors {
        private final int[] numbers;
        private final byte[] bytes;

        Sectors(int[] numbers, byte[] bytes) {
            this.numbers = numbers;
            this.bytes = bytes;
        }
    }

    SimulatedFile(int number, long run, int bytes) {
        this.number = number;
        this.run = run;
        this.seen = new byte[bytes];
        this.kept = new byte[bytes];
    }

    SimulatedFile copy() {
        SimulatedFile copy = new SimulatedFile(number, run, 0);
        copy.seen = seen;
        copy.kept = kept;
        shareAll();
        copy.shareAll();
        copy.dirty.or(dirty);
        copy.end = end;
        copy.isNamed = isNamed;
        copy.isDeleted = isDeleted;
        return copy;
    }

    private void shareAll() {
        sharesSeen = true;
        sharesKept = true;
    }

    private byte[] ownSeen() {
        if (sharesSeen) {
            seen = seen.clone();
            sharesSeen = false;
        }
        return seen;
    }

    private byte[] ownKept() {
        if (sharesKept) {
            kept = kept.clone();
            sharesKept = false;
        }
        return kept;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public long run() {
        return run;
    }

    @Override
    public Path path() {
        return Path.of("simulated", Long.toString(run), Integer.toString(number));
    }

    @Override
    public long length() {
        return seen.length;
    }

    /** To be read only. */
    @Override
    public ByteBuffer map() {
        return ByteBuffer.wrap(seen).order(ByteOrder.LITTLE_ENDIAN);
    }

    byte[] bytes() {
        return seen;
    }

    int i32(int offset) {
        return ByteBuffer.wrap(seen).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }

    /** Behind the last byte written. */
    int end() {
        return end;
    }

    void named() {
        isNamed = true;
    }

    void delete() {
        isDeleted = true;
    }

    boolean isThere() {
        return !isDeleted;
    }

    boolean isNamed() {
        return isNamed;
    }

    void write(int offset, ByteBuffer bytes) {
        int length = bytes.remaining();
        if (length == 0) {
            return;
        }
        grow(offset + length);
        bytes.get(ownSeen(), offset, length);
        dirty.set(offset / SECTOR_BYTES, (offset + length - 1) / SECTOR_BYTES + 1);
        end = Math.max(end, offset + length);
    }

    private void grow(int bytes) {
        if (bytes > seen.length) {
            int length = Math.max(bytes, seen.length * 2) + SECTOR_BYTES - 1 & -SECTOR_BYTES;
            seen = Arrays.copyOf(seen, length);
            kept = Arrays.copyOf(kept, length);
            sharesSeen = false;
            sharesKept = false;
        }
    }

    void beginSync() {
        int[] numbers = dirty.stream().toArray();
        byte[] bytes = new byte[numbers.length * SECTOR_BYTES];
        for (int i = 0; i < numbers.length; i++) {
            System.arraycopy(seen, numbers[i] * SECTOR_BYTES, bytes, i * SECTOR_BYTES, SECTOR_BYTES);
        }
        underWay.add(new Sectors(numbers, bytes));
        dirty.clear();
    }

    void completeSync() {
        Sectors sectors = underWay.remove(0);
        for (int i = 0; i < sectors.numbers.length; i++) {
            keep(sectors, i);
        }
    }

    private void keep(Sectors sectors, int i) {
        System.arraycopy(sectors.bytes, i * SECTOR_BYTES, ownKept(), sectors.numbers[i] * SECTOR_BYTES, SECTOR_BYTES);
    }

    /** Some of it may be on the platter all the same. The kernel takes all of it for written: it shows it, and no later sync brings it there. */
    void failSync(boolean keepsSome, Random random) {
        Sectors sectors = underWay.remove(0);
        for (int i = 0; i < sectors.numbers.length; i++) {
            if (keepsSome && random.nextBoolean()) {
                keep(sectors, i);
            }
        }
    }

    @Override
    public void writeAgain(long from, long to) {
        dirty.set((int) from / SECTOR_BYTES, (int) (to - 1) / SECTOR_BYTES + 1);
    }

    /** The process is gone, the machine is not: nothing is lost, and what was under way has to be synced anew. */
    void kill() {
        for (Sectors sectors : underWay) {
            for (int sector : sectors.numbers) {
                dirty.set(sector);
            }
        }
        underWay.clear();
    }

    /** What was not synced got to the platter by chance or not at all, in no order. */
    void powerCut(Tear tear, Random random) {
        for (Sectors sectors : underWay) {
            for (int i = 0; i < sectors.numbers.length; i++) {
                if (tear.keeps(sectors.numbers[i], pageOf(sectors.numbers[i]), random)) {
                    keep(sectors, i);
                }
            }
        }
        underWay.clear();
        for (int sector = dirty.nextSetBit(0); sector >= 0; sector = dirty.nextSetBit(sector + 1)) {
            if (tear.keeps(sector, pageOf(sector), random)) {
                System.arraycopy(seen, sector * SECTOR_BYTES, ownKept(), sector * SECTOR_BYTES, SECTOR_BYTES);
            }
        }
        dirty.clear();
        seen = kept;
        shareAll();
        isNamed = true;
    }

    private static int pageOf(int sector) {
        return sector / SECTORS_PER_PAGE;
    }

    void damage(Damage damage) {
        damage.apply(ownSeen());
        damage.apply(ownKept());
    }

    long hash() {
        return SimulatedDisk.crc(seen, 0, seen.length) * 31L + number;
    }
}
