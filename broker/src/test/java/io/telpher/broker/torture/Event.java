package io.telpher.broker.torture;

import java.util.StringJoiner;

/**
 * One line of the history: something a client sent or learned, or a fault. Times are nanoseconds since the history began, on the one clock of the one
 * process that runs all clients. Fields that have nothing to say are 0 or empty.
 */
final class Event {
    enum Kind {
        /** A task is being sent: submission, crc, extra = delay in ms, sent = run_at in ms since 1970 (0: none), text = queue and priority. */
        SUBMIT,
        /** The tasks sent before go as one batch: submission of the first, extra = how many, numbered in turn. */
        BATCH,
        /** The broker said OK: submission, task, sent. */
        ACCEPTED,
        /** The broker said no, so this sending changed nothing: submission, text = code. */
        REFUSED,
        /** No answer: submission. With a key it is sent again. */
        UNKNOWN,
        /** task, lease, submission and crc of what came, extra = ms of the lease, sent = when it was asked for (0: who knows), text = queue. */
        DELIVERED,
        /** The lease was renewed: task, lease, sent, extra = ms. */
        EXTENDED,
        /** An ack is being sent: task, lease, extra = submission of the follow-up task, or 0. */
        ACK,
        /** It was answered OK: task, lease, sent. */
        ACKED,
        /** It was refused, so it changed nothing: task, lease, text = code. */
        ACK_REFUSED,
        /** A nack is being sent: task, lease, extra = 1 when it is permanent. */
        NACK,
        NACKED,
        /** The lease is being given back: task, lease. */
        RELEASE,
        /** A cancel is being sent: task. */
        CANCEL,
        /** It was answered: task, sent, text = state. */
        CANCELLED,
        /** Something is done to the broker, its disk, its clock or its connections: text. */
        FAULT,
        /** The broker has no power: what was not synced may be gone. */
        POWER_CUT,
        /** The broker is ready. */
        STARTED,
        /** The broker's wall clock is wrong from here on: extra = by how many seconds, sent = what a right one shows, in ms since 1970. */
        CLOCK,
        /** How a task ended: task, submission (0: nothing tells), crc of its payload (0: not kept), lease whose result it has, text = state. */
        FINAL
    }

    final Kind kind;
    long at;
    long sent;
    long submission;
    long task;
    long lease;
    long crc;
    long extra;
    String text = "";

    private Event(Kind kind) {
        this.kind = kind;
    }

    static Event of(Kind kind) {
        return new Event(kind);
    }

    Event at(long nanos) {
        at = nanos;
        return this;
    }

    Event sent(long nanos) {
        sent = nanos;
        return this;
    }

    Event submission(long number) {
        submission = number;
        return this;
    }

    Event task(long taskId) {
        task = taskId;
        return this;
    }

    Event lease(long leaseId) {
        lease = leaseId;
        return this;
    }

    Event crc(long value) {
        crc = value;
        return this;
    }

    Event extra(long value) {
        extra = value;
        return this;
    }

    Event text(String value) {
        text = value;
        return this;
    }

    /** One line, tab separated, without its end. */
    String line() {
        StringJoiner line = new StringJoiner("\t");
        line.add(String.valueOf(at)).add(kind.name()).add(String.valueOf(sent)).add(String.valueOf(submission));
        line.add(String.valueOf(task)).add(String.valueOf(lease)).add(String.valueOf(crc));
        return line.add(String.valueOf(extra)).add(text.replaceAll("\\s", " ")).toString();
    }

    static Event parse(String line) {
        String[] fields = line.split("\t", -1);
        return of(Kind.valueOf(fields[1]))
                .at(Long.parseLong(fields[0]))
                .sent(Long.parseLong(fields[2]))
                .submission(Long.parseLong(fields[3]))
                .task(Long.parseLong(fields[4]))
                .lease(Long.parseLong(fields[5]))
                .crc(Long.parseLong(fields[6]))
                .extra(Long.parseLong(fields[7]))
                .text(fields[8]);
    }

    @Override
    public String toString() {
        return line();
    }
}
