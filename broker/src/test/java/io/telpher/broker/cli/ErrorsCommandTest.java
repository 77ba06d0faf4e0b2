package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.ErrorCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Every code that the sources print is explained, and none that they don't. */
class ErrorsCommandTest {
    private static final Pattern CODE = Pattern.compile("TQ-[0-9]{4}");

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(String... arguments) {
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(errors));
        return command.execute(arguments);
    }

    private static Set<String> codesIn(Path sources) throws IOException {
        Set<String> codes = new TreeSet<>();
        try (Stream<Path> tree = Files.walk(sources)) {
            for (Path file :
                    tree.filter(path -> path.toString().endsWith(".java")).toList()) {
                // Of comments, an example may stand there.
                String code = Files.readString(file).replaceAll("(?s)/\\*.*?\\*/", "");
                Matcher matcher = CODE.matcher(code);
                while (matcher.find()) {
                    codes.add(matcher.group());
                }
            }
        }
        return codes;
    }

    @Test
    void shouldExplainEveryCodeThatIsPrinted() throws IOException {
        Set<String> printed = codesIn(Path.of("src/main/java"));
        printed.addAll(codesIn(Path.of("../client/src/main/java")));
        Set<String> explained = new TreeSet<>(ErrorsCommand.sections().keySet());
        Set<String> answers = new TreeSet<>();
        for (ErrorCode answer : ErrorCode.values()) {
            answers.add(answer.name());
        }
        Set<String> missing = new TreeSet<>(printed);
        missing.addAll(answers);
        missing.removeAll(explained);
        assertEquals(Set.of(), missing, "codes without a section in docs/ERRORS.md");
        explained.removeAll(printed);
        explained.removeAll(answers);
        assertEquals(Set.of(), explained, "sections in docs/ERRORS.md of codes that nothing prints");
    }

    @Test
    void shouldPrintOneSection() {
        assertEquals(0, run("errors", "tq-2007"), errors.toString());
        assertTrue(out.toString().startsWith("TQ-2007 a sync failed"), out.toString());
        assertTrue(out.toString().contains("it stops"), out.toString());
        assertEquals(-1, out.toString().indexOf("TQ-2008"), out.toString());
    }

    @Test
    void shouldListAllWithoutACode() {
        assertEquals(0, run("errors"), errors.toString());
        assertTrue(out.toString().contains("TQ-1001 a configuration file can't be read"), out.toString());
        assertTrue(out.toString().contains("STALE_LEASE"), out.toString());
    }

    @Test
    void shouldSayThatACodeIsUnknown() {
        assertEquals(2, run("errors", "TQ-7777"));
        assertTrue(errors.toString().contains("there is no code TQ-7777; tq errors lists them all"), errors.toString());
    }
}
