package io.telpher.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Files of rows, and what is made of them. */
class ReportTest {
    private static final List<Row> ROWS = List.of(
            Samples.w2("telpher", 1, 40_000),
            Samples.w2("redis", 1, 20_000),
            Samples.w2("nats", 1, 90_000),
            Samples.w2("telpher", 2, 30_000),
            Samples.w2("redis", 2, 15_100),
            Samples.w2("redis", 3, 1, "0.40 cores stolen, limit 0.15"),
            Samples.skipped("beanstalkd", "there is no beanstalkd here"));

    @TempDir
    Path directory;

    private Path written(String name, List<Row> rows) throws IOException {
        Path file = directory.resolve(name);
        RunFile.create(file, Samples.MACHINE);
        for (Row row : rows) {
            RunFile.append(file, row);
        }
        return file;
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        assertEquals(new RunFile(Samples.MACHINE, ROWS), RunFile.read(written("a.jsonl", ROWS)));
    }

    @Test
    void shouldNameTheLineThatIsNoRow() throws IOException {
        Path file = written("a.jsonl", ROWS);
        Files.writeString(file, Files.readString(file).replaceFirst("\"round\":1", "\"round\":\"one\""));
        IOException refused = assertThrows(IOException.class, () -> RunFile.read(file));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.startsWith(file + ":2: expected a row in JSON, got: "), said);
        Files.writeString(file, "");
        assertThrows(IOException.class, () -> RunFile.read(file));
    }

    @Test
    void shouldSetTelpherAgainstTheBestThatSyncs() {
        String tables = Tables.markdown(new RunFile(Samples.MACHINE, ROWS), "bin/bench rivals");
        assertTrue(
                tables.contains(
                        "| W2 | per second | its client | 35,000 (30,000-40,000) | redis: 17,550 (15,100-20,000) | 1.99 ("),
                tables);
        assertTrue(tables.contains("| nats 1.0, always | no | 1 | 90,000 |"), tables);
        assertTrue(tables.contains("- beanstalkd W2: skipped, there is no beanstalkd here"), tables);
        assertTrue(tables.contains("- redis W2, round 3: disturbed, 0.40 cores stolen, limit 0.15"), tables);
    }

    @Test
    void shouldWriteAPageThatNeedsNothingElse() throws IOException {
        Path page = directory.resolve("a.html");
        HtmlPage.ofRivals(page, new RunFile(Samples.MACHINE, ROWS), "bin/bench rivals --dir \"</script>\"");
        String html = Files.readString(page);
        assertTrue(html.contains("uPlot"), "the library is inside");
        assertTrue(html.contains("\"rate\":40000.0"), "the rows are inside");
        assertFalse(
                Pattern.compile("(src|href)\\s*=|@import|url\\(").matcher(html).find(), "it loads nothing");
        assertEquals(2, Pattern.compile("</script>").matcher(html).results().count(), "no text ends a script");
        assertFalse(Pattern.compile("@[A-Z]+@").matcher(html).find(), "all places are filled");
    }

    private String compared(Path a, Path b, int exit) {
        StringWriter out = new StringWriter();
        CommandLine command = new CommandLine(new CompareCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out));
        assertEquals(exit, command.execute(a.toString(), b.toString()), out::toString);
        return out.toString();
    }

    @Test
    void shouldCompareSoundRowsOfTwoFiles() throws IOException {
        Path before = written("a.jsonl", List.of(Samples.w2("telpher", 1, 100), Samples.w2("telpher", 2, 102)));
        Path after = written(
                "b.jsonl",
                List.of(
                        Samples.w2("telpher", 1, 200),
                        Samples.w2("telpher", 2, 202),
                        Samples.w2("telpher", 3, 9, "disturbed")));
        String table = compared(before, after, 0);
        assertTrue(table.contains("| telpher | W2 | per second | 101 (100-102) | 201 (200-202) | 1.99 (1."), table);
        assertTrue(table.lines().anyMatch(line -> line.contains("per second") && line.endsWith("| better |")), table);
        assertTrue(table.lines().anyMatch(line -> line.contains("CPU-ms") && line.endsWith("| better |")), table);
        assertTrue(compared(after, before, 0).contains("| worse |"));
    }

    @Test
    void shouldSayWhenThereIsNothingToCompare() throws IOException {
        Path ours = written("a.jsonl", List.of(Samples.w2("telpher", 1, 100)));
        Path theirs = written("b.jsonl", List.of(Samples.w2("redis", 1, 100)));
        assertTrue(compared(ours, theirs, 1)
                .contains("expected sound rows of the same broker and workload in both files"));
    }
}
