package io.telpher.broker.torture;

import io.telpher.broker.torture.TracedTask.Lease;
import io.telpher.broker.torture.Verdict.Counted;
import io.telpher.broker.torture.Verdict.Wrong;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a history and says what is wrong with it. It claims only what follows for sure from what clients knew when: a request that was not answered may have
 * taken effect or not, at any time after it was sent; an answer was true at some time between the request and its arrival.
 */
final class Checker {
    /** The broker counts milliseconds. */
    private static final long ROUNDING_NANOS = 20_000_000;

    /** So long a broker may go by a wall clock that was corrected. */
    private static final long CORRECTED_NANOS = 60_000_000_000L;

    /** How long a fault goes on to have effects on connections. */
    private static final long AFTERMATH_NANOS = 10_000_000_000L;

    private final Verdict verdict = new Verdict();
    private final Map<Long, Submitted> submissions = new HashMap<>();
    private final Map<Long, Long> batches = new HashMap<>();
    private final Map<Long, TracedTask> tasks = new HashMap<>();
    private final Map<LeaseKey, Long> leaseOwners = new HashMap<>();
    private final Map<String, Long> lastFirst = new HashMap<>();
    private final TreeSet<Long> powerCuts = new TreeSet<>();
    private final TreeSet<Long> faults = new TreeSet<>();
    private long smallHeapAt = -1;
    private final WallClockHistory wallClock = new WallClockHistory();

    /** A lease id is unique within its partition, which the task's id names. */
    private record LeaseKey(long partition, long lease) {}

    /** What became of one submission. */
    static final class Submitted {
        final long firstSent;
        final long crc;
        final long delayMs;
        final long runAtMs;
        final String lane;
        boolean mayExist;
        long task;

        Submitted(Event sent) {
            firstSent = sent.at;
            crc = sent.crc;
            delayMs = sent.extra;
            runAtMs = sent.sent;
            lane = sent.text;
        }
    }

    void accept(Event event) {
        switch (event.kind) {
            case SUBMIT -> {
                verdict.count(Counted.SUBMITTED);
                submissions.computeIfAbsent(event.submission, number -> new Submitted(event)).mayExist = true;
            }
            case BATCH -> {
                verdict.count(Counted.BATCHES);
                batches.put(event.submission, event.extra);
            }
            case ACCEPTED -> accepted(event);
            case REFUSED -> refused(event);
            case UNKNOWN -> verdict.count(Counted.UNKNOWN);
            case DELIVERED -> delivered(event);
            case EXTENDED -> {
                Lease lease = task(event).lease(event.lease);
                if (lease != null) {
                    lease.extended(event.sent, event.extra);
                }
            }
            case ACK -> {
                task(event).finishSent(event.at);
                task(event).acks.put(event.lease, event.extra);
                givesBack(event);
            }
            case ACKED -> acked(event);
            case ACK_REFUSED -> {}
            case NACK -> {
                task(event).permanentSent |= event.extra == 1;
                givesBack(event);
            }
            case NACKED -> task(event).permanentConfirmed |= event.extra == 1;
            case RELEASE -> givesBack(event);
            case CANCEL -> {
                task(event).finishSent(event.at);
                task(event).cancelSent = true;
            }
            case CANCELLED -> {
                task(event).cancelAnsweredAt = event.at;
                task(event).cancelled |= event.text.equals("CANCELLED");
            }
            case FAULT -> {
                faults.add(event.at);
                if (event.text.startsWith(Fault.SMALL_HEAP.name())) {
                    smallHeapAt = event.at;
                }
            }
            case POWER_CUT -> {
                powerCuts.add(event.at);
                verdict.count(Counted.POWER_CUTS);
            }
            case STARTED -> verdict.count(Counted.STARTS);
            case CLOCK -> wallClock.set(event);
            case FINAL -> task(event).end = event;
        }
    }

    private TracedTask task(Event event) {
        return tasks.computeIfAbsent(event.task, TracedTask::new);
    }

    private void accepted(Event event) {
        verdict.count(Counted.ACCEPTED);
        TracedTask task = task(event);
        task.acceptedAt = event.at;
        belongs(task, event.submission);
    }

    /** Earlier sendings that got no answer, or later ones, may still have made it. */
    private void refused(Event event) {
        verdict.count(Counted.REFUSED);
        Submitted submitted = submissions.get(event.submission);
        if (submitted != null && event.extra == 1) {
            submitted.mayExist = false;
        }
    }

    /** One submission, one task, and the other way round. */
    private void belongs(TracedTask task, long number) {
        Submitted submitted = submissions.get(number);
        if (submitted == null || !submitted.mayExist) {
            verdict.wrong(Wrong.PHANTOM, "task " + task.id + " is of submission " + number + ", which nobody made");
            return;
        }
        if ((task.submission != 0 && task.submission != number) || (submitted.task != 0 && submitted.task != task.id)) {
            verdict.wrong(
                    Wrong.DOUBLED,
                    "task " + task.id + " is of submission " + number + ", so is task " + submitted.task
                            + "; the task was of " + task.submission);
        }
        task.submission = number;
        submitted.task = task.id;
    }

