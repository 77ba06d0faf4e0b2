package io.telpher.broker.partition;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far a start is: told by the thread that recovers, which logs it every two seconds; asked by any. */
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
     * @param partition being recovered, from 0
     * @param records read in this phase: tasks of a snapshot, records of a journal
     * @param recordsTotal as far as it can be told from the bytes
     * @param etaMs until the phase is over, about
     */
    public record View(
            Phase phase,
            int partition,
            long records,
            long recordsTotal,
            long bytes,
            long bytesTotal,
            long perSecond,
            long etaMs) {}

    private final Runnable taken;
    private final long startNanos = System.nanoTime();
    private int partition;
    private boolean wasTaken;
    private long phaseNanos = startNanos;
    private long lastLogNanos = startNanos;
    private volatile View view = new View(Phase.STARTING, 0, 0, 0, 0, 0, 0, 0);

    public StartProgress() {
        this(() -> {});
    }

    /** @param taken run once, by the recovering thread, when the first directory is this process's own and before anything in it is read */
    public StartProgress(Runnable taken) {
        this.taken = taken;
    }

    public View view() {
        return view;
    }

    /** Before each partition is recovered. */
    public void partition(int number) {
        partition = number;
    }

    void directoryTaken() {
        if (!wasTaken) {
            wasTaken = true;
            taken.run();
        }
    }

    public void enter(Phase phase) {
        phaseNanos = System.nanoTime();
        lastLogNanos = phaseNanos;
        view = new View(phase, partition, 0, 0, 0, 0, 0, 0);
    }

    /** Of the phase under way. Cheap, but not for each record. */
    void advance(long records, long bytes, long bytesTotal) {
        long now = System.nanoTime();
        long elapsedMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(now - phaseNanos));
        double left = bytes == 0 ? 0 : (double) Math.max(0, bytesTotal - bytes) / bytes;
        View reached = new View(
                view.phase,
                partition,
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

    private static void log(View reached) {
        LOG.info(
                "{}: {} {} read, {} a second; {}% of {} bytes, about {} s to go",
                reached.phase == Phase.SNAPSHOT ? "reading the snapshot" : "replaying the journal",
                reached.records,
                reached.phase == Phase.SNAPSHOT ? "tasks" : "records",
                reached.perSecond,
                reached.bytes * 100 / Math.max(1, reached.bytesTotal),
                reached.bytesTotal,
                TimeUnit.MILLISECONDS.toSeconds(reached.etaMs + TimeUnit.SECONDS.toMillis(1) - 1));
    }
}
