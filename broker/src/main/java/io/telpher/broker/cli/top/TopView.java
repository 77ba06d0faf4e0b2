package io.telpher.broker.cli.top;

import io.telpher.broker.cli.output.Amounts;
import io.telpher.broker.cli.output.Printable;
import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.protocol.admin.BrokerStats.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/** The screen of {@code tq top}, as lines of a given size, and its keys. For one thread. */
final class TopView {
    private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    private static final AttributedStyle BAD = AttributedStyle.BOLD.foreground(AttributedStyle.RED);
    private static final AttributedStyle WARN = PLAIN.foreground(AttributedStyle.YELLOW);
    private static final String KEYS =
            "q quit   \u2190 \u2192 sort by   r reverse   / filter   p pause   \u2191 \u2193 PgUp PgDn scroll";

    private static final int PROBLEMS_MAX = 4;

    /** Broker, tasks, a blank line above each table, two titles and the keys. */
    private static final int FIXED_LINES = 7;

    /** With these, all queues and workers have a line. */
    static final int LINES_BESIDE = FIXED_LINES + PROBLEMS_MAX;

    private static final String[] WORKER_TITLES = {"worker", "client", "address", "running", "waiting", "connected"};

    private final String url;
    private TopColumn sort;
    private boolean isReversed;
    private String filter;
    private boolean isTyping;
    private int scrolled;
    private int page = 1;
    private boolean isPaused;
    private boolean isOver;

    /** @param url without a token */
    TopView(String url, TopColumn sort, String filter) {
        this.url = url;
        this.sort = sort;
        this.filter = filter;
    }

    boolean isOver() {
        return isOver;
    }

    boolean isPaused() {
        return isPaused;
    }

    /** @param key the character, or the key's name: Left, PageUp, Enter, Escape .. */
    void pressed(String key) {
        if (isTyping) {
            typed(key);
            return;
        }
        switch (key) {
            case "q", "Q" -> isOver = true;
            case "Left" -> sortBy(sort.next(-1));
            case "Right" -> sortBy(sort.next(1));
            case "r" -> isReversed = !isReversed;
            case "p", " " -> isPaused = !isPaused;
            case "/" -> isTyping = true;
            case "Escape" -> filter = "";
            case "Up", "k" -> scrolled--;
            case "Down", "j" -> scrolled++;
            case "PageUp" -> scrolled -= page;
            case "PageDown" -> scrolled += page;
            case "Home", "g" -> scrolled = 0;
            case "End", "G" -> scrolled = Integer.MAX_VALUE / 2;
            default -> {
                // Other keys mean nothing here.
            }
        }
    }

    private void sortBy(TopColumn column) {
        sort = column;
        isReversed = false;
        scrolled = 0;
    }

    private void typed(String key) {
        switch (key) {
            case "Enter" -> isTyping = false;
            case "Escape" -> {
                isTyping = false;
                filter = "";
            }
            case "Backspace", "Delete" -> filter = filter.isEmpty() ? "" : filter.substring(0, filter.length() - 1);
            default -> filter += key.length() == 1 ? key : "";
        }
        scrolled = 0;
    }

    /** Without keys. */
    List<AttributedString> once(TopReading reading, int width, int height) {
        List<AttributedString> lines = lines(reading, null, width, height);
        int end = lines.size() - 1;
        while (end > 0 && lines.get(end - 1).length() == 0) {
            end--;
        }
        return lines.subList(0, end);
    }

