package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The pages for people (README, CONTRIBUTING and docs/*.md) name what exists, and can be read in a terminal. Not looked at: CHANGELOG and
 * docs/decisions, which tell of their time and may name a class that is gone since.
 */
class DocsTest {
    private static final Path ROOT = Path.of("..");
    private static final int COLUMNS_MAX = 120;

    /** {@code Name}, {@code Name.member}, {@code package.Name.member(arguments)}; a name has a small letter, else it is a message or a word of SQL. */
    private static final Pattern CLASS = Pattern.compile("@?(?:[a-z]+\\.)*([A-Z][a-z]\\w*)((?:\\.\\w+)*)(?:\\(.*\\))?");

    /** {@code name(arguments)}, {@code variable.name(arguments)}. */
    private static final Pattern CALL = Pattern.compile("(?:\\w+\\.)*(\\w+)\\([^`]*\\)");

    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

    /** Names of HTTP, which look like those of classes. */
    private static final Set<String> HEADERS =
            Set.of("Accept", "Allow", "Authorization", "Expect", "Host", "Location", "Origin");

    /** What a class of the project, or one nested in it, is declared in; by simple name. */
    private static final Map<String, String> DECLARED = new HashMap<>();

    private static final Set<String> IMPORTED = new HashSet<>();
    private static final Set<String> CALLED = new HashSet<>();

    /** A line that is prose or a table, no code. */
    private record Line(Path page, int number, String text) {
        @Override
        public String toString() {
            return ROOT.relativize(page) + ":" + number + ": " + text;
        }
    }

    @BeforeAll
    static void readSources() throws IOException {
        Pattern declaration = Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w*)");
        Pattern imported = Pattern.compile("^import (?:static )?[\\w.]*?\\b([A-Z]\\w*)", Pattern.MULTILINE);
        Pattern call = Pattern.compile("\\b(\\w+)\\(");
        for (Path file : sources()) {
            String text = Files.readString(file);
            declaration.matcher(text).results().forEach(found -> DECLARED.merge(found.group(1), text, String::concat));
            imported.matcher(text).results().forEach(found -> IMPORTED.add(found.group(1)));
            call.matcher(text).results().forEach(found -> CALLED.add(found.group(1)));
        }
        assertTrue(DECLARED.size() > 500, "only " + DECLARED.size() + " classes");
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String place : List.of(".", "spring")) {
            try (Stream<Path> modules = Files.list(ROOT.resolve(place))) {
                for (Path module : modules.filter(path -> Files.isDirectory(path.resolve("src")))
                        .toList()) {
                    try (Stream<Path> files = Files.walk(module.resolve("src"))) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        assertTrue(pages.size() > 10, pages.toString());
        return pages;
    }

    private static List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        for (Path page : pages()) {
            boolean isCode = false;
            int number = 0;
            for (String text : Files.readAllLines(page)) {
                number++;
                if (text.startsWith("```")) {
                    isCode = !isCode;
                } else if (!isCode && !text.startsWith("    ")) {
                    lines.add(new Line(page, number, text));
                }
            }
        }
        return lines;
    }

    @Test
    void shouldNameOnlyClassesAndMethodsThatExist() throws IOException {
        Set<String> alerts = new HashSet<>();
        Pattern.compile("- alert: (\\w+)")
                .matcher(Files.readString(ROOT.resolve("docs/monitoring/alerts.yml")))
                .results()
                .forEach(found -> alerts.add(found.group(1)));
        List<String> unknown = new ArrayList<>();
        for (Line line : lines()) {
            Matcher spans = SPAN.matcher(line.text());
            while (spans.find()) {
                String span = spans.group(1);
                if (!alerts.contains(span) && !HEADERS.contains(span) && !exists(span)) {
                    unknown.add("`" + span + "` is not in the sources, " + line);
                }
            }
        }
        assertEquals("", String.join("\n", unknown));
    }

    /** Where a name stands in a picture, it has no mark; two words in one can hardly be anything else. */
    @Test
    void shouldDrawOnlyClassesThatExist() throws IOException {
        Set<String> unknown = new TreeSet<>();
        Pattern.compile("\\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\\b")
                .matcher(Files.readString(ROOT.resolve("docs/ARCHITECTURE.md")))
                .results()
                .map(MatchResult::group)
                .filter(name -> !exists(name))
                .forEach(unknown::add);
        assertEquals(Set.of(), unknown);
    }

    private static boolean exists(String span) {
        Matcher named = CLASS.matcher(span);
        if (named.matches()) {
            String source = DECLARED.get(named.group(1));
            if (source == null) {
                return IMPORTED.contains(named.group(1)) || isOfTheLanguage(named.group(1));
            }
            return Stream.of(named.group(2).split("\\.")).allMatch(member -> Pattern.compile("\\b" + member + "\\b")
                    .matcher(source)
                    .find());
        }
        Matcher call = CALL.matcher(span);
        return !call.matches() || CALLED.contains(call.group(1));
    }

    private static boolean isOfTheLanguage(String name) {
        try {
            Class.forName("java.lang." + name, false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Test
    void shouldEndLinesAt120Columns() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Line line : lines()) {
            String text = line.text();
            if (text.codePointCount(0, text.length()) > COLUMNS_MAX && !text.startsWith("|") && canBreak(text)) {
                tooLong.add(line.toString());
            }
        }
        assertEquals("", String.join("\n", tooLong));
    }

    /** Whether there is a blank outside code, behind the mark of a list. */
    private static boolean canBreak(String text) {
        return SPAN.matcher(text.strip().replaceFirst("^([-*]|\\d+\\.) +", ""))
                .replaceAll("code")
                .contains(" ");
    }

    @Test
    void shouldLinkToWhatIsThere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Line line : lines()) {
            Matcher links = LINK.matcher(SPAN.matcher(line.text()).replaceAll("code"));
            while (links.find()) {
                if (!links.group(1).contains("://") && !leadsSomewhere(line.page(), links.group(1))) {
                    broken.add(links.group(1) + " leads nowhere, " + line);
                }
            }
        }
        assertEquals("", String.join("\n", broken));
    }

    private static boolean leadsSomewhere(Path page, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
        if (parts.length == 1 || !Files.exists(target)) {
            return Files.exists(target);
        }
        String text = Files.readString(target);
        return text.contains("<a id=\"" + parts[1] + "\">")
                || HEADING.matcher(text).results().anyMatch(found -> anchor(found.group(1))
                        .equals(parts[1]));
    }

    /** The anchor that a page's reader makes of a heading. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
    }
}
