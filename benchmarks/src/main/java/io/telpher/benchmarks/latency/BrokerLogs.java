package io.telpher.benchmarks.latency;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads pauses out of the JVM's log ({@code -Xlog:gc,safepoint:file=..:time}), snapshots and compaction out of the broker's. */
final class BrokerLogs {
    /** What a task's latency can't hide. */
    private static final double SAFEPOINT_MS_MIN = 2;

    private static final DateTimeFormatter JVM_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSZ", Locale.ROOT);
    private static final Pattern PAUSE = Pattern.compile("\\[(\\S+)] GC\\(\\d+\\) (Pause .*) ([\\d.]+)ms");
    private static final Pattern SAFEPOINT =
            Pattern.compile("\\[(\\S+)] Safepoint \"(\\w+)\".*[, ]Total:\\s+(\\d+) ns.*");
    private static final Pattern SNAPSHOT = Pattern.compile(
            "(\\S+) INFO +\\S+ (snapshot of .* in (\\d+) ms; the partition was held up for at most \\d+ us)");
    private static final Pattern COPIED =
            Pattern.compile("(\\S+) INFO +\\S+ (copied \\d+ bytes out of \\d+ journal files)");

    private final Instant start;

    /** @param start when the first second began */
    BrokerLogs(Instant start) {
        this.start = start;
    }

    List<Event> jvm(Path log) throws IOException {
        List<Event> events = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            pause(line).or(() -> safepoint(line)).ifPresent(events::add);
        }
        return events;
    }

    private Optional<Event> pause(String line) {
        Matcher matcher = PAUSE.matcher(line);
        return matcher.matches()
                ? Optional.of(ended(
                        Event.Kind.BROKER_GC,
                        OffsetDateTime.parse(matcher.group(1), JVM_TIME).toInstant(),
                        Double.parseDouble(matcher.group(3)),
                        matcher.group(2)))
                : Optional.empty();
    }

    private Optional<Event> safepoint(String line) {
        Matcher matcher = SAFEPOINT.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        double tookMs = Long.parseLong(matcher.group(3)) / (double) TimeUnit.MILLISECONDS.toNanos(1);
        // Those for collections are pauses already.
        boolean counts = tookMs >= SAFEPOINT_MS_MIN && !matcher.group(2).matches("Parallel.*|G1.*|CollectFor.*");
        return counts
                ? Optional.of(ended(
                        Event.Kind.SAFEPOINT,
                        OffsetDateTime.parse(matcher.group(1), JVM_TIME).toInstant(),
                        tookMs,
                        matcher.group(2)))
                : Optional.empty();
    }

    List<Event> broker(Path log) throws IOException {
        List<Event> events = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher snapshot = SNAPSHOT.matcher(line);
            Matcher copied = COPIED.matcher(line);
            if (snapshot.matches()) {
                events.add(ended(
                        Event.Kind.SNAPSHOT,
                        OffsetDateTime.parse(snapshot.group(1)).toInstant(),
                        Double.parseDouble(snapshot.group(3)),
                        snapshot.group(2)));
            } else if (copied.matches()) {
                events.add(ended(
                        Event.Kind.COMPACTION,
                        OffsetDateTime.parse(copied.group(1)).toInstant(),
                        1,
                        copied.group(2)));
            }
        }
        return events;
    }

    /** Both logs have the time at which something had ended. */
    private Event ended(Event.Kind kind, Instant end, double tookMs, String text) {
        double endMs = end.toEpochMilli() - start.toEpochMilli();
        return new Event(kind, endMs - tookMs, endMs, String.format(Locale.ROOT, "%s, %.1f ms", text, tookMs));
    }
}
