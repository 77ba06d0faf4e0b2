package io.telpher.broker.partition.storage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.image.SnapshotSize;
import io.telpher.broker.journal.Store;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may still write to the disk. The last of it belongs to what ends tasks (acks, nacks, leases, ticks) and to the journal's own mapping; above that lies
 * room for the next snapshot and for compaction's copies, since only these give the disk back; new tasks have to leave all of it free.
 * What does not fit is put off, reported once and begun later, never begun to fail half-way.
 *
 * <p>Belongs to the partition's thread, but for what says otherwise.
 */
public final class DiskRoom {
    private static final Logger LOG = LoggerFactory.getLogger(DiskRoom.class);

    /** The free space is asked for anew after so many bytes appended, or after a while: others may fill the disk, too. */
    private static final long LOOK_BYTES = 4L << 20;

    private static final long LOOK_MS = 1000;
    private static final long LOOK_SHORT_MS = 20;

    /** Growth of the table at which its pages are looked at anew, and not for each few megabytes. */
    private static final double TASKS_GROWTH = 1.125;

    private final Partition partition;
    private final Store store;
    private final LongSupplier clock;
    private final int partitions;
    private long freeBytes;
    private long snapshotBytes;
    private long tasksMeasured;
    private long measuredBytes;
    private long lookNextAtBytes;
    private long lookNextAtMs;
    private boolean snapshotUnderWay;
    private volatile long copiedBytes;

    private volatile String lowElsewhere = "";

    private volatile Set<Shortage> shortages = EnumSet.noneOf(Shortage.class);

    public DiskRoom(Partition partition, Store store, LongSupplier clock) {
        this.partition = partition;
        this.store = store;
        this.clock = clock;
        this.partitions = partition.placement().partitions();
    }

    /** What waits for space. Any thread. */
    public Set<Shortage> shortages() {
        return shortages;
    }

    /** Appended again by compaction since the start. Any thread. */
    public long copiedBytes() {
        return copiedBytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
    void copied(int bytes) {
        copiedBytes += bytes;
    }

    /** New tasks would take room that others need. */
    public boolean isLow() {
        look();
        long wanted = wantedBytes();
        boolean isLow = freeBytes < wanted;
        if (changes(Shortage.TASKS, isLow)) {
            if (isLow) {
                LOG.warn("TQ-2017 the disk is nearly full: new tasks are refused, {}", below(wanted));
            } else {
                LOG.info("new tasks are taken again: {} bytes are free", freeBytes);
            }
        }
        return isLow;
    }

    /** @param nodes of the cluster that have no room for new tasks, and are too many; empty = enough have. Any thread */
    public void lowElsewhere(String nodes) {
        if (!nodes.isEmpty() && lowElsewhere.isEmpty()) {
            LOG.warn(
                    "TQ-5032 new tasks are refused while this node leads: too few nodes have room for them, nearly full are the disks of {}",
                    nodes);
        } else if (nodes.isEmpty() && !lowElsewhere.isEmpty()) {
            LOG.info("new tasks are taken again: a majority of nodes has room for them");
        }
        lowElsewhere = nodes;
    }

    /** See {@link #lowElsewhere(String)}. */
    public String lowElsewhere() {
        return lowElsewhere;
    }

    /** The next snapshot can be written whole. */
    public boolean fitsSnapshot() {
        lookNextAtMs = 0;
        return hasRoomForSnapshot();
    }

    /** For each duty cycle: what waited may go on although nobody asks. */
    public void review() {
        if (shortages.contains(Shortage.TASKS)) {
            isLow();
        }
        if (shortages.contains(Shortage.SNAPSHOTS)) {
            hasRoomForSnapshot();
        }
    }

    private boolean hasRoomForSnapshot() {
        look();
        boolean fits = spareBytes() >= snapshotBytes;
        if (changes(Shortage.SNAPSHOTS, !fits)) {
            if (fits) {
                LOG.info("snapshots go on: {} bytes are free", freeBytes);
            } else {
                LOG.warn(
                        "TQ-2018 a snapshot of about {} bytes is put off until it fits, {}",
                        snapshotBytes,
                        below(freeBytes - spareBytes() + snapshotBytes));
            }
        }
        return fits;
    }

    /** One was begun: what it is going to take is not free for others. */
    public void snapshotBegins() {
        snapshotUnderWay = true;
    }

    public void snapshotEnded() {
        snapshotUnderWay = false;
        lookNextAtMs = 0;
    }

    /** So much may be copied at once. What it frees is free again only when all of it was copied and synced. */
    long copyBytesMax() {
        look();
        return Math.min(copyRoomBytes(), spareBytes() - (snapshotUnderWay ? snapshotBytes : 0));
    }

    /** @param wait nothing that would be worth it fits */
    void copiesWait(boolean wait) {
        if (changes(Shortage.COPIES, wait)) {
            if (wait) {
                LOG.warn(
                        "TQ-2019 there is no room to copy what is needed of nearly empty journal files: {} bytes free",
                        freeBytes);
            } else {
                LOG.info("compaction goes on: {} bytes are free", freeBytes);
            }
        }
    }

    private long wantedBytes() {
        return partitions * (store.ackRoomBytes() + copyRoomBytes() + snapshotBytes);
    }

    private String below(long wanted) {
        return "with " + freeBytes + " bytes free of " + wanted + " wanted";
    }

    private long copyRoomBytes() {
        return store.ackRoomBytes() / 2;
    }

    private long spareBytes() {
        return freeBytes - partitions * store.ackRoomBytes();
    }

    private void look() {
        long now = clock.getAsLong();
        boolean isTime = now >= lookNextAtMs;
        if (isTime || store.appendedBytes() >= lookNextAtBytes) {
            freeBytes = store.freeBytes();
            snapshotBytes = snapshotBytesMax(isTime);
            if (freeBytes < wantedBytes()) {
                snapshotBytes = snapshotBytesMax(true); // nothing is refused for what was only reckoned
            }
            lookNextAtMs = now + (shortages.isEmpty() ? LOOK_MS : LOOK_SHORT_MS);
            lookNextAtBytes = store.appendedBytes() + LOOK_BYTES;
        }
    }

    /** Exact after a while and when the table grew; between, each task more is reckoned as the largest one. */
    private long snapshotBytesMax(boolean isExact) {
        long tasks = partition.tasks();
        if (isExact || tasks > tasksMeasured * TASKS_GROWTH) {
            tasksMeasured = tasks;
            measuredBytes = partition.snapshotBytesMax();
        }
        return measuredBytes + Math.max(0, tasks - tasksMeasured) * SnapshotSize.NEW_TASK_BYTES;
    }

    private boolean changes(Shortage which, boolean present) {
        if (shortages.contains(which) == present) {
            return false;
        }
        Set<Shortage> changed = EnumSet.copyOf(shortages);
        if (present) {
            changed.add(which);
        } else {
            changed.remove(which);
        }
        shortages = changed;
        lookNextAtMs = 0;
        return true;
    }
}