    private void delivered(Event event) {
        TracedTask task = task(event);
        verdict.count(task.leases.isEmpty() ? Counted.DELIVERED : Counted.REDELIVERED);
        belongs(task, event.submission);
        Submitted submitted = submissions.get(event.submission);
        long since = leasableSince(task, event.lease);
        if (submitted != null) {
            content(task, submitted, event);
            since = Math.max(since, submitted.firstSent);
        }
        boolean kept = Traffic.isKept(event.text) && event.sent > 0;
        Lease lease = new Lease(event, Math.max(since, event.sent), kept);
        unique(task, lease);
        notFinished(task, lease);
        for (Lease other : task.leases) {
            apart(task, other, lease);
        }
        task.leases.add(lease);
    }

    /** A lease is given after the ones of smaller ids were given back, unless those may have ended otherwise. Its delivery can come after much later ones. */
    private long leasableSince(TracedTask task, long leaseId) {
        long since = 0;
        for (Lease earlier : task.leases) {
            if (earlier.id < leaseId && !mayHaveRunOut(earlier, earlier.givenBackAt)) {
                since = Math.max(since, earlier.givenBackAt);
            }
        }
        return since;
    }

    private void content(TracedTask task, Submitted submitted, Event event) {
        if (submitted.crc != event.crc) {
            verdict.wrong(Wrong.MISMATCHED, "task " + task.id + " came with other bytes than were sent");
        }
        long due = submitted.firstSent + submitted.delayMs * 1_000_000;
        if (event.at < due) {
            verdict.wrong(Wrong.EARLY, "task " + task.id + " came " + (due - event.at) / 1_000 + " us early");
        }
        long shownMs = submitted.runAtMs == 0
                ? 0
                : wallClock.highestMs(submitted.firstSent - CORRECTED_NANOS, event.at) - submitted.runAtMs;
        if (shownMs < 0) {
            verdict.wrong(
                    Wrong.EARLY,
                    "task " + task.id + " came " + -shownMs + " ms before the wall clock showed its run_at");
        }
        if (task.leases.isEmpty() && submitted.delayMs == 0 && submitted.runAtMs == 0) {
            Long highest = lastFirst.merge(submitted.lane, task.id, Math::max);
            if (highest > task.id) {
                verdict.count(Counted.ORDER_INVERSIONS);
            }
        }
    }

    private void unique(TracedTask task, Lease lease) {
        Long owner = leaseOwners.put(new LeaseKey(task.id >>> 48, lease.id), task.id);
        if (owner != null) {
            verdict.wrong(
                    Wrong.OVERLAPPING_LEASES,
                    "lease " + lease.id + " was given for task " + owner + " and again for task " + task.id);
        }
    }

    private void notFinished(TracedTask task, Lease lease) {
        if (task.ackedLease != null && lease.sent > task.ackedAt) {
            verdict.wrong(Wrong.FINISHED_THEN_DELIVERED, "task " + task.id + " after its ack");
        }
        if (task.cancelAnsweredAt >= 0 && lease.sent > task.cancelAnsweredAt) {
            verdict.wrong(Wrong.FINISHED_THEN_DELIVERED, "task " + task.id + " after its cancel");
        }
    }

    /** The two leases did not go on at the same time, as far as is known. Their answers may have overtaken each other. */
    private void apart(TracedTask task, Lease before, Lease after) {
        if (after.id < before.id) {
            if (after.sent > before.receivedAt) {
                verdict.wrong(
                        Wrong.OVERLAPPING_LEASES,
                        "task " + task.id + ": lease " + after.id + " was given after " + before.id);
            }
            return;
        }
        if (before.givenBackAt < 0 && !mayHaveRunOut(before, after.receivedAt)) {
            verdict.wrong(
                    Wrong.OVERLAPPING_LEASES,
                    "task " + task.id + ": lease " + after.id + " came "
                            + (before.expiresAfter - after.receivedAt) / 1_000_000 + " ms before " + before.id
                            + " could have run out");
        }
    }

    /** Ended by then without its owner: by time, or by a fault. */
    private boolean mayHaveRunOut(Lease lease, long at) {
        long from = lease.grantedAfter;
        return at + ROUNDING_NANOS >= lease.expiresAfter
                || happened(powerCuts, from, at)
                || (!lease.keptOnDisconnect && happened(faults, from - AFTERMATH_NANOS, at));
    }

    private static boolean happened(NavigableSet<Long> times, long from, long to) {
        Long next = times.ceiling(from);
        return next != null && next <= to;
    }

    private void givesBack(Event event) {
        TracedTask task = task(event);
        Lease lease = task.lease(event.lease);
        if (lease != null && lease.givenBackAt < 0) {
            lease.givenBackAt = event.at;
        }
    }

