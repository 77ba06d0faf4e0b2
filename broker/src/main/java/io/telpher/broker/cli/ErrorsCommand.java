package io.telpher.broker.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what docs/ERRORS.md says of a code; the page itself lies in the jar, so there is one text only. */
@Command(
        name = "errors",
        mixinStandardHelpOptions = true,
        description =
                "Says what a code in a message means and what to do: tq errors TQ-2003. Without a code, lists all.")
final class ErrorsCommand implements Callable<Integer> {
    private static final String PAGE = "ERRORS.md";
    private static final String SECTION = "### ";
    private static final String CHAPTER = "## ";

    @Parameters(
            arity = "0..1",
            paramLabel = "CODE",
            description = "TQ-2003, or what a client was answered: STALE_LEASE")
    private @Nullable String code;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> sections = sections();
        if (code == null) {
            sections.forEach((each, text) ->
                    out.println(text.lines().findFirst().orElseThrow().strip()));
            return 0;
        }
        String wanted = code.toUpperCase(Locale.ROOT);
        String text = sections.get(wanted.matches("[0-9]{4}") ? "TQ-" + wanted : wanted);
        if (text == null) {
            throw new IllegalArgumentException("there is no code " + code + "; tq errors lists them all");
        }
        out.println(text.strip());
        return 0;
    }

    /** By code, in the page's order; each begins with its heading. */
    static Map<String, String> sections() throws IOException {
        Map<String, String> sections = new LinkedHashMap<>();
        String code = "";
        for (String line : page().lines().toList()) {
            if (line.startsWith(SECTION)) {
                code = line.substring(SECTION.length()).split(" ", 2)[0];
                sections.put(code, line.substring(SECTION.length()) + "\n");
            } else if (line.startsWith(CHAPTER)) {
                code = "";
            } else if (!code.isEmpty()) {
                sections.merge(code, line + "\n", String::concat);
            }
        }
        return sections;
    }

    private static String page() throws IOException {
        try (InputStream page = ErrorsCommand.class.getResourceAsStream(PAGE)) {
            if (page == null) {
                throw new IllegalStateException("the jar was built without " + PAGE);
            }
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