    /** @param trouble why no newer reading is there; null = there is none */
    List<AttributedString> lines(TopReading reading, @Nullable String trouble, int width, int height) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(broker(reading, trouble));
        lines.add(tasks(reading));
        List<TopProblem> problems = TopProblem.of(reading);
        problems.stream()
                .limit(Math.min(PROBLEMS_MAX, Math.max(0, height - FIXED_LINES)))
                .forEach(problem ->
                        lines.add(styled("! " + Printable.line(problem.text()), problem.isBad() ? BAD : WARN)));
        int room = Math.max(0, height - lines.size() - FIXED_LINES + 2);
        List<TopReading.Line> queues = queues(reading);
        int workersShown = Math.min(reading.workers().size(), Math.max(room / 3, room - queues.size()));
        lines.add(AttributedString.EMPTY);
        queues(lines, queues, room - workersShown);
        lines.add(AttributedString.EMPTY);
        workers(lines, reading, workersShown);
        while (lines.size() < height - 1) {
            lines.add(AttributedString.EMPTY);
        }
        List<AttributedString> fitting =
                new ArrayList<>(lines.subList(0, Math.max(0, Math.min(lines.size(), height - 1))));
        fitting.add(footer(reading, queues.size()));
        return fitting.stream().map(line -> line.columnSubSequence(0, width)).toList();
    }

    private AttributedString broker(TopReading reading, @Nullable String trouble) {
        AttributedStringBuilder line = new AttributedStringBuilder();
        line.styled(AttributedStyle.BOLD, "Telpher ").append(url);
        line.append("   up ").append(Amounts.ms(reading.stat(Field.UPTIME_MS)));
        long sync = reading.stat(Field.SYNC_P99_MICROS);
        line.append("   sync p99 ").append(sync == 0 ? "-" : Amounts.micros(sync));
        line.append("   disk ")
                .append(Amounts.bytes(reading.stat(Field.DISK_FREE_BYTES)))
                .append(" free");
        line.append("   journal ").append(Amounts.bytes(reading.stat(Field.JOURNAL_BYTES)));
        line.append("   connections ").append(Amounts.count(reading.stat(Field.CONNECTIONS)));
        if (isPaused) {
            line.append("   ").styled(AttributedStyle.INVERSE, " paused ");
        }
        if (trouble != null) {
            line.append("   ").styled(BAD, Printable.line(trouble));
        }
        return line.toAttributedString();
    }

    private static AttributedString tasks(TopReading reading) {
        return new AttributedString(String.format(
                Locale.ROOT,
                "ready %s   scheduled %s   retrying %s   active %s   dead %s   in %s/s   out %s/s   queues %s",
                Amounts.count(reading.stat(Field.READY)),
                Amounts.count(reading.stat(Field.SCHEDULED)),
                Amounts.count(reading.stat(Field.RETRY_WAIT)),
                Amounts.count(reading.stat(Field.ACTIVE)),
                Amounts.count(reading.stat(Field.DEAD)),
                Amounts.rate(reading.in()),
                Amounts.rate(reading.out()),
                Amounts.count(reading.queues().size())));
    }

    private List<TopReading.Line> queues(TopReading reading) {
        Comparator<TopReading.Line> order = isReversed ? sort.order().reversed() : sort.order();
        String wanted = filter.toLowerCase(Locale.ROOT);
        return reading.queues().stream()
                .filter(line -> line.queue().name.toLowerCase(Locale.ROOT).contains(wanted))
                .sorted(order)
                .toList();
    }

    private void queues(List<AttributedString> lines, List<TopReading.Line> queues, int rows) {
        scrolled = Math.max(0, Math.min(scrolled, queues.size() - rows));
        page = Math.max(1, rows);
        List<TopReading.Line> shown = queues.subList(scrolled, Math.min(queues.size(), scrolled + Math.max(0, rows)));
        List<List<String>> cells = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        for (TopColumn column : TopColumn.values()) {
            titles.add(column == sort ? column.title() + (isReversed ? "\u25B2" : "\u25BC") : column.title());
        }
        cells.add(titles);
        for (TopReading.Line line : shown) {
            List<String> row = new ArrayList<>();
            for (TopColumn column : TopColumn.values()) {
                row.add(column.text(line));
            }
            cells.add(row);
        }
        table(lines, cells, 1);
    }

    private static void workers(List<AttributedString> lines, TopReading reading, int rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of(WORKER_TITLES));
        reading.workers().stream()
                .sorted(Comparator.comparingInt(ConnectedWorker::leases)
                        .reversed()
                        .thenComparing(ConnectedWorker::worker))
                .limit(Math.max(0, rows))
                .forEach(worker -> cells.add(List.of(
                        worker.worker(),
                        worker.clientName(),
                        worker.address(),
                        Amounts.count(worker.leases()),
                        Amounts.count(worker.waiting()),
                        Amounts.ms(Math.max(0, reading.at().toEpochMilli() - worker.connectedAtMs())))));
        table(lines, cells, 3);
    }

    /** @param texts columns with text; those behind have numbers, which are right-aligned */
    private static void table(List<AttributedString> lines, List<List<String>> cells, int texts) {
        int columns = cells.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : cells) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], columns(row.get(i)));
            }
        }
        for (int r = 0; r < cells.size(); r++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String text = Printable.line(cells.get(r).get(i));
                String space = " ".repeat(widths[i] - columns(text));
                line.append(i < texts ? text + space : space + text).append("  ");
            }
            lines.add(styled(line.toString(), r == 0 ? AttributedStyle.INVERSE : PLAIN));
        }
    }

    private static int columns(String text) {
        return new AttributedString(Printable.line(text)).columnLength();
    }

    private AttributedString footer(TopReading reading, int matching) {
        if (isTyping) {
            return styled("filter: " + filter + "\u2588   Enter keeps it, Esc drops it", AttributedStyle.BOLD);
        }
        String filtered = filter.isEmpty()
                ? ""
                : "   filter \"" + filter + "\": " + matching + " of "
                        + reading.queues().size() + " queues, Esc drops it";
        return styled(KEYS + filtered, PLAIN.faint());
    }

    private static AttributedString styled(String text, AttributedStyle style) {
        return new AttributedString(text, style);
    }
}
