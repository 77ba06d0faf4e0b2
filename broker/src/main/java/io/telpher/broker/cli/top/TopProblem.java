package io.telpher.broker.cli.top;

import io.telpher.broker.cli.output.Amounts;
import io.telpher.protocol.admin.BrokerStats.Field;
import io.telpher.protocol.queue.QueueView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Something that an operator should look at. The same rules as on the web page ({@code problems.js}).
 *
 * @param isBad rather than a warning
 * @param weight the larger of two comes first
 */
record TopProblem(String text, boolean isBad, long weight) {
    private static final long STALLED_MS = 60_000;
    private static final long UNATTENDED_MS = 5_000;
    private static final long DISK_LOW_BYTES = 2L << 30;
    private static final long DISK_OUT_BYTES = 256L << 20;
    private static final long SYNC_SLOW_MICROS = 250_000;

    /** The worst first. */
    static List<TopProblem> of(TopReading reading) {
        List<TopProblem> problems = new ArrayList<>();
        long free = reading.stat(Field.DISK_FREE_BYTES);
        if (free < DISK_LOW_BYTES) {
            boolean isOut = free < DISK_OUT_BYTES;
            String refused = isOut ? "; new tasks are refused, acks still work" : "";
            problems.add(
                    new TopProblem("disk: only " + Amounts.bytes(free) + " are free" + refused, isOut, Long.MAX_VALUE));
        }
        long sync = reading.stat(Field.SYNC_P99_MICROS);
        if (sync > SYNC_SLOW_MICROS) {
            problems.add(new TopProblem(
                    "journal: 1 % of syncs took " + Amounts.micros(sync) + " or more; each confirmation waits for one",
                    false,
                    Long.MAX_VALUE));
        }
        reading.queues().forEach(line -> of(line, problems));
        long dead = reading.stat(Field.DEAD);
        if (dead > 0) {
            String task = dead == 1 ? " task waits" : " tasks wait";
            problems.add(new TopProblem(
                    "dead letters: " + Amounts.count(dead) + task + " for a decision, see tq dlq groups", false, 0));
        }
        problems.sort(Comparator.comparing(TopProblem::isBad)
                .thenComparingLong(TopProblem::weight)
                .reversed());
        return problems;
    }

    private static void of(TopReading.Line line, List<TopProblem> problems) {
        QueueView queue = line.queue();
        long ready = line.ready();
        long waitedMs = queue.oldestReadyAgeMs;
        String tasks = Amounts.count(ready) + (ready == 1 ? " task" : " tasks") + " ready";
        if (ready > 0 && queue.paused) {
            problems.add(new TopProblem(queue.name + " is paused with " + tasks, false, ready));
        } else if (ready > 0 && queue.active + queue.waiters == 0 && waitedMs > UNATTENDED_MS) {
            problems.add(new TopProblem(
                    queue.name + " has no workers: " + tasks + ", the oldest for " + Amounts.ms(waitedMs),
                    true,
                    ready));
        } else if (waitedMs > STALLED_MS) {
            problems.add(new TopProblem(
                    queue.name + " is behind: a task has been ready for " + Amounts.ms(waitedMs), true, ready));
        }
    }
}
