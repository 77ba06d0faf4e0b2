package io.telpher.broker.partition.snapshot;

import io.telpher.broker.memory.StartHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a start is: told by the thread that recovers, which logs it every two seconds; asked by any. With several partitions each has its own part,
 * and the whole is what they make together.
 */
public final class StartProgress {
    private static final Logger LOG = LoggerFactory.getLogger(StartProgress.class);
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** What a start does, in this order; SNAPSHOT and JOURNAL once for each partition. */
    public enum Phase {
        STARTING,
        SNAPSHOT,
        JOURNAL,
        OPENING,
        READY
    }

    /**
     * At one moment.
     *
     * @param records read in this phase: tasks of a snapshot, records of a journal
     * @param recordsTotal as far as it can be told from the bytes
     * @param etaMs until the phase is over, about
     */
    public record View(
            Phase phase, long records, long recordsTotal, long bytes, long bytesTotal, long perSecond, long etaMs) {
        private static final View NONE = at(Phase.STARTING);

        private static View at(Phase phase) {
            return new View(phase, 0, 0, 0, 0, 0, 0);
        }

        /** Both at once: as early as the earlier one, as long as the longer one. */
        private View and(View other) {
            return new View(
                    phase.compareTo(other.phase) < 0 ? phase : other.phase,
                    records + other.records,
                    recordsTotal + other.recordsTotal,
                    bytes + other.bytes,
                    bytesTotal + other.bytesTotal,
                    perSecond + other.perSecond,
                    Math.max(etaMs, other.etaMs));
        }
    }

    private final Runnable taken;
    private final long startNanos = System.nanoTime();
    private final String of;
    private volatile List<StartProgress> parts = List.of();
    private boolean wasTaken;
    private long phaseNanos = startNanos;
    private long lastLogNanos = startNanos;
    private volatile View view = View.NONE;

    public StartProgress() {
        this(() -> {});
    }

    /** @param taken run once, by the recovering thread, when the first directory is this process's own and before anything in it is read */
    public StartProgress(Runnable taken) {
        this(taken, "");
    }

    private StartProgress(Runnable taken, String of) {
        this.taken = taken;
        this.of = of;
    }

    /** Of the whole start. */
    public View view() {
        View own = view;
        return own.phase == Phase.STARTING ? parts().stream().reduce(View::and).orElse(own) : own;
    }

    /** Of each partition, in the order of their numbers; empty when there is one. */
    public List<View> parts() {
        return parts.stream().map(part -> part.view).toList();
    }

    /** One for each partition, all of which are recovered at the same time; before any is. The first one's directory stands for all. */
    public List<StartProgress> split(int partitions) {
        List<StartProgress> made = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            made.add(new StartProgress(i == 0 ? taken : () -> {}, "partition " + i + ": "));
        }
        parts = List.copyOf(made);
        return parts;
    }

    /** A directory is this process's own. */
    public void directoryTaken() {
        if (!wasTaken) {
            wasTaken = true;
            taken.run();
        }
    }

    public void enter(Phase phase) {
        phaseNanos = System.nanoTime();
        lastLogNanos = phaseNanos;
        view = View.at(phase);
    }

    /**
     * Of the phase under way. Cheap, but not for each record.
     *
     * @throws io.telpher.broker.memory.HeapTooSmallException when the rest will not fit into the heap
     */
    void advance(long records, long bytes, long bytesTotal) {
        StartHeap.check(bytes, bytesTotal);
        long now = System.nanoTime();
        long elapsedMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(now - phaseNanos));
        double left = bytes == 0 ? 0 : (double) Math.max(0, bytesTotal - bytes) / bytes;
        View reached = new View(
                view.phase,
                records,
                records + (long) (records * left),
                bytes,
                bytesTotal,
                records * TimeUnit.SECONDS.toMillis(1) / elapsedMs,
                (long) (elapsedMs * left));
        view = reached;
        if (now - lastLogNanos > LOG_NANOS) {
            lastLogNanos = now;
            log(reached);
        }
    }

    private void log(View reached) {
        LOG.info(
                "{}{}: {} {} read, {} a second; {}% of {} bytes, about {} s to go",
                of,
                reached.phase == Phase.SNAPSHOT ? "reading the snapshot" : "replaying the journal",
                reached.records,
                reached.phase == Phase.SNAPSHOT ? "tasks" : "records",
                reached.perSecond,
                reached.bytes * 100 / Math.max(1, reached.bytesTotal),
                reached.bytesTotal,
                TimeUnit.MILLISECONDS.toSeconds(reached.etaMs + TimeUnit.SECONDS.toMillis(1) - 1));
    }
}
