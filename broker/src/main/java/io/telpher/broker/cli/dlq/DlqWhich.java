package io.telpher.broker.cli.dlq;

import io.telpher.broker.cli.output.TimeSpan;
import io.telpher.protocol.deadletter.DlqFilter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.Option;

/** Which dead tasks are meant: options of every {@code tq dlq} command. */
final class DlqWhich {
    @Option(
            names = {"-q", "--queue"},
            defaultValue = "",
            description = "Default: any")
    private String queue = "";

    @Option(
            names = {"-t", "--type"},
            defaultValue = "",
            description = "Default: any")
    private String type = "";

    @Option(names = "--error", defaultValue = "", description = "Only those whose error contains this.")
    private String error = "";

    @Option(
            names = "--like",
            paramLabel = "ERROR",
            defaultValue = "",
            description = "Only errors of this kind: an error, or what `tq dlq groups` shows.")
    private String like = "";

    @Option(
            names = "--older-than",
            paramLabel = "AGE",
            defaultValue = "",
            description =
                    "Only those dead for longer than 30m, 2h, 7d, or since before a time like 2026-11-24T12:00:00Z.")
    private String olderThan = "";

    @Option(names = "--newer-than", paramLabel = "AGE", defaultValue = "", description = "Only those dead for less.")
    private String newerThan = "";

    DlqFilter filter() {
        return filter(queue);
    }

    /** @param named the queue without its option; empty = it has one */
    DlqFilter filterOfOne(String named) {
        if (named.isEmpty() == queue.isEmpty()) {
            throw new IllegalArgumentException("name one queue, as in: tq dlq groups mail");
        }
        return filter(named + queue);
    }

    private DlqFilter filter(String ofQueue) {
        if (!error.isEmpty() && !like.isEmpty()) {
            throw new IllegalArgumentException("give --error, a part of the text, or --like, the whole kind; not both");
        }
        DlqFilter filter = new DlqFilter(ofQueue, type, error)
                .died(time("--newer-than", newerThan), time("--older-than", olderThan));
        return like.isEmpty() ? filter : filter.likeError(like);
    }

    private static long time(String option, String text) {
        if (text.isEmpty()) {
            return 0;
        }
        Duration age = TimeSpan.of(text);
        if (age != null) {
            return System.currentTimeMillis() - age.toMillis();
        }
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    option + " is an age like 30m, 2h or 7d, or a time like 2026-11-24T12:00:00Z, not \"" + text + "\"",
                    e);
        }
    }
}
