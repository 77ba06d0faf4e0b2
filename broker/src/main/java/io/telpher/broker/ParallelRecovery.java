package io.telpher.broker;

import io.telpher.broker.journal.SyncObserver;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Recovers all partitions, as many at once as there are cores: a replay keeps one busy. */
final class ParallelRecovery {
    private final List<RunningPartition> recovered = new ArrayList<>();
    private @Nullable Throwable failure;

    private ParallelRecovery() {}

    /**
     * All of them, or none stays open.
     *
     * @throws IOException when one can't be read; of several failures that of the first partition
     */
    static List<RunningPartition> recover(
            BrokerConfig config, PartitionLayout layout, StartProgress progress, SyncObserver synced)
            throws IOException, InterruptedException {
        if (layout.count() == 1) {
            return List.of(RunningPartition.recover(config, layout, 0, progress, synced));
        }
        ExecutorService threads = Executors.newFixedThreadPool(
                Math.min(layout.count(), Runtime.getRuntime().availableProcessors()),
                Threads.daemons("telpher-recovery", Threads::ended));
        try {
            List<StartProgress> parts = progress.split(layout.count());
            List<Future<RunningPartition>> underWay = new ArrayList<>();
            for (int i = 0; i < layout.count(); i++) {
                int number = i;
                underWay.add(threads.submit(
                        () -> RunningPartition.recover(config, layout, number, parts.get(number), synced)));
            }
            ParallelRecovery all = new ParallelRecovery();
            for (Future<RunningPartition> each : underWay) {
                all.take(each);
            }
            return all.orNone();
        } finally {
            threads.shutdownNow();
        }
    }

    private void take(Future<RunningPartition> one) throws InterruptedException {
        try {
            recovered.add(one.get());
        } catch (ExecutionException e) {
            failure = failure == null ? e.getCause() : failure;
        }
    }

    private List<RunningPartition> orNone() throws IOException {
        Throwable first = failure;
        if (first == null) {
            return recovered;
        }
        recovered.forEach(RunningPartition::close);
        if (first instanceof IOException e) {
            throw e;
        }
        if (first instanceof RuntimeException e) {
            throw e;
        }
        if (first instanceof Error e) {
            throw e;
        }
        throw new IllegalStateException("a partition could not be recovered", first);
    }
}