    private void acked(Event event) {
        verdict.count(Counted.ACKED);
        TracedTask task = task(event);
        if (task.ackedLease != null && task.ackedLease != event.lease) {
            verdict.wrong(
                    Wrong.STALE_ACK_COUNTED,
                    "task " + task.id + " under " + task.ackedLease + " and under " + event.lease);
        }
        for (Lease lease : task.leases) {
            boolean forgotten = happened(powerCuts, lease.grantedAfter, event.at);
            if (lease.id > event.lease && lease.receivedAt < event.sent && !forgotten) {
                verdict.wrong(
                        Wrong.STALE_ACK_COUNTED,
                        "task " + task.id + " under " + event.lease + ", after " + lease.id + " was given");
            }
        }
        task.ackedLease = event.lease;
        task.ackedAt = event.at;
    }

    /** Call it when the history is at its end. */
    Verdict verdict() {
        Map<Long, TracedTask> followUps = new HashMap<>();
        for (TracedTask task : tasks.values()) {
            ended(task);
            task.acks.values().forEach(submission -> followUps.put(submission, task));
        }
        followUps.remove(0L);
        followUps.forEach(this::together);
        batches.forEach(this::whole);
        return verdict;
    }

    private boolean exists(long submission) {
        Submitted submitted = submissions.get(submission);
        return submitted != null && submitted.task != 0;
    }

    private void whole(long first, long count) {
        long made = LongStream.range(first, first + count).filter(this::exists).count();
        if (made != 0 && made != count) {
            verdict.wrong(
                    Wrong.BATCH_TORN,
                    "of the " + count + " tasks from submission " + first + " on, " + made + " were made");
        }
    }

    private void ended(TracedTask task) {
        Event end = task.end;
        if (end == null) {
            if (mayBeForgotten(task)) {
                verdict.count(Counted.FORGOTTEN);
            } else if (task.acceptedAt >= 0) {
                verdict.wrong(Wrong.LOST, "task " + task.id + " was accepted and is gone");
            }
            return;
        }
        if (end.submission != 0) {
            belongs(task, end.submission);
        }
        Submitted submitted = submissions.get(task.submission);
        if (submitted != null && end.crc != 0 && end.crc != submitted.crc) {
            verdict.wrong(Wrong.MISMATCHED, "task " + task.id + " is kept with other bytes than were sent");
        }
        String problem = problemOfEnd(task, end);
        if (problem != null) {
            verdict.wrong(
                    problem.startsWith("nobody") ? Wrong.PHANTOM : Wrong.WRONG_END,
                    "task " + task.id + " is " + end.text + ": " + problem);
        }
    }

    /** A broker whose heap is full lets go of finished tasks before their retention is over. */
    private boolean mayBeForgotten(TracedTask task) {
        return task.finishSentAt >= 0 && task.finishSentAt < smallHeapAt + AFTERMATH_NANOS;
    }

    private @Nullable String problemOfEnd(TracedTask task, Event end) {
        switch (end.text) {
            case "COMPLETED":
                if (!task.acks.containsKey(end.lease)) {
                    return "nobody sent the ack of lease " + end.lease;
                }
                boolean other = task.ackedLease != null && task.ackedLease != end.lease;
                return other
                        ? "the ack under " + task.ackedLease + " was confirmed, not " + end.lease
                        : unlike(task, end);
            case "DEAD":
                return task.permanentSent ? unlike(task, end) : "nobody said that it failed for good";
            case "CANCELLED":
                return task.cancelSent ? unlike(task, end) : "nobody cancelled it";
            default:
                verdict.wrong(Wrong.LOST, "task " + task.id + " is still " + end.text + " after all came to rest");
                return null;
        }
    }

    /** What was confirmed is how it ended. */
    private static @Nullable String unlike(TracedTask task, Event end) {
        if (task.ackedLease != null && !end.text.equals("COMPLETED")) {
            return "its ack was confirmed";
        }
        // A failure of a task that is being cancelled ends it as the cancel says.
        boolean failed = end.text.equals("DEAD") || (task.cancelSent && end.text.equals("CANCELLED"));
        if (task.permanentConfirmed && !failed) {
            return "its failure was confirmed";
        }
        return task.cancelled && !end.text.equals("CANCELLED") ? "its cancel was confirmed" : null;
    }

    /** The follow-up exists exactly when the ack that carried it is the one that counted. */
    private void together(long followUp, TracedTask parent) {
        Event end = parent.end;
        if (end == null) {
            return;
        }
        boolean exists = exists(followUp);
        if (exists) {
            verdict.count(Counted.FOLLOW_UPS);
        }
        boolean counted = end.text.equals("COMPLETED") && followUp == parent.acks.getOrDefault(end.lease, 0L);
        if (exists != counted) {
            verdict.wrong(
                    Wrong.FOLLOW_UP_APART,
                    "submission " + followUp + (exists ? " exists, but its ack of task " : " is missing, with task ")
                            + parent.id + (exists ? " did not count" : " acknowledged"));
        }
    }
}
